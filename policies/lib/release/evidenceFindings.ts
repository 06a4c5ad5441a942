/** Findings of scans and audits, as B6.3 and B8.5 go by them. */
import { hourMs, met, notMet, unknown, type Asked, type Judgement } from "./evidenceClause";
import { severities, type Said, type Severity } from "./evidenceKinds";

const dayMs = 24 * hourMs;

/** What a clause lets stay by an acceptance: for so many days from when it was accepted; 0 where it knows no exception. */
export interface Exceptions {
  readonly mostDays: number;
}

/** True unless it was fixed and not seen since, or is accepted as what it is, for a time that is allowed and goes on. */
function isOpen(
  { status, severity, lastSeen }: Said<"findings">["findings"][number],
  { mostDays }: Exceptions,
  collectedAt: string,
  nowMs: number,
): boolean {
  if (status.state === "open") return true;
  // Nobody has done yet what is dated after the collection.
  if (status.at > collectedAt) return true;
  if (status.state === "fixed") return lastSeen > status.at;
  const untilMs = Date.parse(`${status.until}T00:00:00.000Z`);
  const isTooLong = mostDays === 0 || untilMs > Date.parse(status.at) + mostDays * dayMs;
  return (
    isTooLong ||
    nowMs >= untilMs + dayMs ||
    severities.indexOf(severity) < severities.indexOf(status.severity)
  );
}

/**
 * No finding of these severities is open, and runs of all these names looked for them within so many hours.
 *
 * The count and the list are each believed where they are worse.
 */
export function nothingOpen(
  { open, findings, runs, collectedAt }: Said<"findings">,
  grave: readonly Severity[],
  { names, ageHours }: { readonly names: readonly string[]; readonly ageHours: number },
  exceptions: Exceptions,
  { nowMs }: Asked,
): Judgement {
  const listed = (severity: Severity): number =>
    findings.filter((one) => one.severity === severity && isOpen(one, exceptions, collectedAt, nowMs)).length;
  const bad = grave.map((severity) => ({ severity, count: Math.max(open[severity], listed(severity)) }));
  const worst = bad.filter(({ count }) => count > 0);
  if (worst.length > 0)
    return notMet(worst.map(({ count, severity }) => `${count} ${severity} open`).join(", "));
  if (runs.some(({ endedAt }) => endedAt > collectedAt)) return unknown("a run ended after it was collected");
  const missing = names.filter(
    (name) =>
      !runs.some(({ scan, endedAt }) => scan === name && nowMs - Date.parse(endedAt) <= ageHours * hourMs),
  );
  return missing.length > 0
    ? unknown(`no run of ${missing.join(", ")} within ${ageHours} h`)
    : met(`nothing ${grave.join(" or ")} is open, by ${names.join(", ")} of the last ${ageHours} h`);
}
