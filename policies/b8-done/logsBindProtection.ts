import { alertRulesOf, questionOf } from "../lib/alertRules";
import { isOf, logMetricsOf } from "../lib/logMetrics";
import { logGroupCalled, logGroupOf } from "../lib/logs";
import { stackPolicy, type Report, type Stack, type StackResource } from "../lib/policy";
import { types } from "../lib/types";
import { join, object, objects, parseObject, show, strings, text } from "../lib/values";

/** What of a caller would be in a log first. */
const wanted = ["EmailAddress", "IpAddress"];

const identifiersOf = (statement: unknown): readonly string[] =>
  strings(object(statement).DataIdentifier)
    .flatMap((arn) => /^arn:[\w-]+:dataprotection::aws:data-identifier\/(\w+)$/.exec(arn)?.[1] ?? [])
    .sort();

/** The group where what was found is reported; what is wrong with the document is reported. */
function judge(stack: Stack, mask: StackResource, report: Report): StackResource | undefined {
  const statements = objects(parseObject(mask.props.policyDocument)?.Statement);
  const audit = statements.find(({ Operation }) => object(Operation).Audit !== undefined);
  const masking = statements.find(({ Operation }) => object(Operation).Deidentify !== undefined);
  const [seen, masked] = [identifiersOf(audit), identifiersOf(masking)];
  if (seen.join() !== masked.join() || wanted.some((one) => !masked.includes(one))) {
    report({
      resource: mask,
      got: `an audit of ${join(seen)} and a masking of ${join(masked)}`,
      expected: `one list in both, with ${join(wanted)}`,
    });
  }
  if (JSON.stringify(masking?.Operation) !== '{"Deidentify":{"MaskConfig":{}}}')
    report({
      resource: mask,
      got: `masking as ${show(masking?.Operation)}`,
      expected: "Deidentify with an empty MaskConfig, and nothing beside it",
    });
  const { Audit } = object(audit?.Operation);
  const destination = object(object(object(Audit).FindingsDestination).CloudWatchLogs).LogGroup;
  const group = logGroupCalled(stack, text(destination));
  if (!group) {
    report({
      resource: mask,
      got: `findings to ${show(destination)}`,
      expected: "a log group of this stack: else nobody is told",
    });
  }
  return group;
}

export const logsBindProtection = stackPolicy({
  name: "logs-bind-protection",
  severity: "high",
  clauses: ["B8.3"],
  summary:
    "Every log masks addresses and e-mail addresses and reports what it found, all to one group, which holds no line of a caller's.",
  reads:
    "LogDataProtectionPolicy: logGroupName → LogGroup, policyDocument; how many each LogGroup has, and which one is reported to; LogMetricFilter of that one, and RuleGroup.rules that ask for its metric",
  remediation:
    "give each log group a LogDataProtectionPolicy that audits to the stack's group of findings and masks the same identifiers.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-data-protection-policies.html",
  check(stack, report) {
    const masks = stack.ofType(types.logMasking);
    const owners = new Map(masks.map((mask) => [mask, logGroupOf(stack, mask, "logGroupName")]));
    const destinations = new Set(
      masks.flatMap((mask) => {
        const destination = judge(stack, mask, report);
        return destination ? [destination] : [];
      }),
    );
    if (destinations.size !== 1) {
      report({ got: `${destinations.size} groups of findings`, expected: "one, which is counted" });
    }
    const asked = alertRulesOf(stack).flatMap(({ stages }) =>
      stages.flatMap(({ model }) => questionOf(model) ?? []),
    );
    for (const group of destinations) {
      const counted = logMetricsOf(stack, text(group.props.name), false);
      if (!counted.some((metric) => asked.some((question) => isOf(metric, question))))
        report({
          resource: group,
          got: "findings that no alert counts",
          expected: "a LogMetricFilter on it, and an alert on its metric",
        });
    }
    for (const group of stack.ofType(types.logGroup)) {
      const own = [...owners.values()].filter((owner) => owner === group).length;
      // The reports say where and what kind, never what stood there.
      const expected = destinations.has(group) ? 0 : 1;
      if (own === expected) continue;
      report({
        resource: group,
        got: `${own} data-protection policies`,
        expected: expected === 1 ? "exactly one" : "none on the group of findings itself",
      });
    }
  },
});
