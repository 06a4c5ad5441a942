import type { Finding, Severity } from "../../../infra/evidence/record/findings.schema";
import type { Predicate, Verdict } from "../../../infra/evidence/record/predicates";
import { SCANS, type ScanName } from "../../../infra/scanning/scanning.schema";
import { stateAt } from "../../findings/states";
import type { Collector, CollectorContext } from "../collector";
import { HOUR_MS, type Asked } from "../sources/answer";
import type { ScanSource } from "../sources/scanRuns";
import { instant, sentence, sourcesOf } from "./words";

/** A report as its tool wrote it, with when and by which scan. */
export interface RunReport {
  readonly scan: string;
  readonly endedAt: string;
  /** Of the report, for errors. */
  readonly file: string;
  readonly text: string;
  readonly sha256: string;
}

/** What reports say, beside what is known and accepted already. */
export interface ReadFindings {
  readonly findings: readonly Finding[];
  readonly open: Readonly<Record<Severity, number>>;
  readonly accepted: number;
  /** Which tool each report is by, in the reports' order. */
  readonly tools: readonly { readonly name: string; readonly version: string }[];
  /** Why one of them does not stand for all that it was to look at. */
  readonly incomplete: readonly string[];
}

/** Reads reports and puts them to the stack's list of findings. */
export interface FindingsReader {
  /** @returns why a report cannot be read, as a text; else what they say */
  read(reports: readonly RunReport[], context: CollectorContext): ReadFindings | string;
}

/** With what a scan's tool ends when it has looked at everything: ZAP's 1 and 2 and Schemathesis' 1 say that it found something. */
const FINISHED: Readonly<Record<ScanName, readonly number[]>> = {
  "zap-baseline": [0, 1, 2],
  "zap-authenticated": [0, 1, 2],
  fuzz: [0, 1],
};

export interface ScanOutcome {
  /** Why there is nothing to go by; absent where the scan's last run is there, complete and fresh. */
  readonly missing?: string;
}

/** B8.5: of each scan a fresh and complete run, and nothing critical or high open. What is found is found, whatever is missing. */
export function judgeScans(
  { open, accepted, incomplete }: Pick<ReadFindings, "open" | "accepted" | "incomplete">,
  missing: readonly string[],
  grave: readonly Severity[] = ["critical", "high"],
): { readonly verdict: Verdict; readonly because: string } {
  const said = `${grave.map((severity) => `${open[severity]} ${severity}`).join(" and ")} open, ${accepted} accepted`;
  if (grave.some((severity) => open[severity] > 0)) return { verdict: "not-met", because: said };
  const [first] = [...missing, ...incomplete];
  if (first !== undefined) return { verdict: "unknown", because: `${said}, but ${first}` };
  return { verdict: "met", because: said };
}

/** The last run of every scan, with the list of findings (B8.5). */
export const scansCollector =
  (source: ScanSource, reader: FindingsReader): Collector =>
  async (context) => {
    const { settings, nowMs, progress } = context;
    const asked: Asked[] = [];
    const missing: string[] = [];
    const reports: RunReport[] = [];
    for (const scan of SCANS) {
      const answer = await source.lastRun(scan);
      asked.push(...answer.asked);
      const miss = (why: string): void => {
        missing.push(why);
        progress(why);
      };
      if (!answer.known) {
        miss(answer.because);
        continue;
      }
      if (answer.value === undefined) {
        miss(`there is no complete run of ${scan}`);
        continue;
      }
      const { run, reports: texts, laterWithoutEnd } = answer.value;
      const ageHours = (nowMs() - Date.parse(run.endedAt)) / HOUR_MS;
      if (ageHours > settings.scanning.missingAfterHours)
        miss(
          `the last complete run of ${scan} ended ${run.endedAt}, over ${settings.scanning.missingAfterHours} h ago`,
        );
      if (ageHours < 0) miss(`the last run of ${scan} ends in the future, at ${run.endedAt}`);
      if (!FINISHED[scan].includes(run.exitCode))
        miss(`${scan} ended with ${run.exitCode}, before it had looked at everything`);
      if (texts.length === 0) miss(`${scan} left no report`);
      progress(
        `${scan}: run of ${run.endedAt}${laterWithoutEnd > 0 ? `, ${laterWithoutEnd} later without an end` : ""}`,
      );
      for (const { key, text, sha256 } of texts)
        reports.push({ scan, endedAt: instant(Date.parse(run.endedAt)), file: key, text, sha256 });
    }
    return [{ kind: "findings", predicate: predicateOf("B8.5", reports, missing, asked, reader, context) }];
  };

/** B8.5 knows no exception: what somebody has accepted is there all the same. */
function withAccepted({ open, findings }: ReadFindings, nowMs: number): Record<Severity, number> {
  const all = { ...open };
  for (const one of findings) if (stateAt(one, nowMs) === "accepted") all[one.severity] += 1;
  return all;
}

/** What the findings of reports amount to, for the clauses that go by them. */
export function predicateOf(
  clause: string,
  reports: readonly RunReport[],
  missing: readonly string[],
  asked: readonly Asked[],
  reader: FindingsReader,
  context: CollectorContext,
  grave?: readonly Severity[],
): Omit<Predicate<"findings">, "collectedAt" | "collector" | "commit" | "previous"> {
  const read = reader.read(reports, context);
  const none = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  const found: ReadFindings =
    typeof read === "string"
      ? { findings: [], open: none, accepted: 0, tools: [], incomplete: [read] }
      : read;
  const { verdict, because } = judgeScans(
    clause === "B8.5" ? { ...found, open: withAccepted(found, context.nowMs()) } : found,
    missing,
    grave,
  );
  return {
    clause,
    verdict,
    because: sentence(because),
    sources: sourcesOf([
      ...asked,
      { system: "repository", asked: `stacks/${context.settings.stack}/findings.json` },
    ]),
    runs: reports.flatMap(({ scan, endedAt, sha256 }, index) => {
      const tool = found.tools[index];
      return tool === undefined ? [] : [{ scan, endedAt, reportSha256: sha256, tool }];
    }),
    open: { ...found.open },
    accepted: found.accepted,
    findings: [...found.findings],
  };
}
