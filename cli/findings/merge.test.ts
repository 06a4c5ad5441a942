import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  SEVERITIES,
  type FindingState,
  type Severity,
  type Sighting,
} from "../../infra/evidence/record/findings.schema";
import { accept, close, reopen } from "./changes";
import {
  EMPTY,
  formatLedger,
  ledgerSchema,
  mergeRun,
  notSeenSince,
  openCounts,
  type Findings,
  type ScanRun,
} from "./ledger";
import { stateAt } from "./states";

const DAY_MS = 86_400_000;
const startMs = Date.UTC(2026, 10, 1);
const at = (day: number): string => new Date(startMs + day * DAY_MS).toISOString();

const sightingOf = (number: number, severity: Severity = "high", evidence = ""): Sighting => ({
  id: number.toString(16).padStart(16, "0"),
  tool: "zap",
  rule: "40018",
  title: "SQL Injection",
  severity,
  classes: { owaspTop10: [], owaspApiTop10: [], cwe: [], advisories: [] },
  place: "POST /chat",
  evidence,
  fix: "",
});

const runOf = (day: number, findings: readonly Sighting[], more: Partial<ScanRun> = {}): ScanRun => ({
  scan: "zap-baseline",
  format: "zap",
  tool: { name: "ZAP", version: "2.17.0" },
  endedAt: at(day),
  reportSha256: day.toString(16).padStart(64, "0"),
  findings,
  ...more,
});

const COMMIT = "a".repeat(40);
const REASON = "behind the firewall until the agent is replaced";

const sightings = fc.uniqueArray(
  fc.record({
    number: fc.integer({ min: 0, max: 5 }),
    severity: fc.constantFrom(...SEVERITIES),
    evidence: fc.constantFrom("a", "b"),
  }),
  { selector: ({ number }) => number, maxLength: 6 },
);
const run: fc.Arbitrary<ScanRun> = fc
  .record({
    // Few days, so that runs meet at one time.
    day: fc.integer({ min: 0, max: 12 }),
    seen: sightings,
    scan: fc.constantFrom("zap-baseline", "zap-authenticated"),
    incomplete: fc.constantFrom(undefined, "stopped"),
    version: fc.constantFrom("2.16.0", "2.17.0"),
  })
  .map(({ day, seen, scan, incomplete, version }) =>
    runOf(
      day,
      seen.map(({ number, severity, evidence }) => sightingOf(number, severity, evidence)),
      {
        scan,
        tool: { name: "ZAP", version },
        ...(incomplete === undefined ? {} : { incomplete }),
      },
    ),
  );

/** A ledger with findings that are closed, accepted and open, from day 3 on. */
const ledger: fc.Arbitrary<Findings> = fc
  .record({
    first: sightings,
    ways: fc.array(fc.constantFrom("open", "fixed", "accepted"), { minLength: 6, maxLength: 6 }),
    days: fc.integer({ min: 0, max: 8 }),
  })
  .map(({ first, ways, days }) => {
    const before = mergeRun(
      EMPTY,
      runOf(
        0,
        first.map(({ number, severity }) => sightingOf(number, severity)),
      ),
    );
    return {
      ...before,
      findings: before.findings.map((one, index) => ({
        ...one,
        status: statusOf(ways[index] ?? "open", one.severity, days),
      })),
    };
  });

function statusOf(way: string, severity: Severity, days: number): FindingState {
  if (way === "fixed") return { state: "fixed", commit: COMMIT, at: at(3) };
  if (way === "accepted")
    return {
      state: "accepted",
      until: at(3 + days).slice(0, 10),
      by: "qa-sec",
      reason: REASON,
      severity,
      at: at(3),
    };
  return { state: "open" };
}

