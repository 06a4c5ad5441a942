import { SCANS } from "../../scanning/scanning.schema";
import type { Settings } from "../../settings/settings.schema";
import { PROGRAM } from "../../supplyChain/sbomIndex";
import { ORDERED_EVIDENCE } from "../evidence.schema";
import { LONGEST_EXCEPTION_DAYS, SEVERITIES, type Finding } from "./findings.schema";
import { declaredLogGroups, spokenLogGroups } from "./logGroups";
import { AUDIT_RUN, EXPECTED_SBOMS, orderedFigures, orderedRuns, type EvidenceClause } from "./requirements";
import type { Predicate, Verdict } from "./predicates";
import type { Statement } from "./statement";

/** What is asked of evidence beside its form: a stack's settings, which may be stricter than the work order and never looser. */
export interface Demands {
  readonly maximumAgeHours: number;
  readonly windowHours: number;
  readonly minimumRequests: number;
  /** All of them, by id and domain. */
  readonly agents: readonly { readonly id: string; readonly domain: string }[];
  readonly certificatesToIssue: number;
  readonly configurationsToClose: number;
  /** Every one of these was run, and is not older than that. */
  readonly scans: readonly string[];
  readonly scanMaximumAgeHours: number;
  /** Each was looked through. */
  readonly logGroups: readonly string[];
  /** Each had a line: otherwise nobody has looked. */
  readonly spokenLogGroups: readonly string[];
}

/** From a stack's settings. */
export const demandsOf = ({
  namePrefix,
  agents,
  evidence,
  ordered,
  scanning,
}: DemandingSettings): Demands => ({
  maximumAgeHours: evidence.maximumAgeHours,
  windowHours: evidence.metrics.windowHours,
  minimumRequests: evidence.metrics.minimumRequests,
  agents: agents.map(({ id, domain }) => ({ id, domain })),
  certificatesToIssue: ordered.certificatesToIssue,
  configurationsToClose: ordered.configurationsToClose,
  scans: SCANS,
  scanMaximumAgeHours: scanning.missingAfterHours,
  logGroups: declaredLogGroups(namePrefix),
  spokenLogGroups: spokenLogGroups(namePrefix),
});

type DemandingSettings = Pick<Settings, "namePrefix" | "agents" | "evidence" | "ordered" | "scanning">;

export interface Judgement {
  readonly verdict: Verdict;
  readonly because: string;
}

const HOUR_MS = 3_600_000;
const unknown = (because: string): Judgement => ({ verdict: "unknown", because });
const notMet = (because: string): Judgement => ({ verdict: "not-met", because });
const met = (because: string): Judgement => ({ verdict: "met", because });

const severities: readonly Verdict[] = ["met", "unknown", "not-met"];
/** The one that is least met; of equals the first. */
export const worst = (all: readonly [Judgement, ...Judgement[]]): Judgement =>
  all.reduce((a, b) => (severities.indexOf(b.verdict) > severities.indexOf(a.verdict) ? b : a));

/**
 * What a signed statement shows of its clause at a time. The collector's own verdict is one opinion: it can make things worse, and what
 * the figures beside it say counts anyway.
 */
export function judge(
  clause: EvidenceClause,
  statement: Statement,
  demands: Demands,
  atMs: number,
): Judgement {
  const { predicate } = statement;
  const ageMs = atMs - Date.parse(predicate.collectedAt);
  if (ageMs > demands.maximumAgeHours * HOUR_MS)
    return unknown(
      `collected ${hours(ageMs)} ago, and what is older than ${demands.maximumAgeHours} h is not fresh`,
    );
  const figures = ofKind(clause, statement, demands, atMs);
  const own: Judgement = { verdict: predicate.verdict, because: predicate.because };
  // What was judged here stands before what somebody else says of it.
  return {
    verdict: worst([figures, own]).verdict,
    because: `${figures.because}; the collector says ${own.verdict}: ${own.because}`,
  };
}

function ofKind(clause: EvidenceClause, statement: Statement, demands: Demands, atMs: number): Judgement {
  switch (statement.kind) {
    case "metrics":
      return ofMetrics(clause, statement.predicate, demands, atMs);
    case "findings":
      return ofFindings(clause, statement.predicate, demands, atMs);
    case "logScan":
      return ofLogScan(statement.predicate, demands, atMs);
    case "proofRun":
      return ofProofRun(clause, statement.predicate, statement.sourceDigest, demands, atMs);
    case "certificates":
      return ofCertificates(statement.predicate, demands, atMs);
    case "configurations":
      return ofConfigurations(statement.predicate, demands);
    case "sbom":
      return ofSbom(statement.predicate);
  }
}

