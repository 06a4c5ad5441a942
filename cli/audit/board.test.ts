import { describe, expect, it } from "vitest";
import { blockRowsOf, clauseRowsOf, milestoneRowsOf, worstState, type BoardInput } from "./board";
import type { ClauseRow, EvidenceRow, KickOff, PolicyRow, PolicyVerdict, State } from "./model";

const policy = (name: string, clauses: readonly string[], verdict: PolicyVerdict): PolicyRow => ({
  name,
  block: clauses[0]?.split(".")[0] ?? "",
  clauses,
  severity: "high",
  level: "mandatory",
  kind: "stack",
  summary: "",
  reads: "",
  controls: [],
  remediation: "",
  url: "",
  verdict,
  findings: [],
  passed: [],
});
const evidence = (clause: string, state: State): EvidenceRow => ({
  clause,
  state,
  because: ["it is so"],
  pieces: [],
});
const NOT_SET: KickOff = { set: false, because: "there is no valid Carta GO Fase A" };
const AT_MS = Date.UTC(2026, 10, 26, 12);

const rows = (input: Partial<BoardInput>): readonly ClauseRow[] =>
  clauseRowsOf({ policies: [], evidence: [], kickOff: NOT_SET, atMs: AT_MS, ...input });
const the = (id: string, input: Partial<BoardInput>): ClauseRow => {
  const found = rows(input).find((row) => row.id === id);
  if (!found) throw new Error(`no clause ${id}`);
  return found;
};

describe("a clause's state (B7.7)", () => {
  it("is the worst of all that is said", () => {
    expect(worstState(["met", "unknown", "not-met", "met"])).toBe("not-met");
    expect(worstState(["met", "unknown"])).toBe("unknown");
    expect(worstState(["met"])).toBe("met");
  });

  const cases: readonly (readonly [PolicyVerdict, State])[] = [
    ["passed", "met"],
    ["advisory", "met"],
    ["violated", "not-met"],
    ["disabled", "unknown"],
    ["not-applicable", "unknown"],
  ];
  it.each(cases)("with one policy that passed and one that is %s it is %s", (verdict, state) => {
    const row = the("B4.1", {
      policies: [policy("one", ["B4.1"], "passed"), policy("two", ["B4.2", "B4.1"], verdict)],
    });
    expect(row.state).toBe(state);
    expect(row.because.join()).toMatch(state === "met" ? /^2 policies hold$/ : /^two /);
  });

  it("is unknown where nothing judges it, and says that tests are its proofs", () => {
    expect(the("B4.1", {})).toMatchObject({
      state: "unknown",
      because: [expect.stringContaining("its proofs are tests, which an audit does not run")],
    });
  });

  it("is not met where nobody has built what it asks for, though all its policies pass", () => {
    const row = the("B7.1", { policies: [policy("one", ["B7.1"], "passed")] });
    expect(row).toMatchObject({ state: "not-met", because: [expect.stringMatching(/^not built: /)] });
  });

  it.each(["unknown", "not-met"] as const)(
    "is %s where its evidence is, though all its policies pass",
    (state) => {
      const row = the("B8.3", {
        policies: [policy("one", ["B8.3"], "passed")],
        evidence: [evidence("B8.3", state)],
      });
      expect(row).toMatchObject({ state, because: ["evidence: it is so"], evidence: state });
    },
  );

  it("is not met for a violated policy though the evidence is met", () => {
    const row = the("B8.3", {
      policies: [policy("one", ["B8.3"], "violated")],
      evidence: [evidence("B8.3", "met")],
    });
    expect(row.state).toBe("not-met");
  });

  it("is not made worse by a policy of another clause whose id begins alike", () => {
    expect(
      the("B1.1", { policies: [policy("one", ["B1.1"], "passed"), policy("two", ["B1.10"], "violated")] })
        .state,
    ).toBe("met");
  });
});

describe("deadlines", () => {
  it("are hours while T+0 is not set, and nothing is overdue", () => {
    const all = rows({});
    expect(all.some(({ dueAt, overdue }) => dueAt !== undefined || overdue)).toBe(false);
    expect(the("B1.1", {}).dueHours).toBe(2);
    expect(milestoneRowsOf(NOT_SET, AT_MS).map(({ at, passed }) => [at, passed])).toEqual(
      Array.from({ length: 5 }, () => [undefined, false]),
    );
  });

  it("count from T+0; at the instant itself what is not met is overdue, a millisecond before it is not", () => {
    const kickOff: KickOff = { set: true, at: "2026-11-26T10:00:00.000Z", letter: "fase-a-001" };
    expect(the("B1.1", { kickOff })).toMatchObject({ dueAt: "2026-11-26T12:00:00.000Z", overdue: true });
    expect(the("B1.1", { kickOff, atMs: AT_MS - 1 }).overdue).toBe(false);
    expect(the("B1.1", { kickOff, policies: [policy("one", ["B1.1"], "passed")] }).overdue).toBe(false);
    expect(milestoneRowsOf(kickOff, AT_MS).map(({ passed }) => passed)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("a block", () => {
  it("has its owners, its last deadline, its milestones and the worst state of its clauses", () => {
    const policies = ["B4.1", "B4.2", "B4.3"].map((clause) => policy(clause, [clause], "passed"));
    const all = rows({ policies });
    const blocks = blockRowsOf(all, { kickOff: NOT_SET, atMs: AT_MS });
    expect(blocks.map(({ id }) => id)).toEqual(["B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"]);
    expect(blocks.find(({ id }) => id === "B4")).toEqual({
      id: "B4",
      title: "Rate limits and quotas",
      owners: ["DevOps security"],
      milestones: ["T+24h"],
      dueHours: 36,
      overdue: false,
      state: "unknown",
      met: 3,
      notMet: 0,
      unknown: 1,
    });
  });
});