describe("merging runs into the ledger", () => {
  it("is idempotent", () => {
    fc.assert(
      fc.property(ledger, run, (before, one) => {
        const once = mergeRun(before, one);
        expect(mergeRun(once, one)).toEqual(once);
      }),
    );
  });

  it("takes runs by their time, in whatever order they come", () => {
    fc.assert(
      fc.property(
        ledger,
        fc
          .array(run, { maxLength: 5 })
          .chain((runs) =>
            fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length })),
          ),
        (before, [runs, shuffled]) => {
          expect(shuffled.reduce(mergeRun, before)).toEqual(runs.reduce(mergeRun, before));
        },
      ),
    );
  });

  it("loses no finding and invents none", () => {
    fc.assert(
      fc.property(ledger, fc.array(run, { maxLength: 5 }), (before, runs) => {
        const after = runs.reduce(mergeRun, before);
        const expected = new Set(
          [...before.findings, ...runs.flatMap(({ findings }) => findings)].map(({ id }) => id),
        );
        expect(new Set(after.findings.map(({ id }) => id))).toEqual(expected);
        expect(after.findings).toHaveLength(expected.size);
      }),
    );
  });

  it("gives a ledger that can be written and read", () => {
    fc.assert(
      fc.property(ledger, fc.array(run, { maxLength: 5 }), (before, runs) => {
        const after = runs.reduce(mergeRun, before);
        expect(ledgerSchema.parse(JSON.parse(formatLedger(after)))).toEqual(after);
      }),
    );
  });

  it("opens what is seen after it was closed, once, and nothing else", () => {
    fc.assert(
      fc.property(ledger, fc.array(run, { maxLength: 5 }), (before, runs) => {
        const after = new Map(runs.reduce(mergeRun, before).findings.map((one) => [one.id, one]));
        for (const one of before.findings) {
          const { status } = one;
          const back = runs.some(({ endedAt, findings }) =>
            findings.some(
              (seen) =>
                seen.id === one.id &&
                status.state !== "open" &&
                endedAt > status.at &&
                (status.state === "fixed" ||
                  endedAt.slice(0, 10) > status.until ||
                  SEVERITIES.indexOf(seen.severity) < SEVERITIES.indexOf(status.severity)),
            ),
          );
          expect(after.get(one.id)).toMatchObject({
            status: back ? { state: "open" } : status,
            reopened: one.reopened + (back ? 1 : 0),
          });
        }
      }),
    );
  });

  it("says of a finding what its last run says, and keeps when it was first and last seen", () => {
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 6 }), (runs) => {
        for (const one of runs.reduce(mergeRun, EMPTY).findings) {
          const seen = runs.filter(({ findings }) => findings.some(({ id }) => id === one.id));
          const times = seen.map(({ endedAt }) => endedAt).sort();
          expect([one.firstSeen, one.lastSeen]).toEqual([times[0], times.at(-1)]);
          const last = seen
            .filter(({ endedAt }) => endedAt === one.lastSeen)
            .flatMap(({ findings }) => findings.filter(({ id }) => id === one.id));
          expect(last.map(({ severity }) => severity)).toContain(one.severity);
          expect(one.scans).toEqual([...new Set(seen.map(({ scan }) => scan))].sort());
        }
      }),
    );
  });

  it("closes nothing that a complete run no longer sees, and says since when", () => {
    const seen = mergeRun(EMPTY, runOf(0, [sightingOf(1)]));
    const [one] = mergeRun(seen, runOf(2, [])).findings;
    expect(one?.status).toEqual({ state: "open" });
    const since = (later: readonly ScanRun[]) => {
      const after = later.reduce(mergeRun, seen);
      const [found] = after.findings;
      return found && notSeenSince(after, found);
    };
    expect(since([])).toBeUndefined();
    expect(since([runOf(2, [])])).toBe(at(0));
    expect(since([runOf(2, [], { incomplete: "stopped" })])).toBeUndefined();
    expect(since([runOf(2, [], { scan: "zap-authenticated" })])).toBeUndefined();
    expect(since([runOf(2, [], { format: "sarif" })])).toBeUndefined();
    // A scan that broke off after a complete one takes nothing back.
    expect(since([runOf(2, []), runOf(3, [], { incomplete: "stopped" })])).toBe(at(0));
  });
});

