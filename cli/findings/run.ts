import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { readContract } from "../../infra/contract/contract";
import { whileLocked } from "../client/files";
import { settle } from "../export/folder";
import { findPaths } from "../preview/paths";
import { ansiStyle, plainStyle, plural, wantsColor, type Output } from "../style";
import { accept, close, findingBy, reopen } from "./changes";
import { FindingsError } from "./findingsError";
import { FINDINGS_FILE, formatLedger, mergeRun, readLedger, type Findings, type ScanRun } from "./ledger";
import { described, filtered, summary } from "./listing";
import type { Command } from "./options";
import { runOf } from "./reports";
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
          : `${described(ledger, found, nowMs, style)}${found.length === 0 ? "nothing of that kind\n" : ""}${summary(ledger, nowMs)}`,
      );
      return true;
    }
    case "gate": {
      const ledger = readLedger(folder);
      if (ledger.runs.length === 0) {
        stdout.write(`${style.red("✗")} no run was ever imported: what there is to find is unknown\n`);
        return false;
      }
      const counting = filtered(ledger, { severity: command.failAt }, nowMs).filter((one) =>
        isOpen(one, nowMs),
      );
      if (counting.length === 0) {
        stdout.write(
          `${style.green("✓")} nothing ${command.failAt} or worse is open; ${summary(ledger, nowMs)}`,
        );
        return true;
      }
      stdout.write(
        `${described(ledger, counting, nowMs, style)}${style.red("✗")} ${plural(counting.length, "finding")} ${command.failAt} or worse; ${summary(ledger, nowMs)}`,
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
        run: runOf(resolve(options.cwd ?? cwd, path), asked),
      }));
      await change((ledger) => runs.reduce((merged, one) => mergeRun(merged, one.run), ledger));
      for (const one of runs) stdout.write(toldOf(one.path, one.run));
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

const toldOf = (path: string, { tool, scan, findings, endedAt, incomplete }: ScanRun): string =>
  `${path}: ${tool.name} ${tool.version}, scan ${scan}, ended ${endedAt}: ${plural(findings.length, "finding")}${incomplete === undefined ? "" : `; incomplete: ${incomplete}`}\n`;

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
