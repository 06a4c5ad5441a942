import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show } from "../lib/values";

export const tableRequiresOnDemandBilling = resourcePolicy({
  name: "table-requires-on-demand-billing",
  severity: "medium",
  clauses: ["B3.1"],
  summary:
    "A table takes what comes: a record that is refused for lack of capacity would be a request refused.",
  reads: "aws:dynamodb/table:Table: billingMode, onDemandThroughput",
  controls: ["FSBP DynamoDB.1", "CKV2_AWS_16"],
  remediation: 'set billingMode to "PAY_PER_REQUEST" and no onDemandThroughput; limits are the gateway\'s.',
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/dynamodb-controls.html#dynamodb-1",
  types: [types.table],
  check(resource, report) {
    const { billingMode, onDemandThroughput } = resource.props;
    if (billingMode !== "PAY_PER_REQUEST") {
      report({ resource, got: `billingMode ${show(billingMode)}`, expected: '"PAY_PER_REQUEST"' });
    }
    if (onDemandThroughput !== undefined) {
      report({ resource, got: `onDemandThroughput ${show(onDemandThroughput)}`, expected: "none" });
    }
  },
});
