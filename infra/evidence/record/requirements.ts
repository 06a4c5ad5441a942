import type { ClauseId } from "../../../policies/clauses";
import { ORDERED_P95_MS } from "../../edge/edge.schema";
import { ORDERED } from "../../observability/observability.schema";
import { functionNames } from "../../edge/functionNames";
import { PROGRAM } from "../../supplyChain/sbomIndex";
import { parseEvidencePath } from "../evidenceNames";
import { predicates, type Predicate, type PredicateKind } from "./predicates";

/** Clauses that hold by evidence, and the kinds of it that each needs, all of them. */
export const requirements = {
  "B6.2": ["sbom"],
  "B6.3": ["findings"],
  "B8.1": ["metrics"],
  "B8.2": ["metrics"],
  "B8.3": ["logScan"],
  "B8.4": ["certificates", "configurations"],
  "B8.5": ["findings"],
  "B8.6": ["proofRun"],
  "B8.7": ["proofRun"],
  "B8.8": ["proofRun"],
} as const satisfies Partial<Record<ClauseId, readonly PredicateKind[]>>;

export type EvidenceClause = keyof typeof requirements;
export const EVIDENCE_CLAUSES = Object.keys(requirements) as readonly EvidenceClause[];

export const isEvidenceClause = (text: string): text is EvidenceClause => Object.hasOwn(requirements, text);
export const isKind = (text: string): text is PredicateKind => Object.hasOwn(predicates, text);

/** The clause that a path is about, be the rest of it as it may. */
export function clauseOfPath(path: string): EvidenceClause | undefined {
  const clause = parseEvidencePath(path)?.clause ?? path.split("/")[0] ?? "";
  return isEvidenceClause(clause) ? clause : undefined;
}

/** What a figure may be, in the work order's words: "≤ 700 ms", "< 0.7 %". */
export const orderedFigures = {
  "B8.1": { unit: "ms", threshold: ORDERED_P95_MS, holds: (value: number) => value <= ORDERED_P95_MS },
  "B8.2": {
    unit: "percent",
    threshold: ORDERED.objectives.errorPercent,
    holds: (value: number) => value < ORDERED.objectives.errorPercent,
  },
} as const;

/** What a proof must have counted. A figure that is not there says nothing. */
export type Figures = Readonly<Record<string, number>>;

interface Counted {
  readonly needs: readonly string[];
  readonly holds: (figures: Figures) => boolean;
}
interface OrderedRun extends Counted {
  readonly name: NonNullable<Predicate<"proofRun">["run"]>["name"];
  /** What the deployed stack itself must have counted beside the run. */
  readonly observed?: Counted;
}

/** Far below what the runs make (500 keys, 20 times each; some 800 calls cut off in 3 rounds), and far above what chance does. */
const LEAST = { keys: 100, repeats: 10, rounds: 3, cutOff: 100 } as const;

const of = (figures: Figures, name: string): number => figures[name] ?? Number.NaN;

/** Which proof shows which clause, and by which of its figures. */
export const orderedRuns: Readonly<Record<"B8.6" | "B8.7" | "B8.8", OrderedRun>> = {
  // Each key has one effect, however often it was asked for. Of the deployed stack no line has a key: that a repeat had no second effect
  // shows in that it was answered from the store, and that nobody took a key over from an attempt that may have had its effect.
  "B8.6": {
    name: "idempotency",
    needs: ["requests", "keys", "effects"],
    holds: (figures) =>
      of(figures, "keys") >= LEAST.keys &&
      of(figures, "requests") >= LEAST.repeats * of(figures, "keys") &&
      of(figures, "effects") === of(figures, "keys"),
    observed: {
      needs: ["answered", "replays", "takeovers"],
      holds: (figures) =>
        of(figures, "answered") >= LEAST.keys &&
        of(figures, "replays") >= LEAST.keys &&
        of(figures, "takeovers") === 0,
    },
  },
  // An agent that fails is let alone, the others feel nothing of it, and when it is well again it is let back in, every time.
  "B8.7": {
    name: "breaker",
    needs: ["rounds", "cutOff", "letBackIn", "loadFellByPercent", "othersP95MovedByPercent"],
    holds: (figures) =>
      of(figures, "rounds") >= LEAST.rounds &&
      of(figures, "cutOff") >= LEAST.cutOff &&
      of(figures, "letBackIn") === of(figures, "rounds") &&
      of(figures, "loadFellByPercent") > 95 &&
      of(figures, "othersP95MovedByPercent") < 10,
  },
  // Some pass, some are slowed down, the rest is blocked; whoever is refused hears for how long. The warning lets through: how many
  // were warned is seen in the deployed firewall's metrics, as each step must be (B4.4).
  "B8.8": {
    name: "rate-limit",
    needs: ["requests", "passed", "slowedDown", "blocked", "refusalsWithRetryAfter"],
    holds: (figures) => {
      const refused = of(figures, "slowedDown") + of(figures, "blocked");
      return (
        ["passed", "slowedDown", "blocked"].every((name) => of(figures, name) > 0) &&
        of(figures, "refusalsWithRetryAfter") === refused &&
        of(figures, "passed") + refused === of(figures, "requests")
      );
    },
    observed: {
      needs: ["warned", "slowedDown", "blocked"],
      holds: (figures) => ["warned", "slowedDown", "blocked"].every((name) => of(figures, name) > 0),
    },
  },
};

/** What B6.3 goes by, as its run is called. */
export const AUDIT_RUN = "npm-audit";

/** What must have a bill of materials: the program, and every function's bundle. */
export const EXPECTED_SBOMS: readonly string[] = [PROGRAM, ...functionNames];
