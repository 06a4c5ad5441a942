import { describe, expect, it } from "vitest";
import { buildPolicies, definitions } from "../catalogue";
import { noRelease, type ReleaseRecord } from "../lib/release/record";
import { policyExceptions } from "../exceptions";
import type { PolicyException } from "../lib/exceptions";
import { attacks } from "./cases/attacks";
import { authorities } from "./cases/authority";
import { alerts } from "./cases/alerts";
import { baseline } from "./cases/baseline";
import type { CaseBook, Change } from "./cases/case";
import { cluster } from "./cases/cluster";
import { configurations } from "./cases/configurations";
import { evidence } from "./cases/evidence";
import { gates } from "./cases/gates";
import { functions } from "./cases/functions";
import { guardrails } from "./cases/guardrails";
import { heard } from "./cases/heard";
import { idempotency } from "./cases/idempotency";
import { limits } from "./cases/limits";
import { logs } from "./cases/logs";
import { metrics } from "./cases/metrics";
import { observability } from "./cases/observability";
import { pager } from "./cases/pager";
import { release } from "./cases/release";
import { scans } from "./cases/scans";
import { secrets } from "./cases/secrets";
import { supplyChain } from "./cases/supplyChain";
import { tls } from "./cases/tls";
import { trust } from "./cases/trust";
import { watch } from "./cases/watch";
import { analyze, type Outcome } from "./harness";
import { stagingStack } from "./staging";

const now = new Date("2026-11-26T18:00:00Z");
const duties: CaseBook = {
  ...guardrails,
  ...release,
  ...evidence,
  ...gates,
  ...observability,
  ...alerts,
  ...logs,
  ...idempotency,
  ...limits,
  ...tls,
  ...configurations,
  ...trust,
  ...authorities,
  ...secrets,
  ...supplyChain,
  ...cluster,
  ...functions,
  ...baseline,
};
/** A policy may have cases in each. */
const books: readonly CaseBook[] = [duties, pager, watch, metrics, heard, scans, attacks];
const book: CaseBook = Object.fromEntries(
  [...new Set(books.flatMap(Object.keys))].map((name) => [
    name,
    {
      violations: books.flatMap((one) => one[name]?.violations ?? []),
      nearMisses: books.flatMap((one) => one[name]?.nearMisses ?? []),
    },
  ]),
);

const policiesWith = (exceptions: readonly PolicyException[], release: ReleaseRecord = noRelease) =>
  buildPolicies({ now, exceptions, controlExceptions: [], release });

/** What one policy says of a changed stack. */
function judge(policy: string, { change, exceptions = policyExceptions, release }: Change): Promise<Outcome> {
  const stack = stagingStack();
  change(stack);
  return analyze(
    policiesWith(exceptions, release).filter(({ name }) => name === policy),
    stack.resources,
  );
}

describe("the pack", () => {
  it("finds nothing on a stack that is as the work order asks", async () => {
    const { violations, notApplicable } = await analyze(
      policiesWith(policyExceptions),
      stagingStack().resources,
    );
    // What is left open on purpose is listed, and that alone.
    expect(violations.filter(({ level }) => level === "mandatory")).toEqual([]);
    const lists = new Set(definitions.filter(({ byTheDay }) => byTheDay).map(({ name }) => name));
    expect(violations.map(({ policy }) => policy).filter((policy) => !lists.has(policy))).toEqual(
      policyExceptions.map(() => "exceptions-list-use"),
    );
    expect(notApplicable).toEqual([]);
  });

  it("has cases for every policy, and for no other", () => {
    expect(Object.keys(book).sort()).toEqual(definitions.map(({ name }) => name).sort());
    for (const { violations, nearMisses } of Object.values(book)) {
      expect(violations.length).toBeGreaterThan(0);
      expect(nearMisses.length).toBeGreaterThan(0);
    }
  });
});

describe.each(
  definitions.map(({ name, level, clauses }) => ({ name, level: level ?? "mandatory", clauses })),
)("$name ($clauses)", ({ name, level }) => {
  const { violations, nearMisses } = book[name] ?? { violations: [], nearMisses: [] };

  it.each(violations)("is violated when $when", async (violating) => {
    const outcome = await judge(name, violating);
    expect(outcome.violations.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(violating.says),
    );
    for (const violation of outcome.violations) {
      // An unknown value or a slip in a rule must never weaken the verdict.
      expect(violation.level).toBe(level);
      expect(violation.message).toMatch(/got .+; expected .+\. Fix: .+/);
    }
  });

  it.each(nearMisses)("passes when $when", async (nearMiss) => {
    const { violations: found } = await judge(name, nearMiss);
    expect(found.map(({ message }) => message)).toEqual([]);
  });
});
