import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show, text } from "../lib/values";

export const functionRequiresTracing = resourcePolicy({
  name: "function-requires-tracing",
  severity: "medium",
  clauses: ["B1.6"],
  summary: "Functions trace requests and log JSON into a group that is known.",
  reads: "aws:lambda/function:Function: tracingConfig, loggingConfig",
  controls: ["SecurityHub Lambda.7", "CKV_AWS_50"],
  remediation:
    'set tracingConfig.mode to "Active", loggingConfig.logFormat to "JSON" and name the log group.',
  url: "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
  types: [types.function],
  check(resource, report) {
    const { mode } = object(resource.props.tracingConfig);
    if (mode !== "Active") report({ resource, got: `tracing ${show(mode)}`, expected: '"Active"' });
    const { logFormat, logGroup } = object(resource.props.loggingConfig);
    if (logFormat !== "JSON") report({ resource, got: `logFormat ${show(logFormat)}`, expected: '"JSON"' });
    if (text(logGroup) === "")
      report({ resource, got: "no named log group", expected: "the group that the program makes" });
  },
});
