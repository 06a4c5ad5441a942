import { STAGING } from "../../infra/release/stackFacts";
import { judgeStack } from "../audit/run";
import { exitCodes, type ExitCode } from "../outcome";
import { readStackSettings } from "../stackSettings";
import type { Surroundings } from "./command";
import type { Facts } from "./facts";
import { instructionsMessage } from "./instructions";
import { kickOffMessage, mayBegin } from "./kickOff";
import type { MessageOptions } from "./options";
import { statusMessage } from "./status";

/** @returns whether the message may be sent */
export async function run(options: MessageOptions, surroundings: Surroundings): Promise<ExitCode> {
  const facts = await factsOf(options, surroundings);
  const { kind, to } = options;
  const { stdout, stderr } = surroundings;
  switch (kind) {
    case "kickoff": {
      stdout.write(kickOffMessage(facts, to));
      if (mayBegin(facts)) return exitCodes.ok;
      stderr.write(
        "kickoff: got no valid Carta GO Fase A; allowed: one in force, which sets T+0; fix: `npm run letter -- verify` says what is missing; for a start to come name it with --at\n",
      );
      return exitCodes.refused;
    }
    case "instructions":
      stdout.write(to.map((one) => instructionsMessage(facts, one)).join("\n---\n\n"));
      return exitCodes.ok;
    case "status":
      stdout.write(statusMessage(facts));
      return exitCodes.ok;
  }
}

async function factsOf({ audit: options }: MessageOptions, surroundings: Surroundings): Promise<Facts> {
  // Staging's, as the evidence that is announced there is.
  const { configFile, ...others } = options;
  const own = options.stack === STAGING.stack && configFile !== undefined ? { configFile } : {};
  const { settings } = readStackSettings({ ...others, ...own, stack: STAGING.stack }, surroundings.cwd);
  const { audit, letter } = await judgeStack(options, surroundings);
  return { audit, channel: settings.evidence.chat.channel, ...(letter && { letter }) };
}