describe("what people decide", () => {
  const open = mergeRun(EMPTY, runOf(0, [sightingOf(1, "high"), sightingOf(2, "critical")]));
  const [high, critical] = open.findings.map(({ id }) => id) as [string, string];
  const nowMs = startMs + 3 * DAY_MS + 5;
  const stateOf = (after: Findings, id: string, ms: number) => {
    const one = after.findings.find((found) => found.id === id);
    return one && stateAt(one, ms);
  };

  it("accepts until the last millisecond of a day", () => {
    const accepted = accept(open, high, { until: at(5).slice(0, 10), by: "qa-sec", reason: REASON }, nowMs);
    const endMs = startMs + 6 * DAY_MS - 1;
    expect(stateOf(accepted, high, endMs)).toBe("accepted");
    expect(stateOf(accepted, high, endMs + 1)).toBe("expired");
    expect(openCounts(accepted, endMs)).toEqual({
      open: { critical: 1, high: 0, medium: 0, low: 0, info: 0 },
      accepted: 1,
    });
    expect(openCounts(accepted, endMs + 1)).toEqual({
      open: { critical: 1, high: 1, medium: 0, low: 0, info: 0 },
      accepted: 0,
    });
  });

  const acceptedFor = (severity: string, days: number): Findings =>
    accept(
      open,
      severity === "critical" ? critical : high,
      { until: at(3 + days).slice(0, 10), by: "qa-sec", reason: REASON },
      nowMs,
    );

  it.each([
    ["high", 366],
    ["critical", 30],
    ["high", 0],
  ])("accepts what is %s for %d days", (severity, days) => {
    expect(openCounts(acceptedFor(severity, days), nowMs).accepted).toBe(1);
  });

  it.each([
    ["high", 367],
    ["critical", 31],
    ["high", -1],
  ])("does not accept what is %s for %d days", (severity, days) => {
    expect(() => acceptedFor(severity, days)).toThrow(/^--until: got .*; allowed: .* days for what is /);
  });

  it("closes by a commit, and opens again by hand or by a run", () => {
    const closed = close(open, high, COMMIT, nowMs);
    expect(stateOf(closed, high, nowMs)).toBe("fixed");
    expect(reopen(closed, high).findings[0]).toMatchObject({ status: { state: "open" }, reopened: 1 });
    expect(mergeRun(closed, runOf(3, [sightingOf(1)])).findings[0]).toMatchObject({
      status: { state: "fixed" },
      reopened: 0,
    });
    expect(mergeRun(closed, runOf(4, [sightingOf(1)])).findings[0]).toMatchObject({
      status: { state: "open" },
      reopened: 1,
    });
    expect(() => close(closed, high, COMMIT, nowMs)).toThrow("fix: reopen it first");
    expect(() =>
      accept(closed, high, { until: at(5).slice(0, 10), by: "qa-sec", reason: REASON }, nowMs),
    ).toThrow("has fixed");
    expect(() => reopen(open, high)).toThrow("a finding that is open");
  });

  it("takes nothing worse for accepted than what was", () => {
    const accepted = accept(open, high, { until: at(20).slice(0, 10), by: "qa-sec", reason: REASON }, nowMs);
    expect(stateOf(mergeRun(accepted, runOf(4, [sightingOf(1, "medium")])), high, nowMs)).toBe("accepted");
    expect(stateOf(mergeRun(accepted, runOf(4, [sightingOf(1, "critical")])), high, nowMs)).toBe("open");
  });

  it("asks for an id that is of one finding alone", () => {
    expect(() => close(open, "0000", COMMIT, nowMs)).toThrow("which 2 begin with");
    expect(() => close(open, "ffff", COMMIT, nowMs)).toThrow("which none has");
  });
});
