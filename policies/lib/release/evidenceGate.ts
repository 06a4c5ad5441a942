/**
 * From a clause's rule to a policy: on staging it says nothing, and of a resource of any other stack it is violated until the evidence of
 * staging shows that the clause holds, for the source that is deployed.
 *
 * It judges every resource, before it is made: a policy on the stack would speak when all is there.
 */
import type { Severity } from "@pulumi/policy";
import { resourcePolicy, type Context, type PolicyDefinition } from "../policy";
import { stagingFacts } from "../stackFacts";
import {
  judgeClause,
  openRecord,
  unknown,
  type ClauseJudgement,
  type ClauseRule,
  type Opened,
} from "./evidenceClause";
import type { EvidenceClause } from "./evidenceKinds";
import { notStaging } from "./facts";

export interface EvidenceGate extends PolicyDefinition {
  readonly rule: ClauseRule;
  /** What evidence must show, as words after "expected". */
  readonly wanted: string;
  judge(context: Context): ClauseJudgement;
}

interface GateFacts<C extends EvidenceClause> extends ClauseRule<C> {
  readonly name: string;
  readonly severity: Severity;
  readonly wanted: string;
  /** What makes the evidence true, before it is collected. */
  readonly first: string;
  /** What binds it to staging or to the source by less than the signature, as a sentence. */
  readonly unbound?: string;
  readonly url: string;
}

export function evidenceGate<C extends EvidenceClause>(facts: GateFacts<C>): EvidenceGate {
  const { clause, shows, name, severity, wanted, first, unbound, url } = facts;
  const rule = { clause, shows } as unknown as ClauseRule;
  // A context is of one run of the pack, with one time and one record.
  const known = new WeakMap<Context, ClauseJudgement>();
  const judge = (context: Context): ClauseJudgement => {
    const judged = known.get(context) ?? judgeOfRun(rule, context);
    known.set(context, judged);
    return judged;
  };
  const policy = resourcePolicy({
    name,
    severity,
    clauses: [clause, "B0.1"],
    summary: `Nothing is deployed beyond staging without fresh evidence, signed by a collector for staging and for the same source: ${wanted}.${unbound === undefined ? "" : ` ${unbound}`}`,
    reads: `stack, account and zone of every resource; stacks/${stagingFacts.stack}: evidence/${clause}/${Object.keys(shows).join(", ")}, collectors.json; the source's digest`,
    remediation: `${first}, then npm run evidence -- collect ${clause} --key <file>, on ${stagingFacts.stack}.`,
    url,
    types: ["*"],
    byTheDay: true,
    check(resource, report, context) {
      const why = notStaging(resource);
      if (why === undefined) return;
      const { verdict, because } = judge(context);
      if (verdict === "met") return;
      report({ resource, got: `${why}, while ${clause} is ${verdict} (${because})`, expected: wanted });
    },
  });
  return { ...policy, rule, wanted, judge };
}

/** Files are opened once for all clauses. */
const openedOf = new WeakMap<Context, Opened>();

function judgeOfRun(rule: ClauseRule, context: Context): ClauseJudgement {
  const { release, now } = context;
  const source = release.source();
  if ("defect" in source) return { ...unknown(source.defect), pieces: [] };
  const nowMs = now.getTime();
  const opened = openedOf.get(context) ?? openRecord(release.ofStack(stagingFacts.stack), nowMs);
  openedOf.set(context, opened);
  return judgeClause(rule, opened, { nowMs, sourceDigest: source.digest });
}
