import { SEVERITIES, type Severity } from "../../infra/evidence/record/findings.schema";
import { padEnd, plural, type Style } from "../style";
import { notSeenSince, openCounts, type Findings, type LedgerFinding } from "./ledger";
import type { Filter } from "./options";
import { worse } from "./readers/sightings";
import { stateAt, type State } from "./states";

/** The worst first, then by place. */
export function filtered(ledger: Findings, filter: Filter, nowMs: number): readonly LedgerFinding[] {
  return ledger.findings
    .filter((one) => {
      const state = stateAt(one, nowMs);
      const { owaspTop10, owaspApiTop10, cwe, advisories } = one.classes;
      return (
        (filter.state === undefined ? state !== "fixed" : state === filter.state) &&
        (filter.severity === undefined || !worse(filter.severity, one.severity)) &&
        (filter.tool === undefined || one.tool === filter.tool) &&
        (filter.route === undefined || isPlace(one.place, filter.route)) &&
        (filter.class === undefined ||
          [...owaspTop10, ...owaspApiTop10, ...cwe, ...advisories].some(isClass(filter.class)))
      );
    })
    .sort(
      (a, b) =>
        SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
        (a.place === b.place ? (a.id < b.id ? -1 : 1) : a.place < b.place ? -1 : 1),
    );
}

/** As it is written, in whatever case, or a route's path without its method. */
function isPlace(place: string, asked: string): boolean {
  const [its, wanted] = [place.toLowerCase(), asked.toLowerCase()];
  return its === wanted || (wanted.startsWith("/") && /^[a-z]+ /.test(its) && its.endsWith(` ${wanted}`));
}

/** `API4` is `API4:2023`. */
function isClass(asked: string): (its: string) => boolean {
  const wanted = asked.toLowerCase();
  return (its) => its.toLowerCase() === wanted || its.toLowerCase().startsWith(`${wanted}:`);
}

const bySeverity = (style: Style, severity: Severity): ((text: string) => string) =>
  ({ critical: style.red, high: style.red, medium: style.yellow, low: style.cyan, info: style.dim })[
    severity
  ];

const byState = (style: Style, state: State): ((text: string) => string) =>
  ({ open: style.red, expired: style.red, accepted: style.yellow, fixed: style.green })[state];

/** Two lines a finding: what and where, and what is to be known of it. */
export function described(
  ledger: Findings,
  findings: readonly LedgerFinding[],
  nowMs: number,
  style: Style,
): string {
  return findings.map((one) => describedOne(ledger, one, nowMs, style)).join("");
}

function describedOne(ledger: Findings, one: LedgerFinding, nowMs: number, style: Style): string {
  const state = stateAt(one, nowMs);
  const { owaspTop10, owaspApiTop10, cwe, advisories } = one.classes;
  const classes = [...owaspApiTop10, ...owaspTop10, ...cwe, ...advisories].join(" ") || "unclassified";
  const missing = notSeenSince(ledger, one);
  const notes = [
    `${one.tool} ${one.rule}`,
    classes,
    ...(one.status.state === "accepted"
      ? [`accepted until ${one.status.until} by ${one.status.by}: ${one.status.reason}`]
      : []),
    ...(one.status.state === "fixed" ? [`fixed by ${one.status.commit.slice(0, 12)}`] : []),
    ...(one.reopened > 0 ? [`reopened ${plural(one.reopened, "time")}`] : []),
    missing === undefined
      ? seenOn(one.firstSeen.slice(0, 10), one.lastSeen.slice(0, 10))
      : `not seen since ${missing.slice(0, 10)}`,
  ];
  const severity = bySeverity(style, one.severity)(padEnd(one.severity, "critical".length));
  const shownState = byState(style, state)(padEnd(state, "accepted".length));
  return `${one.id}  ${severity}  ${shownState}  ${style.bold(one.place)}  ${one.title}\n    ${style.dim(notes.join(" · "))}\n`;
}

const seenOn = (first: string, last: string): string =>
  first === last ? `seen ${first}` : `seen ${first} to ${last}`;

/** Why nothing can be said of what a scan would find; of each scan whose last run was not to its end. */
export function unknowns({ runs }: Pick<Findings, "runs">): readonly string[] {
  if (runs.length === 0) return ["no run was ever imported: what there is to find is unknown"];
  const last = new Map(runs.map((run) => [`${run.scan} ${run.format}`, run]));
  return [...last.values()].flatMap(({ scan, endedAt, incomplete }) =>
    incomplete === undefined
      ? []
      : [`the last run of ${scan}, ended ${endedAt}, is incomplete: ${incomplete}`],
  );
}

export function summary(ledger: Findings, nowMs: number): string {
  const { open, accepted } = openCounts(ledger, nowMs);
  const counted = SEVERITIES.filter((severity) => open[severity] > 0).map(
    (severity) => `${open[severity]} ${severity}`,
  );
  return `open: ${counted.join(", ") || "none"}; accepted: ${accepted}\n`;
}
