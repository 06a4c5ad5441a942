import { createHash } from "node:crypto";
import * as path from "node:path";
import { settle, type ExportedFile } from "../export/folder";
import { findPaths } from "../preview/paths";
import { askAudit, lockedFolders } from "./audit";
import type { Options } from "./command";
import { exceptionFor, knownFindings } from "./exceptions";
import { readAudit, type Audit, type Critical } from "./report";

export interface JudgedCritical extends Critical {
  /** Accepted, and until when; nothing for one that stops. */
  readonly exception?: { readonly until: string; readonly by: string };
}

/** What is known of one lock file. */
export interface Judged {
  /** `package-lock.json`, relative to the project. */
  readonly lock: string;
  readonly audit: Audit;
  readonly criticals: readonly JudgedCritical[];
  /** npm's own words. */
  readonly report: string;
}

export interface Given {
  readonly env: NodeJS.ProcessEnv;
  readonly nowMs: number;
  /** @default two minutes */
  readonly timeoutMs?: number;
}

/** Asks for every lock file, holds what is critical against what was accepted, and with `--out` keeps the reports. */
export async function judged(options: Options, cwd: string, given: Given): Promise<readonly Judged[]> {
  const { projectDir } = findPaths(options, cwd);
  const findings = knownFindings(path.join(projectDir, "stacks", options.stack));
  const all: Judged[] = [];
  for (const folder of lockedFolders(projectDir)) {
    const { env, timeoutMs } = given;
    const { text, inTime } = await askAudit(path.join(projectDir, folder), {
      env,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    const audit: Audit = inTime ? readAudit(text) : { audited: false, because: "no answer in time" };
    const criticals = (audit.audited ? audit.criticals : []).map((critical) => {
      const exception = exceptionFor(critical, findings, given.nowMs);
      return {
        ...critical,
        ...(exception === undefined ? {} : { exception: { until: exception.until, by: exception.by } }),
      };
    });
    const lock = folder === "." ? "package-lock.json" : `${folder}/package-lock.json`;
    all.push({ lock, audit, criticals, report: text });
  }
  if (options.out !== undefined) {
    const from = options.cwd === undefined ? cwd : path.resolve(cwd, options.cwd);
    keep(path.resolve(from, options.out), all);
  }
  return all;
}

export const SUMMARY = "advisories.json";

/** npm's reports as they came, for who reads findings, and what was made of them. */
function keep(folder: string, all: readonly Judged[]): void {
  const reports = all.flatMap(({ lock, audit, report }): readonly ExportedFile[] =>
    audit.audited ? [{ path: reportName(lock), text: report }] : [],
  );
  const summary = all.map(({ lock, audit, criticals, report }) => ({
    lock,
    ...(audit.audited
      ? {
          audited: true,
          counts: audit.counts,
          criticals,
          report: reportName(lock),
          sha256: createHash("sha256").update(report).digest("hex"),
        }
      : audit),
  }));
  const files = [...reports, { path: SUMMARY, text: `${JSON.stringify(summary, null, 2)}\n` }];
  settle(
    folder,
    files,
    files.map(({ path: place }) => ({ path: place, what: "stale" })),
  );
}

/** `bench/package-lock.json` gives `bench.npm-audit.json`. */
const reportName = (lock: string): string => [...lock.split("/").slice(0, -1), "npm-audit.json"].join(".");
