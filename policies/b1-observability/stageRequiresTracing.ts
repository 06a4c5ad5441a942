import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show } from "../lib/values";

export const stageRequiresTracing = resourcePolicy({
  name: "stage-requires-tracing",
  severity: "medium",
  clauses: ["B1.6"],
  summary: "The stage traces requests, so that a request's way can be followed behind the gateway.",
  reads: "aws:apigateway/stage:Stage.xrayTracingEnabled",
  controls: ["FSBP APIGateway.3", "CKV_AWS_73"],
  remediation: "set xrayTracingEnabled to true.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html#apigateway-3",
  types: [types.stage],
  check(resource, report) {
    const { xrayTracingEnabled } = resource.props;
    if (xrayTracingEnabled !== true) {
      report({ resource, got: `xrayTracingEnabled ${show(xrayTracingEnabled)}`, expected: "true" });
    }
  },
});