/** Why a window is none to go by. */
function windowAmiss(
  { from, to }: Predicate<"metrics">["window"],
  collectedAt: string,
  { windowHours, maximumAgeHours }: Demands,
  atMs: number,
): string | undefined {
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  if (toMs > Date.parse(collectedAt)) return "its window ends after it was collected";
  if (toMs - fromMs < windowHours * HOUR_MS)
    return `its window is ${hours(toMs - fromMs)} long, and ${windowHours} h are asked for`;
  if (toMs - fromMs > ORDERED_EVIDENCE.longestWindowHours * HOUR_MS)
    return `its window is ${hours(toMs - fromMs)} long, and ${ORDERED_EVIDENCE.longestWindowHours} h are the most`;
  return atMs - toMs > maximumAgeHours * HOUR_MS ? `its window ended ${hours(atMs - toMs)} ago` : undefined;
}

function ofMetrics(
  clause: EvidenceClause,
  { window, samples, value, unit, collectedAt }: Predicate<"metrics">,
  demands: Demands,
  atMs: number,
): Judgement {
  if (clause !== "B8.1" && clause !== "B8.2") return unknown(`${clause} has no figure`);
  const ordered = orderedFigures[clause];
  if (unit !== ordered.unit) return unknown(`its figure is in ${unit}, not in ${ordered.unit}`);
  const amiss = windowAmiss(window, collectedAt, demands, atMs);
  if (amiss !== undefined) return unknown(amiss);
  if (samples < demands.minimumRequests)
    return unknown(`${samples} requests are less than the ${demands.minimumRequests} that say something`);
  if (value === undefined || value < 0) return unknown("it has no figure");
  const said = `${value} ${unit} of ${samples} requests`;
  return ordered.holds(value) ? met(said) : notMet(`${said} is not within ${ordered.threshold} ${unit}`);
}

/** Whether it counts against the clause: B6.3 knows an exception with a day, B8.5 knows none. */
function isOpen(
  { severity, status, lastSeen }: Finding,
  clause: EvidenceClause,
  collectedAt: string,
  atMs: number,
): boolean {
  if (status.state === "open" || status.at > collectedAt) return true;
  if (status.state === "fixed") return lastSeen > status.at;
  if (clause !== "B6.3" || SEVERITIES.indexOf(severity) < SEVERITIES.indexOf(status.severity)) return true;
  const lastDay = new Date(Date.parse(status.at) + LONGEST_EXCEPTION_DAYS * 24 * HOUR_MS)
    .toISOString()
    .slice(0, 10);
  // To the end of its day.
  return status.until > lastDay || atMs >= Date.parse(`${status.until}T00:00:00.000Z`) + 24 * HOUR_MS;
}

function ofFindings(
  clause: EvidenceClause,
  { runs, findings, open, collectedAt }: Predicate<"findings">,
  { scans, scanMaximumAgeHours, maximumAgeHours }: Demands,
  atMs: number,
): Judgement {
  const count = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };
  for (const finding of findings)
    if (isOpen(finding, clause, collectedAt, atMs)) count[finding.severity] += 1;
  const grave = clause === "B6.3" ? (["critical"] as const) : (["critical", "high"] as const);
  const bad = grave.filter((severity) => count[severity] > 0 || (open[severity] ?? 0) > 0);
  if (bad.length > 0)
    return notMet(
      bad
        .map((severity) => `${Math.max(count[severity], open[severity] ?? 0)} ${severity} open`)
        .join(" and "),
    );
  if (runs.length === 0) return unknown("it names no run whose report was read");
  if (runs.some(({ endedAt }) => endedAt > collectedAt))
    return unknown("a run ended after what it found was collected");
  const [wanted, ageHours] =
    clause === "B8.5" ? [scans, scanMaximumAgeHours] : [[AUDIT_RUN], maximumAgeHours];
  const stale = wanted.filter(
    (name) =>
      !runs.some(({ scan, endedAt }) => scan === name && atMs - Date.parse(endedAt) <= ageHours * HOUR_MS),
  );
  if (stale.length > 0)
    return unknown(`no run of ${stale.join(", ")} within ${ageHours} h is among its runs`);
  return met(
    `no ${grave.join(" and no ")} finding is ${clause === "B6.3" ? "open" : "open or accepted"} after runs of ${wanted.join(", ")} within ${ageHours} h`,
  );
}

function ofLogScan(
  { window, groups, protectionFindings, collectedAt }: Predicate<"logScan">,
  demands: Demands,
  atMs: number,
): Judgement {
  const found = groups.flatMap(({ found: kinds }) => Object.values(kinds)).reduce((a, b) => a + b, 0);
  if (found > 0 || (protectionFindings ?? 0) > 0)
    return notMet(
      `${found} finds in the lines and ${protectionFindings ?? "an unknown number"} of the masking`,
    );
  if (protectionFindings === undefined) return unknown("it does not say what the masking found");
  const amiss = windowAmiss(window, collectedAt, demands, atMs);
  if (amiss !== undefined) return unknown(amiss);
  const linesOf = (name: string): number | undefined =>
    groups.find(({ logGroup }) => logGroup === name)?.lines;
  const [unread, ...more] = demands.logGroups.filter((name) => linesOf(name) === undefined);
  if (unread !== undefined)
    return unknown(`${unread}${more.length > 0 ? ` and ${more.length} more` : ""} were not looked through`);
  const [silent] = demands.spokenLogGroups.filter((name) => linesOf(name) === 0);
  if (silent !== undefined) return unknown(`no line of ${silent} was read`);
  return met(`nothing in ${groups.reduce((sum, { lines }) => sum + lines, 0)} lines`);
}

