import { describe, expect, it } from "vitest";
import { definitions } from "../catalogue";
import { clauseTable, type ClauseRow } from "../clauseTable";
import type { PolicyDefinition } from "../lib/policy";
import { gates } from "../lib/release/evidence";
import type { EvidenceGate } from "../lib/release/evidenceGate";

const rows = clauseTable().flatMap(({ clauses }) => clauses);

/** How a gate is called, its subject in front. */
const GATE = /-requires?-evidence$/;
/** Shorter is no reason. */
const REASON_LENGTH = 40;

interface Held {
  readonly rows: readonly Pick<ClauseRow, "id" | "proofs">[];
  readonly definitions: readonly PolicyDefinition[];
  readonly gates: readonly EvidenceGate[];
}
const held: Held = { rows, definitions, gates };

/** What is wrong between the clauses that have evidence and the policies that hold a release to it; nothing where each has the other. */
function missing({ rows: clauses, definitions: policies, gates: judged }: Held): string[] {
  const named = policies.filter(({ name }) => GATE.test(name));
  const ofClauses = clauses.flatMap(({ id, proofs: { evidence, withoutPolicy } }) => {
    const own = named.filter((policy) => policy.clauses[0] === id).map(({ name }) => name);
    const kinds = judged
      .filter(({ rule }) => rule.clause === id)
      .flatMap(({ rule }) => Object.keys(rule.shows));
    if (evidence === undefined)
      return own.map((name) => `${id}: got ${name}; expected its evidence in policies/proofs.ts`);
    const reason = withoutPolicy ?? "";
    if (own.length === 0)
      return reason.length >= REASON_LENGTH
        ? []
        : [
            `${id}: got evidence (${evidence.join(", ")}); expected a policy …-requires-evidence, or why none`,
          ];
    return [
      ...(own.length === 1 ? [] : [`${id}: got ${own.join(", ")}; expected one`]),
      ...([...kinds].sort().join() === [...evidence].sort().join()
        ? []
        : [`${id}: got a gate on ${kinds.join(", ") || "nothing"}; expected ${evidence.join(", ")}`]),
    ];
  });
  return [
    ...ofClauses,
    // By either list alone a gate would be enforced and not listed, or listed and not enforced.
    ...judged
      .filter(({ name }) => !named.some((policy) => policy.name === name))
      .map(({ name }) => `${name}: got a gate; expected it in the catalogue, called …-requires-evidence`),
    ...named
      .filter(({ name }) => !judged.some((gate) => gate.name === name))
      .map(
        ({ name }) =>
          `${name}: got a policy; expected it among the gates of policies/lib/release/evidence.ts`,
      ),
    ...named
      .filter(({ level }) => level === "advisory")
      .map(({ name }) => `${name}: got advisory; expected mandatory`),
  ];
}

/** With what is told of one clause changed. */
const withProofs = (id: string, changes: Partial<ClauseRow["proofs"]>): Held => ({
  ...held,
  rows: rows.map((row) => (row.id === id ? { ...row, proofs: { ...row.proofs, ...changes } } : row)),
});
const without = (name: string): Held["definitions"] => definitions.filter((policy) => policy.name !== name);

describe("evidence and the policies that ask for it", () => {
  it("stand each for the other: a clause with evidence has its gate, and a gate its clause's evidence", () => {
    expect(missing(held)).toEqual([]);
  });

  it("are there at all, and for every clause of the definition of done", () => {
    const withEvidence = rows.filter(({ proofs }) => proofs.evidence !== undefined).map(({ id }) => id);
    expect(gates.map(({ rule }) => rule.clause)).toEqual(withEvidence);
    expect(withEvidence).toEqual(
      expect.arrayContaining(rows.filter(({ id }) => id.startsWith("B8.")).map(({ id }) => id)),
    );
  });

  it.each(gates.map(({ name, rule }) => [name, rule.clause] as const))(
    "would be missed: %s, its evidence, or its place among the gates",
    (name, clause) => {
      expect(missing({ ...held, definitions: without(name), gates: [] }).join("\n")).toMatch(
        new RegExp(`^${clause}: got evidence .* expected a policy`, "m"),
      );
      expect(missing({ ...held, definitions: without(name) })).toContainEqual(
        expect.stringContaining(`${name}: got a gate; expected it in the catalogue`),
      );
      expect(missing({ ...held, gates: gates.filter((gate) => gate.name !== name) })).toContainEqual(
        expect.stringContaining(`${name}: got a policy; expected it among the gates`),
      );
      expect(missing({ ...withProofs(clause, { evidence: undefined }) })).toEqual([
        `${clause}: got ${name}; expected its evidence in policies/proofs.ts`,
      ]);
    },
  );

  it("may part where a reason says by what else the clause is proven, and for no shorter one", () => {
    const name = "latency-requires-evidence";
    const parted = (withoutPolicy: string): readonly string[] =>
      missing({
        rows: withProofs("B8.1", { withoutPolicy }).rows,
        definitions: without(name),
        gates: gates.filter((gate) => gate.name !== name),
      });
    expect(parted("A test under load in staging's own lane proves it instead.")).toEqual([]);
    expect(parted("later")).toHaveLength(1);
  });

  it("are found apart where a gate asks for other kinds, a second one stands beside it, or it is advisory", () => {
    expect(missing(withProofs("B8.1", { evidence: ["metrics", "sbom"] }))).toEqual([
      "B8.1: got a gate on metrics; expected metrics, sbom",
    ]);
    const [latency] = definitions.filter(({ name }) => name === "latency-requires-evidence");
    if (!latency) throw new Error("no gate of B8.1");
    const second = { ...latency, name: "p95-requires-evidence" };
    expect(missing({ ...held, definitions: [...definitions, second] }).join("\n")).toContain(
      "B8.1: got latency-requires-evidence, p95-requires-evidence; expected one",
    );
    const advisory = definitions.map((policy) =>
      policy === latency ? { ...policy, level: "advisory" as const } : policy,
    );
    expect(missing({ ...held, definitions: advisory })).toEqual([
      "latency-requires-evidence: got advisory; expected mandatory",
    ]);
  });
});
