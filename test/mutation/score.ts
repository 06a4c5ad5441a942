/** What is printed at the end: how many mutants of what were noticed. */
import { kinds, type Mutant, type NearMiss } from "./mutant";

interface Row {
  readonly title: string;
  readonly policies: number;
  readonly mutants: number;
  readonly killed: number;
  readonly nearMisses: number;
  readonly passed: number;
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;

const line = (cells: readonly (string | number)[]): string =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(20) : String(cell).padStart(12))).join("");

export interface Scored {
  readonly mutants: readonly Mutant[];
  readonly nearMisses: readonly NearMiss[];
  readonly killed: ReadonlySet<Mutant>;
  readonly passed: ReadonlySet<NearMiss>;
}

function row(title: string, { mutants, nearMisses, killed, passed }: Scored): Row {
  return {
    title,
    policies: new Set(mutants.map(({ policy }) => policy)).size,
    mutants: mutants.length,
    killed: mutants.filter((one) => killed.has(one)).length,
    nearMisses: nearMisses.length,
    passed: nearMisses.filter((one) => passed.has(one)).length,
  };
}

const text = ({ title, policies, mutants, killed, nearMisses, passed }: Row): string =>
  line([title, policies, mutants, killed, percent(killed, mutants), `${passed}/${nearMisses}`]);

const explained = (mutants: readonly Mutant[]): readonly string[] =>
  mutants.flatMap(({ policy, name, survives }) =>
    survives === undefined ? [] : ["", `survives: ${policy}: ${name}`, `  ${survives}`],
  );

/** @param blockOf the part of the pack that a policy is of */
export function scoreTable(scored: Scored, blockOf: (policy: string) => string): string {
  const blocks = [...new Set(scored.mutants.map(({ policy }) => blockOf(policy)))];
  const of = (block: string): Scored => ({
    ...scored,
    mutants: scored.mutants.filter(({ policy }) => blockOf(policy) === block),
    nearMisses: scored.nearMisses.filter(({ policy }) => blockOf(policy) === block),
  });
  const ofKind = (kind: string): Scored => ({
    ...scored,
    mutants: scored.mutants.filter((one) => one.kind === kind),
    nearMisses: [],
  });
  return [
    line(["", "policies", "mutants", "noticed", "score", "near misses"]),
    ...blocks.map((block) => text(row(block, of(block)))),
    text(row("all", scored)),
    "",
    ...kinds.map((kind) => text(row(kind, ofKind(kind)))),
    ...explained(scored.mutants),
  ].join("\n");
}
