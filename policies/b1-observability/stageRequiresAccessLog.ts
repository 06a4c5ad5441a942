import { defectsOfFormat, restLog } from "../lib/accessLog";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show, text } from "../lib/values";

export const stageRequiresAccessLog = resourcePolicy({
  name: "stage-requires-access-log",
  severity: "high",
  clauses: ["B1.6", "B8.3"],
  summary:
    "The stage writes an access log in JSON that correlates every request and can carry no personal data.",
  reads: "aws:apigateway/stage:Stage.accessLogSettings",
  controls: ["CKV_AWS_76", "AwsSolutions-APIG1"],
  remediation:
    "log both request ids, the authorizer's correlation id, status, method and resourcePath, and nothing personal.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
  types: [types.stage],
  check(resource, report) {
    const { destinationArn, format } = object(resource.props.accessLogSettings);
    if (!/^arn:[\w-]+:logs:/.test(text(destinationArn))) {
      report({
        resource,
        got: `access log destination ${show(destinationArn)}`,
        expected: "the ARN of a log group",
      });
    }
    for (const { got, expected } of defectsOfFormat(format, restLog)) report({ resource, got, expected });
  },
});
