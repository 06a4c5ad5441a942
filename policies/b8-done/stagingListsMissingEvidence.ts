import { stackPolicy } from "../lib/policy";
import { gates } from "../lib/release/evidence";
import { notStaging } from "../lib/release/facts";
import { isRefusal } from "../lib/release/letter";
import { letterOf } from "../lib/release/standing";
import { stagingFacts } from "../lib/stackFacts";

export const stagingListsMissingEvidence = stackPolicy({
  name: "staging-lists-missing-evidence",
  severity: "low",
  clauses: ["B0.1", "B0.2", "B6.2", "B6.3", "B8.1", "B8.2", "B8.3", "B8.4", "B8.5", "B8.6", "B8.7", "B8.8"],
  summary:
    "On staging, what is still missing before anything may go further is known: a line a clause, and the letter that starts the work.",
  reads:
    "stacks/staging: evidence, collectors.json, letters, roles.json; the source's digest; beyond staging nothing, where each of these is mandatory",
  remediation: "collect the evidence that is missing, on staging, from the source that is to be deployed.",
  url: "https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md",
  level: "advisory",
  byTheDay: true,
  check(stack, report, context) {
    if (stack.resources.some((resource) => notStaging(resource) !== undefined)) return;
    for (const gate of gates) {
      const { verdict, because } = gate.judge(context);
      if (verdict === "met") continue;
      report({
        got: `${gate.rule.clause} ${verdict}: ${because}`,
        expected: gate.wanted,
        fix: gate.remediation,
      });
    }
    const letter = letterOf(context, stagingFacts.stack, "fase-a");
    if (isRefusal(letter))
      report({
        got: `B0.2 unknown: no valid Carta GO of Fase A (${letter.refusal})`,
        expected: "the letter that starts the work, signed by the three, after Informe A",
        fix: "npm run letter -- draft --phase fase-a, have the three sign it, and commit letter and envelope.",
      });
  },
});
