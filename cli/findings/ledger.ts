import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  finding,
  SEVERITIES,
  sighting,
  TOOLS,
  type Severity,
  type Sighting,
} from "../../infra/evidence/record/findings.schema";
import { jsonOf } from "../../infra/shared/json";
import { FindingsError } from "./findingsError";
import { isOpen, stateAt } from "./states";

export { mergeRun } from "./merge";

/** The committed list of what is wrong, `stacks/<stack>/findings.json`. */
export const FINDINGS_FILE = "findings.json";

const instant = z.iso.datetime({ precision: 3 });
export const scanName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);

/** A run whose report was read. */
export const runRecord = z.strictObject({
  scan: scanName,
  format: z.enum(TOOLS),
  tool: z.strictObject({ name: z.string().min(1).max(60), version: z.string().min(1).max(60) }),
  endedAt: instant,
  /** SHA-256 of the report as the tool wrote it. */
  reportSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Why it does not stand for all that it was to look at; absent where it does. */
  incomplete: z.string().min(1).max(500).optional(),
  /** How many findings it saw. */
  seen: z.number().int().min(0),
});

const ledgerFinding = finding.extend({
  /** By which scans it was seen. */
  scans: z.array(scanName).min(1),
});

const sortedBy =
  <T>(key: (value: T) => string) =>
  (values: readonly T[]): boolean =>
    values.every((value, at) => at === 0 || key(values[at - 1] as T) < key(value));

export const ledgerSchema = z
  .strictObject({
    version: z.literal(1),
    /** The last run of each scan and format, and the last complete one where that is another. */
    runs: z.array(runRecord).refine(sortedBy(runKey), "each run once, sorted by scan, format and time"),
    findings: z.array(ledgerFinding).refine(
      sortedBy(({ id }: { readonly id: string }) => id),
      "each finding once, sorted by id",
    ),
  })
  .superRefine(({ findings }, context) => {
    findings.forEach(({ firstSeen, lastSeen, scans }, at) => {
      const wrong = (message: string): void =>
        void context.addIssue({ code: "custom", path: ["findings", at], message });
      if (firstSeen > lastSeen) wrong("firstSeen not after lastSeen");
      if (!sortedBy((name: string) => name)(scans)) wrong("scans sorted, each once");
    });
  });

export type RunRecord = z.infer<typeof runRecord>;
export type LedgerFinding = z.infer<typeof ledgerFinding>;
export type Findings = z.infer<typeof ledgerSchema>;

/** A run with what it saw. */
export const scanRun = runRecord.omit({ seen: true }).extend({ findings: z.array(sighting) });
export type ScanRun = Omit<z.infer<typeof scanRun>, "findings"> & { readonly findings: readonly Sighting[] };

export function runKey({
  scan,
  format,
  endedAt,
  reportSha256,
}: Pick<RunRecord, "scan" | "format" | "endedAt" | "reportSha256">): string {
  return [scan, format, endedAt, reportSha256].join(" ");
}

export const EMPTY: Findings = { version: 1, runs: [], findings: [] };

/**
 * @param folder `stacks/<stack>`
 * @returns an empty one where there is no file yet
 * @throws FindingsError when the file is not a ledger: what is not understood must not pass for no finding
 */
export function readLedger(folder: string): Findings {
  const path = join(folder, FINDINGS_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return EMPTY;
    throw new FindingsError({
      what: path,
      got: code ?? "an error",
      allowed: "a file that can be read",
      fix: "make it one, or take it from version control again",
    });
  }
  const parsed = ledgerSchema.safeParse(jsonOf(text));
  // Written again it must be the same, or something of it was not understood: a member twice, another order.
  if (parsed.success && formatLedger(parsed.data) === text) return parsed.data;
  const issue = parsed.success ? undefined : parsed.error.issues[0];
  throw new FindingsError({
    what: path,
    got: issue
      ? `${issue.path.join(".") || "a text"} that is not as it should be (${issue.message.replace(/\s+/g, " ")})`
      : "another form",
    allowed: "what `npm run findings` writes",
    fix: "take it from version control again",
  });
}

/** The same ledger gives the same bytes, so that a commit shows what changed. */
export const formatLedger = (ledger: Findings): string =>
  `${JSON.stringify(ledgerSchema.parse(ledger), null, 2)}\n`;

/** What counts at this moment, by severity; an acceptance whose day is over does not hold. */
export function openCounts(
  { findings }: Pick<Findings, "findings">,
  nowMs: number,
): { readonly open: Record<Severity, number>; readonly accepted: number } {
  const count = (severity: Severity): number =>
    findings.filter((one) => one.severity === severity && isOpen(one, nowMs)).length;
  return {
    open: Object.fromEntries(SEVERITIES.map((severity) => [severity, count(severity)])) as Record<
      Severity,
      number
    >,
    accepted: findings.filter((one) => stateAt(one, nowMs) === "accepted").length,
  };
}

/** Since when a finding is missing from the complete runs of each scan that saw it; undefined while one still sees it, or none has looked. */
export function notSeenSince({ runs }: Pick<Findings, "runs">, one: LedgerFinding): string | undefined {
  const last = one.scans.map((scan) =>
    runs
      .filter((run) => run.scan === scan && run.format === one.tool && run.incomplete === undefined)
      .map(({ endedAt }) => endedAt)
      .sort()
      .at(-1),
  );
  return last.every((endedAt) => endedAt !== undefined && endedAt > one.lastSeen) ? one.lastSeen : undefined;
}
