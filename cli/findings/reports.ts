import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Contract } from "../../infra/contract/contract";
import type { Tool } from "../../infra/evidence/record/findings.schema";
import { FindingsError } from "./findingsError";
import { scanName, scanRun, type ScanRun } from "./ledger";
import { NOT_STATED, readReport, ReportError } from "./readers/index";
import { MAX_REPORT_CHARACTERS, parsedBy, parseJson } from "./readers/strictJson";

/** What the scans' uploader puts beside the reports of a run, last. */
export const RUN_FILE = "run.json";

const runFile = z.strictObject({
  scan: scanName,
  startedAt: z.iso.datetime({ offset: true }),
  endedAt: z.iso.datetime({ offset: true }),
  exitCode: z.number().int(),
  tool: z.strictObject({ name: z.string().min(1).max(60), version: z.string().min(1).max(60) }),
  stack: z.string().min(1).max(100),
  reports: z
    .array(z.strictObject({ file: z.string().min(1).max(200), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .max(20),
});

/**
 * How a run ends that went to its end: with findings or without. ZAP's packaged scans end with 2 for warnings, and with 3 for whatever else
 * went wrong. https://www.zaproxy.org/docs/docker/api-scan/
 */
const ENDED: ReadonlySet<number> = new Set([0, 1]);
const ZAP_ENDED: ReadonlySet<number> = new Set([0, 1, 2]);

export interface Asked {
  readonly contract: Contract;
  readonly stack: string;
  readonly nowMs: number;
  readonly scan?: string;
  readonly at?: string;
}

export interface ReadRun {
  readonly run: ScanRun;
  /** Nobody said when it ended, so that it is taken to be of now. */
  readonly takenForNow: boolean;
}

/** Clocks of two machines differ by less. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * A report's run, from the file and, where there is one beside it, from run.json, whose digest it must have.
 *
 * @throws ReportError, FindingsError
 */
export function runOf(path: string, asked: Asked): ReadRun {
  const bytes = bytesOf(path);
  const text = textOf(bytes, path);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const beside = runBeside(path, sha256, asked.stack);
  const report = readReport(text, { file: path, contract: asked.contract });
  const stated = asked.at ?? (beside && new Date(beside.endedAt).toISOString()) ?? report.endedAt;
  const endedAt = stated ?? new Date(asked.nowMs).toISOString();
  if (Date.parse(endedAt) > asked.nowMs + CLOCK_SKEW_MS)
    throw new FindingsError({
      what: path,
      got: `a run that ended at ${endedAt}`,
      allowed: "one that is over",
      fix:
        asked.at === undefined
          ? "correct the clock of the machine that scanned, or say when with --at"
          : "correct --at",
    });
  const version =
    report.tool.version === NOT_STATED ? (beside?.tool.version ?? NOT_STATED) : report.tool.version;
  const { findings, format, tool } = report;
  const ended = beside === undefined || (format === "zap" ? ZAP_ENDED : ENDED).has(beside.exitCode);
  const incomplete =
    report.incomplete ?? (ended ? undefined : `the run ended with status ${beside.exitCode}`);
  const run = scanRun.parse({
    scan: asked.scan ?? beside?.scan ?? scanOf(format, tool.name),
    format,
    tool: { name: tool.name, version },
    endedAt,
    reportSha256: sha256,
    findings: [...findings],
    ...(incomplete === undefined ? {} : { incomplete: incomplete.slice(0, 500) }),
  });
  return { run, takenForNow: stated === undefined };
}

/** Many tools write SARIF; by one name, what one has not seen would be taken to be missing from the other. */
function scanOf(format: Tool, toolName: string): string {
  if (format !== "sarif") return format;
  const slug = toolName.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${format}-${slug}`.slice(0, 64).replace(/-+$/, "");
}

function bytesOf(path: string): Buffer {
  try {
    // UTF-8 takes at most three bytes for what counts as one character here.
    if (statSync(path).size > MAX_REPORT_CHARACTERS * 3)
      throw new ReportError({
        file: path,
        place: "the whole file",
        got: `${statSync(path).size} bytes`,
        allowed: `at most ${MAX_REPORT_CHARACTERS} characters`,
        fix: "let the tool report on less at a time",
      });
    return readFileSync(path);
  } catch (error) {
    if (error instanceof ReportError) throw error;
    throw new FindingsError({
      what: path,
      got: (error as NodeJS.ErrnoException).code ?? "an error",
      allowed: "a file that can be read",
      fix: "name what the tool wrote",
    });
  }
}

function textOf(bytes: Buffer, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ReportError({
      file,
      place: "the whole file",
      got: "bytes that are no UTF-8",
      allowed: "text in UTF-8",
      fix: "let the tool write the report again",
    });
  }
}

function runBeside(path: string, sha256: string, stack: string): z.infer<typeof runFile> | undefined {
  const file = join(dirname(path), RUN_FILE);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new FindingsError({
      what: file,
      got: (error as NodeJS.ErrnoException).code ?? "an error",
      allowed: "a file that can be read, or none",
      fix: "make it one",
    });
  }
  const run = parsedBy(runFile, parseJson(textOf(bytes, file), file), file, "a scan's run");
  if (run.stack !== stack)
    throw new FindingsError({
      what: file,
      got: `a run of the stack ${JSON.stringify(run.stack)}`,
      allowed: stack,
      fix: `name it: --stack ${run.stack}`,
    });
  const listed = run.reports.find((one) => one.file === basename(path));
  if (listed?.sha256 === sha256) return run;
  throw new FindingsError({
    what: path,
    got: listed ? "another digest than the run's" : "a report that the run does not list",
    allowed: `what ${RUN_FILE} beside it lists`,
    fix: "take both from the bucket again, or put the report into a folder of its own",
  });
}
