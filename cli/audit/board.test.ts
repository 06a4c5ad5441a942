import { describe, expect, it } from "vitest";
import { blockRowsOf, clauseRowsOf, milestoneRowsOf, worstState, type BoardInput } from "./board";
import type { ClauseRow, EvidenceRow, KickOff, LetterRow, PolicyRow, PolicyVerdict, State } from "./model";

const policy = (
  name: string,
  clauses: readonly string[],
  verdict: PolicyVerdict,
  rest: Partial<PolicyRow> = {},
): PolicyRow => ({
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
  judges: "",
  findings: [],
  ...rest,
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
  clauseRowsOf({ policies: [], evidence: [], letters: [], kickOff: NOT_SET, atMs: AT_MS, ...input });
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
    ["violated", "not-met"],
    ["disabled", "unknown"],
    ["not-applicable", "unknown"],
  ];
  it.each(cases)("with one policy that passed and one that is %s it is %s", (verdict, state) => {
    const row = the("B4.1", {
      policies: [policy("one", ["B4.1"], "passed"), policy("two", ["B4.2", "B4.1"], verdict)],
    });
    expect(row.state).toBe(state);
    expect(row.because.join()).toMatch(
      state === "met" ? /^2 of 2 policies hold$/ : /^1 of 2 policies hold,two /,
    );
  });

  it("is unknown where its policies hold and the rest of it rests on tests, and names their files", () => {
    const row = the("B3.2", { policies: [policy("one", ["B3.2"], "passed")] });
    expect(row).toMatchObject({
      state: "unknown",
      because: [
        "1 of 1 policy holds",
        "the rest rests on tests, which an audit does not run: test/reference/race.reference.test.ts, infra/functions/edge/claims/claims.test.ts",
      ],
    });
    expect(the("B3.3", {})).toMatchObject({
      state: "unknown",
      because: [expect.stringMatching(/^it rests on tests/)],
    });
  });

  it("is unknown where it is shown by policies alone and none is about it", () => {
    expect(the("B4.1", {})).toMatchObject({ state: "unknown", because: ["no policy judged it"] });
  });

  const told = (...messages: readonly string[]): Partial<PolicyRow> => ({
    findings: messages.map((message) => ({ verdict: "advisory", message })),
  });

  it("is unknown where an advisory policy tells something, in its words, of which the first three stand here", () => {
    const one = policy("one", ["B4.1"], "passed");
    const row = (...messages: readonly string[]): ClauseRow =>
      the("B4.1", { policies: [one, policy("two", ["B4.1"], "advisory", told(...messages))] });
    expect(row("got a; expected b")).toMatchObject({
      state: "unknown",
      because: ["1 of 2 policies hold", "two: got a; expected b"],
    });
    expect(row("a", "b", "c", "d", "e").because.slice(1)).toEqual([
      "two: a",
      "two: b",
      "two: c",
      "two: and 2 more",
    ]);
  });

  it("is left alone by what an advisory policy tells of other clauses by name", () => {
    const two = policy("two", ["B4.1", "B5.4"], "advisory", told("got B5.4 unknown"));
    expect(the("B4.1", { policies: [two] })).toMatchObject({
      state: "met",
      because: ["1 of 1 policy holds"],
    });
    expect(the("B5.4", { policies: [two] }).state).toBe("unknown");
    // A clause that is not the policy's is no name of its own: then all of its clauses are meant.
    const foreign = policy("two", ["B4.1"], "advisory", told("got what B8.5 needs"));
    expect(the("B4.1", { policies: [foreign] }).state).toBe("unknown");
  });

  it("says how many resources are excepted, by which exceptions, until when", () => {
    const excepted = (resource: number, id: string, expires: string) => ({
      resource,
      verdict: "excepted" as const,
      message: "",
      exception: { id, expires },
    });
    const findings = [
      excepted(1, "EX-002", "2027-01-01"),
      excepted(2, "EX-001", "2027-01-01"),
      excepted(3, "EX-003", "2027-02-01"),
    ];
    expect(the("B4.1", { policies: [policy("one", ["B4.1"], "passed", { findings })] }).because).toEqual([
      "1 of 1 policy holds",
      "3 resources excepted (EX-001, EX-002 until 2027-01-01; EX-003 until 2027-02-01)",
    ]);
  });

  const letter = (phase: LetterRow["phase"], valid: boolean): LetterRow => ({
    phase,
    title: `Carta GO ${phase}`,
    valid,
    says: valid ? "number 1, GO" : "got no letter",
  });

  it("is unknown while a letter that it asks for is not valid, and met when all are", () => {
    const policies = [policy("one", ["B0.2"], "passed")];
    expect(the("B0.2", { policies }).state).toBe("unknown");
    expect(the("B0.2", { policies, letters: [letter("fase-a", true)] }).state).toBe("met");
    expect(
      the("B0.2", { policies, letters: [letter("fase-a", true), letter("fase-b", false)] }),
    ).toMatchObject({
      state: "unknown",
      because: ["1 of 1 policy holds", "Carta GO fase-b: got no letter"],
    });
  });

  it("is unknown where it is shown by evidence and none was judged", () => {
    expect(the("B8.3", { policies: [policy("one", ["B8.3"], "passed")] }).state).toBe("unknown");
  });

  it.each(["unknown", "not-met"] as const)(
    "is %s where its evidence is, though all its policies pass",
    (state) => {
      const row = the("B8.3", {
        policies: [policy("one", ["B8.3"], "passed")],
        evidence: [evidence("B8.3", state)],
      });
      expect(row).toMatchObject({
        state,
        because: ["1 of 1 policy holds", "evidence: it is so"],
        evidence: state,
      });
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

describe("what nobody owns", () => {
  it("is due by its milestone, and overdue after it: B8 and Informe B at T+48h", () => {
    const kickOff: KickOff = { set: true, at: "2026-11-24T12:00:00.000Z", letter: "fase-a-001" };
    for (const id of ["B7.1", "B8.1", "B8.8"]) {
      expect(the(id, { kickOff })).toMatchObject({ dueAt: "2026-11-26T12:00:00.000Z", overdue: true });
      expect(the(id, { kickOff, atMs: AT_MS - 1 }).overdue).toBe(false);
    }
    const blocks = blockRowsOf(rows({ kickOff }), { kickOff, atMs: AT_MS });
    expect(blocks.filter(({ overdue }) => overdue).map(({ id }) => id)).toContain("B8");
  });
});

describe("a block", () => {
  it("has its owners, its last deadline, its milestones and the worst state of its clauses", () => {
    const policies = ["B5.1", "B5.2", "B5.4"].map((clause) => policy(clause, [clause], "passed"));
    const all = rows({ policies });
    const blocks = blockRowsOf(all, { kickOff: NOT_SET, atMs: AT_MS });
    expect(blocks.map(({ id }) => id)).toEqual(["B0", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8"]);
    expect(blocks.find(({ id }) => id === "B5")).toEqual({
      id: "B5",
      title: "mTLS and TLS",
      owners: ["DevOps security"],
      milestones: ["T+36h"],
      dueHours: 48,
      overdue: false,
      state: "unknown",
      met: 2,
      notMet: 0,
      unknown: 2,
    });
  });
});
