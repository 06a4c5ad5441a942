import type { FindingState, Role } from "../../infra/evidence/record/findings.schema";
import { FindingsError } from "./findingsError";
import type { Findings, LedgerFinding } from "./ledger";
import { acceptanceDays, lastDay } from "./states";

/** By its id, or the beginning of it where that is of one finding alone. */
export function findingBy(ledger: Findings, id: string): LedgerFinding {
  const found = ledger.findings.filter((one) => one.id.startsWith(id));
  const [one] = found;
  if (one !== undefined && found.length === 1 && id !== "") return one;
  throw new FindingsError({
    what: "the finding",
    got: `${id}, which ${found.length > 1 ? `${found.length} begin with` : "none has"}`,
    allowed: "the id of one finding, or its beginning",
    fix: "npm run findings -- list",
  });
}

const withStatus = (ledger: Findings, changed: LedgerFinding): Findings => ({
  ...ledger,
  findings: ledger.findings.map((one) => (one.id === changed.id ? changed : one)),
});

const nowOf = (nowMs: number): string => new Date(nowMs).toISOString();

export interface Acceptance {
  readonly until: string;
  readonly by: Role;
  readonly reason: string;
}

/** @throws FindingsError for a day that is over or too far ahead, or what is fixed */
export function accept(
  ledger: Findings,
  id: string,
  { until, by, reason }: Acceptance,
  nowMs: number,
): Findings {
  const one = findingBy(ledger, id);
  const today = nowOf(nowMs).slice(0, 10);
  const last = lastDay(one.severity, nowMs);
  if (until < today || until > last)
    throw new FindingsError({
      what: "--until",
      got: until,
      allowed: `${today} to ${last}: at most ${acceptanceDays(one.severity)} days for what is ${one.severity}`,
      fix: "name a day by which it will be mended",
    });
  refuseFixed(one, "accepted");
  return withStatus(ledger, {
    ...one,
    status: { state: "accepted", until, by, reason, severity: one.severity, at: nowOf(nowMs) },
  });
}

/** @throws FindingsError for what is fixed already */
export function close(ledger: Findings, id: string, commit: string, nowMs: number): Findings {
  const one = findingBy(ledger, id);
  refuseFixed(one, "closed");
  return withStatus(ledger, { ...one, status: { state: "fixed", commit, at: nowOf(nowMs) } });
}

/** @throws FindingsError for what is open already */
export function reopen(ledger: Findings, id: string): Findings {
  const one = findingBy(ledger, id);
  if (one.status.state === "open")
    throw new FindingsError({
      what: one.id,
      got: "a finding that is open",
      allowed: "one that was closed or accepted",
      fix: "leave it",
    });
  const status: FindingState = { state: "open" };
  return withStatus(ledger, { ...one, status, reopened: one.reopened + 1 });
}

function refuseFixed({ id, status }: LedgerFinding, what: string): void {
  if (status.state !== "fixed") return;
  throw new FindingsError({
    what: id,
    got: `a finding that commit ${status.commit.slice(0, 12)} has fixed`,
    allowed: `one that is open, to be ${what}`,
    fix: "reopen it first, if it is not fixed",
  });
}
