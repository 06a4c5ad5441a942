import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show } from "../lib/values";

const required: Readonly<Record<string, unknown>> = {
  metricsEnabled: true,
  loggingLevel: "ERROR",
  // Data tracing writes bodies and headers to the log; INFO writes every step of every request.
  dataTraceEnabled: false,
  cachingEnabled: false,
};

export const methodSettingsRequireSafeLogging = resourcePolicy({
  name: "method-settings-require-safe-logging",
  severity: "critical",
  clauses: ["B1.6", "B8.3"],
  summary: "Every method has its own metrics and logs errors only; bodies never reach a log or a cache.",
  reads: "aws:apigateway/methodSettings:MethodSettings.settings",
  controls: ["FSBP APIGateway.1", "CKV_AWS_276", "CKV2_AWS_4", "AwsSolutions-APIG6"],
  remediation:
    "set metricsEnabled true, loggingLevel ERROR, dataTraceEnabled false and cachingEnabled false.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
  types: [types.methodSettings],
  check(resource, report) {
    const settings = object(resource.props.settings);
    for (const [key, expected] of Object.entries(required)) {
      if (settings[key] !== expected) {
        report({ resource, got: `${key} ${show(settings[key])}`, expected: show(expected) });
      }
    }
  },
});
