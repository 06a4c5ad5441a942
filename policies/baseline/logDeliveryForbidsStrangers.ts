import { statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

/** What the service does to deliver. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html */
const delivering = ["logs:CreateLogStream", "logs:PutLogEvents"];

export const logDeliveryForbidsStrangers = resourcePolicy({
  name: "log-delivery-forbids-strangers",
  severity: "medium",
  clauses: ["B8.3"],
  summary:
    "Only a named service, for this account, may write to a log group of ours from outside, and it may.",
  reads: "aws:cloudwatch/logResourcePolicy:LogResourcePolicy.policyDocument",
  remediation:
    "allow the delivery service on the group's ARN with conditions on aws:SourceAccount and aws:SourceArn.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
  types: [types.logDelivery],
  check(resource, report) {
    for (const statement of statementsOf(resource, "policyDocument", report)) {
      const { allows, principals, resources, actions, conditions } = statement;
      if (!allows) continue;
      if (
        !principals.every((principal) => principal.startsWith("Service:")) ||
        principals.length === 0 ||
        (conditions.get("stringequals aws:sourceaccount") ?? []).join() !== accountOf(resource) ||
        !isOfAccount(conditions.get("arnlike aws:sourcearn") ?? [], accountOf(resource))
      ) {
        report({
          resource,
          got: `${join(principals)} without conditions on its source`,
          expected: "a named service with aws:SourceAccount and aws:SourceArn of this account",
        });
      }
      if ([...actions].sort().join() !== delivering.join()) {
        report({
          resource,
          got: join(actions),
          expected: `${join(delivering)}, without which nothing arrives`,
        });
      }
      if (resources.length === 0 || resources.some((arn) => !/:log-group:[\w/.-]+(:|$)/.test(arn))) {
        report({ resource, got: `log groups ${join(resources)}`, expected: "named log groups" });
      }
    }
  },
});

const isOfAccount = (arns: readonly string[], account: string): boolean =>
  arns.length > 0 && arns.every((arn) => arn.split(":")[4] === account);
