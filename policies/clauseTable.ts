/** The work order, clause by clause: what judges it, by which published controls, and by what it is proven. */
import { definitions } from "./catalogue";
import { blocks, clauses, type ClauseId } from "./clauses";
import { clauseFrameworks, type ClauseFrameworks } from "./frameworks";
import type { PolicyDefinition } from "./lib/policy";
import { proofs, type ClauseProofs } from "./proofs";

export interface ClauseRow {
  readonly id: ClauseId;
  readonly text: string;
  readonly holdsWhen: string;
  readonly policies: readonly PolicyDefinition[];
  readonly frameworks: ClauseFrameworks;
  readonly proofs: ClauseProofs;
}

export interface BlockRows {
  readonly id: string;
  readonly title: string;
  readonly clauses: readonly ClauseRow[];
}

const severities = ["critical", "high", "medium", "low"];

/** Those that are about this clause alone stand first: of the fewest clauses, then of the clause's own block by their folder, then the gravest. */
function policiesOf(id: ClauseId, fileOf: (policy: string) => string): readonly PolicyDefinition[] {
  const own = `${id.split(".")[0]?.toLowerCase() ?? ""}-`;
  const isElsewhere = ({ name }: PolicyDefinition): number => Number(!fileOf(name).startsWith(own));
  return definitions
    .filter((definition) => definition.clauses.includes(id))
    .sort(
      (one, other) =>
        one.clauses.length - other.clauses.length ||
        isElsewhere(one) - isElsewhere(other) ||
        severities.indexOf(one.severity) - severities.indexOf(other.severity),
    );
}

/**
 * Every clause of every block, in the work order's order.
 *
 * @param fileOf where a policy stands, from the pack's folder; without it the order knows nothing of folders
 */
export const clauseTable = (fileOf: (policy: string) => string = () => ""): readonly BlockRows[] =>
  blocks.map((block) => ({
    ...block,
    clauses: clauses
      .filter((clause) => clause.block === block.id)
      .map(({ id, text, holdsWhen }) => ({
        id,
        text,
        holdsWhen,
        policies: policiesOf(id, fileOf),
        frameworks: clauseFrameworks[id],
        proofs: proofs[id],
      })),
  }));

/** How a test is run, by its file. */
export function commandOf(file: string): string {
  if (file.startsWith("test/local/")) return "npm run test:local";
  if (file.startsWith("test/prober/")) return "npm run test:prober";
  if (file.endsWith(".load.ts")) return "npm run load";
  return file.endsWith(".reference.test.ts") ? "npm run test:reference" : "npm test";
}
