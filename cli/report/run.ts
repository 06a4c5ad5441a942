import { accessSync, constants, existsSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { demandsOf } from "../../infra/evidence/record/judge";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { sha256 } from "../../infra/evidence/record/envelope";
import { judgeStack, shownPath } from "../audit/run";
import { readLedger } from "../findings/ledger";
import { findPaths } from "../preview/paths";
import { sourceCommit } from "../sourceCommit";
import { readStackSettings } from "../stackSettings";
import { ansiStyle, plainStyle, plural, wantsColor, type Style } from "../style";
import { UsageError } from "../usageError";
import { codeOf, writeWhole } from "../wholeFile";
import { Believed } from "./believed";
import type { Surroundings } from "./command";
import { gitIn, readHistory } from "./commits";
import type { ReportOptions } from "./options";
import { pageOf, SAMPLE_MARK } from "./page/page";
import { BODY_PAGES, isWithin } from "./pdf/pages";
import { printBy } from "./pdf/print";
import { reportOf, type Report } from "./report";
import { makeSampleRecord, NO_COMMIT } from "./sample";

/** @returns whether what was written allows a release to be proposed, and has the pages that were ordered */
export async function run(options: ReportOptions, surroundings: Surroundings): Promise<boolean> {
  const { env, stdout } = surroundings;
  const from = options.cwd === undefined ? surroundings.cwd : resolve(surroundings.cwd, options.cwd);
  const { projectDir } = findPaths(options, surroundings.cwd);
  const out =
    options.out === undefined
      ? join(projectDir, "stacks", options.stack, "report")
      : resolve(from, options.out);
  const shown = (path: string): string => shownPath(from, path);
  refuseUnwritable(out, shown(out));
  const report = await made(options, surroundings, projectDir);
  const html = Buffer.from(pageOf(report));
  const print = surroundings.print ?? printBy(env, projectDir);
  const printed = await print({ whole: html.toString("utf8"), body: pageOf(report, "body") });

  const name = options.sample ? `informe-b.${SAMPLE_MARK}` : "informe-b";
  const [page, paper] = [join(out, `${name}.html`), join(out, `${name}.pdf`)];
  // The PDF of another report must not lie beside this one, and none of this one before it is whole.
  remove(paper, shown(paper));
  write(page, html, shown(page));
  if ("pdf" in printed) write(paper, printed.pdf, shown(paper));

  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  const lines = closing(report, style);
  lines.push(`Wrote ${shown(page)}, SHA-256 ${sha256(html)}`);
  const fits = "pdf" in printed ? isWithin(printed.bodyPages) : true;
  if ("pdf" in printed) {
    lines.push(
      `Wrote ${shown(paper)}: ${plural(printed.bodyPages, "page")} and ${plural(printed.pages - printed.bodyPages, "page")} of annex`,
    );
    if (!fits)
      lines.push(
        `${style.red("✗")} the report's pages: got ${printed.bodyPages}; allowed: ${BODY_PAGES.least} to ${BODY_PAGES.most} before the annex; fix: shorten cli/report/page/sections.ts (MOST)`,
      );
  } else
    lines.push(
      `${style.yellow("!")} no PDF, and its pages were not counted: ${printed.notPrinted}; fix: print the page from a browser, or name a Chromium in FASE_B_CHROMIUM`,
    );
  stdout.write(lines.map((line) => `${line}\n`).join(""));
  return fits && (options.sample || report.proposal.decision !== "NO-GO");
}

async function made(
  options: ReportOptions,
  { cwd, nowMs }: Surroundings,
  projectDir: string,
): Promise<Report> {
  const from = options.cwd === undefined ? cwd : resolve(cwd, options.cwd);
  const atMs = options.atMs ?? nowMs();
  const here = sourceDigest(projectDir);
  const source = options.source ?? here;
  const history = readHistory(gitIn(projectDir));
  const sample = options.sample
    ? makeSampleRecord(
        demandsOf(readStackSettings(options, cwd).settings),
        source,
        atMs,
        history.commits[0]?.id ?? NO_COMMIT,
      )
    : undefined;
  try {
    const root = sample?.root ?? (options.record === undefined ? projectDir : resolve(from, options.record));
    // What is quickly read comes first: a mistake in it is told before the pack is started.
    const ledger = readLedger(join(root, "stacks", options.stack));
    const { audit, evidence } = await judgeStack(
      { ...options, stackNamed: true, check: true, json: false, atMs, source, record: root },
      { cwd, nowMs },
    );
    return reportOf({
      audit,
      believed: Believed.of(evidence),
      ledger,
      history,
      commit: source === here ? sourceCommit(projectDir) : undefined,
      sample: options.sample,
    });
  } finally {
    sample?.remove();
  }
}

function closing({ proposal, verification, sample, audit }: Report, style: Style): string[] {
  const { decision, unproven, refusals, violated, pending } = proposal;
  const paint = { GO: style.green, "GO condicional": style.yellow, "NO-GO": style.red }[decision];
  return [
    ...(sample ? [style.yellow(`${SAMPLE_MARK}: the evidence is made up, and shows nothing`)] : []),
    ...(verification.pieces.length === 0 && refusals.length === 0
      ? [`There is no evidence of ${audit.stack}: npm run evidence -- collect all --key <file>`]
      : []),
    ...refusals
      .slice(0, MOST_REFUSALS)
      .map(({ what, why }) => `${style.red("not believed")} ${what}: ${why}`),
    ...(refusals.length > MOST_REFUSALS ? [`and ${refusals.length - MOST_REFUSALS} more`] : []),
    ...(unproven.length === 0 ? [] : [`not shown by evidence: ${unproven.join(", ")}`]),
    ...(violated.length === 0 ? [] : [`violated: ${violated.map(({ name }) => name).join(", ")}`]),
    ...(pending.length === 0 ? [] : [`open beside it: ${pending.map(({ id }) => id).join(", ")}`]),
    `${paint(decision)}, as of ${audit.at}, by ${plural(verification.pieces.length, "piece")} of evidence`,
  ];
}

const MOST_REFUSALS = 20;

/** Told before half a minute of judging, and before an older report is touched. */
function refuseUnwritable(folder: string, shown: string): void {
  let there = folder;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    if (!statSync(there).isDirectory()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    accessSync(there, constants.W_OK);
  } catch (error) {
    throw unwritable(shown, codeOf(error));
  }
}

const write = (path: string, bytes: Uint8Array, shown: string): void =>
  writeWhole(path, bytes, {
    over: true,
    refuse: (got) => unwritable(shown, got),
  });

function remove(path: string, shown: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw unwritable(shown, codeOf(error));
  }
}

const unwritable = (shown: string, got: string): UsageError =>
  new UsageError(
    `${shown}: got ${got}; allowed: a place that can be written to; fix: make its folder writable, or name another with --out`,
  );
