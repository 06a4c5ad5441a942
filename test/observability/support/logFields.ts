import { restAccessLog, webSocketAccessLog } from "../../../infra/gateway/accessLog";
import { denyReasons } from "../../../infra/functions/authorizer/denyReasons";
import { errorClasses, errorCodes } from "../../../infra/functions/log/errors";
import {
  functionNames,
  logFieldTypes,
  outcomes,
  routeIds,
  stepNames,
} from "../../../infra/functions/log/fields";
import { metricNames } from "../../../infra/functions/log/metrics";
import { voiceDenyReasons } from "../../../infra/functions/voice-authorizer/denyReasons";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html */
const everywhere = ["@timestamp", "@message", "@log", "@logStream", "@ingestionTime"];

/** What Lambda writes itself. https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report */
const platform = [
  "type",
  "record.status",
  "record.errorType",
  "record.metrics.durationMs",
  "record.metrics.maxMemoryUsedMB",
  "record.metrics.initDurationMs",
];

/**
 * https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html; a member of a list is called by its number. Headers,
 * arguments, path and address are no fields that anybody is told to ask for.
 */
const firewall =
  /^(action|terminatingRuleId|terminatingRuleType|responseCodeSent|httpSourceName|httpRequest\.(country|httpMethod|requestId)|nonTerminatingMatchingRules\.\d\.(ruleId|action)|labels\.\d\.name)$/;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-audit-findings.html */
const findings = /^(auditTimestamp|resourceArn|dataIdentifiers\.\d\.(name|count))$/;

/** As `scansLogGroupName` says that scans write, with the values that a field may have. */
const scans = { scan: undefined, outcome: ["passed", "failed"] } as const;

/** Whether lines of that group can have the field. */
export function hasField(group: string, namePrefix: string, field: string): boolean {
  if (everywhere.includes(field)) return true;
  if (group === `/aws/apigateway/${namePrefix}-access`) return Object.hasOwn(restAccessLog, field);
  if (group === `/aws/apigateway/${namePrefix}-voice-access`) return Object.hasOwn(webSocketAccessLog, field);
  if (group === `aws-waf-logs-${namePrefix}`) return firewall.test(field);
  if (group === `/aws/vendedlogs/${namePrefix}-log-findings`) return findings.test(field);
  if (group === `/fase-b/${namePrefix}/scans`) return Object.hasOwn(scans, field);
  if (!group.startsWith(`/aws/lambda/${namePrefix}-`)) return false;
  const own = [...Object.keys(logFieldTypes({ clientIds: [], agentIds: [] })), ...metricNames];
  return own.includes(field) || platform.includes(field);
}

/** The values that a field has in these groups, where they are a closed list. */
export const valuesOf = (groups: readonly string[], field: string): readonly string[] | undefined =>
  groups.some((group) => group.endsWith("/scans")) && field === "outcome"
    ? scans.outcome
    : closedLists[field];

const closedLists: Readonly<Record<string, readonly string[]>> = {
  functionName: functionNames,
  route: routeIds,
  outcome: outcomes,
  step: stepNames,
  denyReason: [...denyReasons, ...voiceDenyReasons],
  errorClass: errorClasses,
  errorCode: errorCodes,
  action: ["ALLOW", "BLOCK"],
  type: ["platform.report"],
};
