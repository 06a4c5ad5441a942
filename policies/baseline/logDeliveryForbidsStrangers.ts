import { namesSource, statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const logDeliveryForbidsStrangers = resourcePolicy({
  name: "log-delivery-forbids-strangers",
  severity: "medium",
  clauses: ["B8.3"],
  summary: "Only a named service of this account may write to a log group of ours from outside.",
  reads: "aws:cloudwatch/logResourcePolicy:LogResourcePolicy.policyDocument",
  remediation:
    "allow the delivery service on the group's ARN with conditions on aws:SourceAccount and aws:SourceArn.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
  types: [types.logDelivery],
  check(resource, report) {
    for (const statement of statementsOf(resource, "policyDocument", report)) {
      const { allows, principals, resources } = statement;
      if (!allows) continue;
      if (
        !principals.every((principal) => principal.startsWith("Service:")) ||
        principals.length === 0 ||
        !namesSource(statement, accountOf(resource))
      ) {
        report({
          resource,
          got: `${join(principals)} without a condition on its source`,
          expected: "a named service with aws:SourceAccount",
        });
      }
      if (resources.length === 0 || resources.some((arn) => !/:log-group:[\w/.-]+(:|$)/.test(arn))) {
        report({ resource, got: `log groups ${join(resources)}`, expected: "named log groups" });
      }
    }
  },
});
