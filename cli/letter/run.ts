import { join, resolve } from "node:path";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { demandsOf } from "../../infra/evidence/record/judge";
import { readCopy } from "../../infra/evidence/record/readCopy";
import { EVIDENCE_CLAUSES } from "../../infra/evidence/record/requirements";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { verifyEvidence } from "../../infra/evidence/record/verify";
import { believedBy } from "../../infra/release/believed";
import { lettersPath } from "../../infra/release/chain";
import { letterFile } from "../../infra/release/letter";
import { parseRoleKeys, ROLES_FILE } from "../../infra/release/roleKeys";
import { STAGING } from "../../infra/release/stackFacts";
import { isRefusal, verifyLetter, type LetterInput } from "../../infra/release/verifyLetter";
import { exitCodes, type ExitCode } from "../outcome";
import { readStackSettings } from "../stackSettings";
import { ansiStyle, plainStyle, wantsColor, type Style } from "../style";
import { UsageError } from "../usageError";
import type { Surroundings } from "./command";
import { draftedFiles, draftLetter } from "./draft";
import { findLetter, readEnvelopeFile, readStackLetters, startedIn, type Letters } from "./folder";
import { LetterError } from "./letterError";
import type { Command } from "./options";
import { joinSignatures, makeRoleKey, prepareSigning } from "./sign";
import { judged, shown } from "./text";

type Runnable = Exclude<Command, { readonly kind: "help" }>;
type Of<K extends Runnable["kind"]> = Extract<Runnable, { readonly kind: K }>;

/** @returns the exit status */
export async function run(command: Runnable, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, env, nowMs } = surroundings;
  const style = wantsColor(command.options.color, stdout, env) ? ansiStyle : plainStyle;
  switch (command.kind) {
    case "keygen": {
      const path = resolve(startedIn(command.options, surroundings.cwd), command.out);
      const entry = makeRoleKey(path, command.role, command.holder, nowMs());
      stdout.write(`${JSON.stringify(entry, undefined, 2)}\n`);
      return exitCodes.ok;
    }
    case "draft":
      return draft(command, surroundings);
    case "sign":
      return sign(command, surroundings, style);
    case "join":
      return joinLetter(command, surroundings);
    case "verify":
      return verify(command, surroundings, style);
    case "show": {
      const letters = readStackLetters(command, surroundings.cwd);
      stdout.write(shown(findLetter(letters, command.number), keysOf(letters), style));
      return exitCodes.ok;
    }
  }
}

const keysOf = ({ roles, stack }: Letters): ReturnType<typeof parseRoleKeys> =>
  parseRoleKeys(roles, `stacks/${stack}/${ROLES_FILE}`);

function draft(command: Of<"draft">, { cwd, stdout, stderr, nowMs }: Surroundings): ExitCode {
  const letters = readStackLetters(command, cwd);
  // Asked before anything is written: evidence or keys that cannot be read end the command.
  const believed = evidenceOf(letters, nowMs());
  const isBelieved = command.conditions.map(({ clause, evidence }) => believed(clause, evidence));
  const letter = draftLetter(command, letters, nowMs());
  const name = draftedFiles(letter);
  stdout.write(`${name}.md\n${name}.json\n`);
  letter.conditions.forEach(({ id, clause, evidence }, at) => {
    if (isBelieved[at] !== true)
      stderr.write(
        `note: ${id}: no evidence ${evidence} of ${clause} that is believed, or ${clause} is not met; the letter holds only while it is\n`,
      );
  });
  return exitCodes.ok;
}

async function sign(
  { options, phase, key, yes }: Of<"sign">,
  { cwd, stdout, ask, nowMs }: Surroundings,
  style: Style,
): Promise<ExitCode> {
  const letters = readStackLetters({ options, phase }, cwd);
  const signing = prepareSigning(letters, resolve(letters.from, key), nowMs());
  stdout.write(shown(signing.current, keysOf(letters), style));
  if (!yes) {
    if (!ask)
      throw new UsageError(
        "sign: got no terminal to ask on; allowed: one, or --yes; fix: read the letter, then add --yes",
      );
    const answer = (
      await ask(`\nSign this letter as ${signing.role}? Write ${signing.role} to sign: `)
    ).trim();
    if (answer !== signing.role)
      throw new LetterError({
        what: "sign",
        got: JSON.stringify(answer),
        allowed: signing.role,
        fix: "nothing was signed; run it again to sign",
      });
  }
  stdout.write(`signed as ${signing.role}: ${signing.sign()}\n`);
  return exitCodes.ok;
}

function joinLetter({ options, phase, from }: Of<"join">, { cwd, stdout, nowMs }: Surroundings): ExitCode {
  const letters = readStackLetters({ options, phase }, cwd);
  const other = readEnvelopeFile(resolve(letters.from, from), from);
  const { where, added } = joinSignatures(letters, other, from, nowMs());
  stdout.write(`joined ${added.map(({ role }) => role).join(", ")}: ${where}\n`);
  return exitCodes.ok;
}

function verify(
  { options, phase, json, atMs }: Of<"verify">,
  { cwd, stdout, nowMs }: Surroundings,
  style: Style,
): ExitCode {
  const letters = readStackLetters({ options, phase }, cwd);
  const { stack, files, roles, projectDir } = letters;
  const at = atMs ?? nowMs();
  const result = verifyLetter({
    files,
    roles,
    stack,
    phase,
    sourceDigest: phase === "fase-b" ? sourceDigest(projectDir) : "",
    nowMs: at,
    believed: evidenceOf(letters, at),
  });
  const where = isRefusal(result)
    ? ""
    : lettersPath(stack, letterFile(phase, result.letter.number, "envelope"));
  const unreadable = isRefusal(result) && result.unreadable;
  if (unreadable && !json) throw new UsageError(result.refusal);
  stdout.write(judged(result, where, json, style));
  if (unreadable) return exitCodes.unusable;
  return isRefusal(result) ? exitCodes.refused : exitCodes.ok;
}

/** What a condition is held against: staging's evidence, read when the first is asked about. */
function evidenceOf({ projectDir }: Letters, nowMs: number): LetterInput["believed"] {
  let believed: LetterInput["believed"] | undefined;
  return (clause, digest) => {
    believed ??= believedBy(stagingEvidence(projectDir, nowMs));
    return believed(clause, digest);
  };
}

function stagingEvidence(projectDir: string, nowMs: number): ReturnType<typeof verifyEvidence> {
  const { stack } = STAGING;
  const { settings } = readStackSettings({ stack, color: "never" }, projectDir);
  const folder = join(projectDir, "stacks", stack);
  return verifyEvidence({
    files: readCopy(join(folder, "evidence")),
    keys: readCollectorKeys(folder),
    stack,
    sourceDigest: sourceDigest(projectDir),
    nowMs,
    demands: demandsOf(settings),
    clauses: EVIDENCE_CLAUSES,
  });
}
