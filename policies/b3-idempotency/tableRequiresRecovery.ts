import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show } from "../lib/values";

export const tableRequiresRecovery = resourcePolicy({
  name: "table-requires-recovery",
  severity: "high",
  clauses: ["B3.1", "B4.1"],
  summary:
    "A table is not lost by one mistake: it can be put back to any second, and is not deleted at once.",
  reads: "aws:dynamodb/table:Table: pointInTimeRecovery, deletionProtectionEnabled, name",
  controls: ["FSBP DynamoDB.2", "FSBP DynamoDB.6", "CKV_AWS_28", "AwsSolutions-DDB3"],
  remediation:
    "set pointInTimeRecovery.enabled and deletionProtectionEnabled to true, and give the table a fixed name.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/dynamodb-controls.html#dynamodb-2",
  types: [types.table],
  check(resource, report) {
    const { pointInTimeRecovery, deletionProtectionEnabled, name } = resource.props;
    const { enabled } = object(pointInTimeRecovery);
    if (enabled !== true) {
      report({ resource, got: `pointInTimeRecovery ${show(enabled)}`, expected: "enabled" });
    }
    if (deletionProtectionEnabled !== true) {
      report({
        resource,
        got: `deletionProtectionEnabled ${show(deletionProtectionEnabled)}`,
        expected: "true",
      });
    }
    // A generated name would make every ARN that holds it unknown at preview.
    if (typeof name !== "string" || name === "") {
      report({ resource, got: `name ${show(name)}`, expected: "a fixed name" });
    }
  },
});