function ofProofRun(
  clause: EvidenceClause,
  { run, figures, observed, collectedAt }: Predicate<"proofRun">,
  sourceDigest: string,
  { maximumAgeHours }: Demands,
  atMs: number,
): Judgement {
  if (clause !== "B8.6" && clause !== "B8.7" && clause !== "B8.8") return unknown(`${clause} has no proof`);
  if (!run) return unknown("there was no run");
  const ordered = orderedRuns[clause];
  if (run.name !== ordered.name) return unknown(`it is of the run ${run.name}, not of ${ordered.name}`);
  if (run.sourceDigest !== sourceDigest) return unknown("the run was of another source than its subject");
  if (run.startedAt > run.endedAt || run.endedAt > collectedAt)
    return unknown("the run ended before it began, or after it was collected");
  const ageMs = atMs - Date.parse(run.endedAt);
  if (ageMs > maximumAgeHours * HOUR_MS)
    return unknown(`the run ended ${hours(ageMs)} ago, and ${maximumAgeHours} h are the most`);
  const uncounted = ordered.needs.filter((name) => figures[name] === undefined);
  if (uncounted.length > 0) return unknown(`it did not count ${uncounted.join(", ")}`);
  const said = shown(ordered.needs, figures);
  if (!ordered.holds(figures)) return notMet(`its figures are others: ${said}`);
  if (!ordered.observed) return met(said);
  const { needs, holds } = ordered.observed;
  const silent = needs.filter((name) => observed[name] === undefined);
  if (silent.length > 0) return unknown(`the deployed stack did not count ${silent.join(", ")} beside it`);
  const seen = shown(needs, observed);
  // Too few, or a key that was taken over: no effect too many was seen, and none can be ruled out.
  return holds(observed)
    ? met(`${said}; the deployed stack: ${seen}`)
    : unknown(`what the deployed stack counted beside it does not show it: ${seen}`);
}

function ofCertificates(
  { expected, installed }: Predicate<"certificates">,
  { agents, certificatesToIssue }: Demands,
  atMs: number,
): Judgement {
  if (expected.all !== agents.length || expected.issued !== certificatesToIssue)
    return unknown(
      `it expects ${expected.issued} issued of ${expected.all}, not ${certificatesToIssue} of ${agents.length}`,
    );
  const good = installed.filter(
    (one) =>
      one.installed &&
      one.status === "ISSUED" &&
      one.notAfter !== undefined &&
      Date.parse(one.notAfter) > atMs,
  );
  const have = agents.filter(({ id, domain }) =>
    good.some((one) => one.agent === id && one.domain === domain),
  );
  const said = `${have.length} of ${agents.length} certificates are installed and in force`;
  return have.length === agents.length && good.length === installed.length ? met(said) : notMet(said);
}

function ofConfigurations(
  { expected, agents: said }: Predicate<"configurations">,
  { agents, configurationsToClose }: Demands,
): Judgement {
  if (expected.all !== agents.length || expected.closed !== configurationsToClose)
    return unknown(
      `it expects ${expected.closed} to close of ${expected.all}, not ${configurationsToClose} of ${agents.length}`,
    );
  const closed = said.filter(({ closed: is, missing }) => is && missing.length === 0);
  const have = agents.filter(({ id }) => closed.some(({ agent }) => agent === id));
  const text = `${have.length} of ${agents.length} configurations are complete`;
  return have.length === agents.length && closed.length === said.length ? met(text) : notMet(text);
}

function ofSbom({ of }: Predicate<"sbom">): Judgement {
  const missing = EXPECTED_SBOMS.filter(
    (expected) =>
      // The program is deployed by its source, which is the subject.
      of.filter(
        ({ name, deployedSha256 }) => name === expected && (name === PROGRAM || deployedSha256 !== undefined),
      ).length !== 1,
  );
  if (missing.length > 0) return notMet(`not one bill of materials of ${missing.join(", ")}`);
  const empty = of.find(({ name, components }) => name === PROGRAM && components === 0);
  return empty ? unknown("the program's bill names no component") : met(`${of.length} bills of materials`);
}

const shown = (names: readonly string[], figures: Readonly<Record<string, number>>): string =>
  names.map((name) => `${name} ${figures[name]}`).join(", ");

const hours = (ms: number): string => `${(ms / HOUR_MS).toFixed(1)} h`;
