import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readContract } from "../../infra/contract/contract";
import { whileLocked } from "../client/files";
import { settle } from "../export/folder";
import { findPaths } from "../preview/paths";
import { ansiStyle, plainStyle, plural, wantsColor, type Output, type Style } from "../style";
import { accept, close, findingBy, reopen } from "./changes";
import { FindingsError } from "./findingsError";
import { FINDINGS_FILE, formatLedger, mergeRun, readLedger, type Findings } from "./ledger";
import { described, filtered, summary, unknowns } from "./listing";
import type { Command } from "./options";
import { NOT_STATED } from "./readers/index";
import { runOf, type ReadRun } from "./reports";
import { isOpen } from "./states";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly nowMs: () => number;
}

/** A run holds the ledger for milliseconds. */
const LOCK_WAIT_MS = 10_000;

/** Returns whether a gate is passed; true for every other command. */
export async function run(
  command: Exclude<Command, { kind: "help" }>,
  surroundings: Surroundings,
): Promise<boolean> {
  const { stdout, env, cwd } = surroundings;
  const { options } = command;
  const nowMs = surroundings.nowMs();
  const { projectDir } = findPaths(options, cwd);
  const folder = join(projectDir, "stacks", options.stack);
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  const change = (how: (ledger: Findings) => Findings): Promise<void> =>
    changed(projectDir, options.stack, how);
  switch (command.kind) {
    case "list": {
      const ledger = readLedger(folder);
      const found = filtered(ledger, command.filter, nowMs);
      stdout.write(
        command.json
          ? `${JSON.stringify(found, null, 2)}\n`
          : `${described(ledger, found, nowMs, style)}${found.length === 0 && ledger.runs.length > 0 ? "nothing of that kind\n" : ""}${unknownLines(ledger, style)}${summary(ledger, nowMs)}`,
      );
      return true;
    }
    case "gate": {
      const ledger = readLedger(folder);
      const counting = filtered(ledger, { severity: command.failAt }, nowMs).filter((one) =>
        isOpen(one, nowMs),
      );
      const unknown = unknownLines(ledger, style);
      if (counting.length === 0 && unknown !== "") {
        stdout.write(`${unknown}${style.red("✗")} what is open is not known; ${summary(ledger, nowMs)}`);
        return false;
      }
      if (counting.length === 0) {
        stdout.write(
          `${style.green("✓")} nothing ${command.failAt} or worse is open; ${summary(ledger, nowMs)}`,
        );
        return true;
      }
      stdout.write(
        `${described(ledger, counting, nowMs, style)}${unknown}${style.red("✗")} ${plural(counting.length, "finding")} ${command.failAt} or worse; ${summary(ledger, nowMs)}`,
      );
      return false;
    }
    case "import": {
      const asked = {
        contract: readContract(),
        stack: options.stack,
        nowMs,
        ...(command.scan === undefined ? {} : { scan: command.scan }),
        ...(command.at === undefined ? {} : { at: command.at }),
      };
      const runs = command.reports.map((path) => ({
        path,
        ...runOf(resolve(options.cwd ?? cwd, path), asked),
      }));
      const told: string[] = [];
      await change((ledger) =>
        runs.reduce((before, one) => {
          const after = mergeRun(before, one.run);
          told.push(toldOf(one.path, one, { before, after }));
          return after;
        }, ledger),
      );
      stdout.write(told.join(""));
      stdout.write(summary(readLedger(folder), nowMs));
      return true;
    }
    case "accept":
      await change((ledger) => accept(ledger, command.id, command, nowMs));
      break;
    case "close":
      if (command.askGit) refuseUnknown(command.commit, projectDir);
      await change((ledger) => close(ledger, command.id, command.commit, nowMs));
      break;
    case "reopen":
      await change((ledger) => reopen(ledger, command.id));
  }
  const ledger = readLedger(folder);
  stdout.write(described(ledger, [findingBy(ledger, command.id)], nowMs, style));
  return true;
}

function toldOf(
  path: string,
  { run: { tool, scan, findings, endedAt, incomplete }, takenForNow }: ReadRun,
  { before, after }: { readonly before: Findings; readonly after: Findings },
): string {
  const known = new Map(before.findings.map((one) => [one.id, one.reopened]));
  const back = after.findings.filter(({ id, reopened }) => reopened > (known.get(id) ?? 0)).length;
  return `${[
    `${path}: ${tool.name}${tool.version === NOT_STATED ? "" : ` ${tool.version}`}, scan ${scan}, ended ${endedAt}: ${plural(findings.length, "finding")}, ${after.findings.length - known.size} new${back === 0 ? "" : `, ${back} open again`}`,
    ...(takenForNow ? ["nobody says when it ended, so taken to be now: --at says it"] : []),
    ...(incomplete === undefined ? [] : [`incomplete: ${incomplete}`]),
  ].join("; ")}\n`;
}

const unknownLines = (ledger: Findings, style: Style): string =>
  unknowns(ledger)
    .map((line) => `${style.yellow("!")} ${line}\n`)
    .join("");

/** Reads, changes and writes while no other run does; whole or not at all. */
async function changed(
  projectDir: string,
  stack: string,
  how: (ledger: Findings) => Findings,
): Promise<void> {
  const folder = join(projectDir, "stacks", stack);
  mkdirSync(folder, { recursive: true });
  await whileLocked(join(folder, `${FINDINGS_FILE}.lock`), LOCK_WAIT_MS, () => {
    const before = readLedger(folder);
    const text = formatLedger(how(before));
    if (text === formatLedger(before)) return;
    const path = `stacks/${stack}/${FINDINGS_FILE}`;
    settle(projectDir, [{ path, text }], [{ path, what: "stale" }]);
  });
}

/** @throws FindingsError for a commit that this repository does not have */
function refuseUnknown(commit: string, projectDir: string): void {
  try {
    execFileSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: projectDir, stdio: "ignore" });
  } catch {
    throw new FindingsError({
      what: "--commit",
      got: commit,
      allowed: "a commit of this repository",
      fix: "git fetch, or --no-git where there is none",
    });
  }
}
