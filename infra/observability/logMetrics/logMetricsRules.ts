import { logGroupName as firewallLogGroupName } from "../../firewall/firewallLogging";
import {
  accessLogName,
  voiceAccessLogName,
  type restAccessLog,
  type webSocketAccessLog,
} from "../../gateway/accessLog";
import { logGroupArn, type AccountScope } from "../../shared/arn";
import { findingsLogGroupName } from "../../shared/logProtection";
import { logMetricNames, logMetricNamespace, type LogMetricName } from "../telemetry/telemetry";
import { numeralsAbove } from "./slowerThan";

export interface LogMetricsFacts {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** B8.1: the route, by its path, and how long its requests may take. */
  readonly objective: { readonly route: string; readonly thresholdMs: number };
  /** B1.2: the same for the page. */
  readonly page: { readonly route: string; readonly thresholdMs: number };
  /** The client as which the prober calls. Its requests are refused on purpose, fast and day and night: they are no client's. */
  readonly proberClientId: string;
}

/** One metric of `logMetricNames`, as the service is told of it. */
export interface LogMetricFilter {
  readonly metricName: LogMetricName;
  readonly namespace: string;
  readonly logGroupName: string;
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html */
  readonly pattern: string;
  /** The dimension's name, and the field that it is taken from: `$.clientId`. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** For a minute whose lines do not match. The service takes none beside dimensions. */
  readonly defaultValue: "0" | undefined;
}

/**
 * Where scans write one line each when they end: `{"scan": "zap-baseline", "outcome": "passed"}` or `"failed"`.
 */
export const scansLogGroupName = (namePrefix: string): string => `/fase-b/${namePrefix}/scans`;

type RestField = keyof typeof restAccessLog;
type VoiceField = keyof typeof webSocketAccessLog;

// Every value of the access logs is a text in quotes, "-" where there is none; `*` stands for any text at a text's end.
const is = (field: RestField | VoiceField | "outcome", text: string): string => `$.${field} = "${text}"`;
const isNot = (field: RestField, text: string): string => `$.${field} != "${text}"`;
const all = (...conditions: string[]): string => `{ ${conditions.join(" && ")} }`;
const either = (...conditions: string[]): string => `(${conditions.join(" || ")})`;

/** All dimensions have few values, none of a caller's choosing: the contract's routes, the settings' clients, the gateway's words. */
const fields = {
  route: "$.resourcePath",
  clientId: "$.clientId",
  reason: "$.responseType",
  status: "$.status",
  scan: "$.scan",
} as const;

/** One filter for each metric made of a log. Pure. */
export function logMetricFilters(facts: LogMetricsFacts): LogMetricFilter[] {
  const { namePrefix, scope, objective, page, proberClientId } = facts;
  const anyStatus = is("status", "*");
  const throttled = is("status", "429");
  const clientError = is("status", "4*");
  const serverError = is("status", "5*");
  // What was refused before the authorizer bears no mark: the firewall's blocks of a scan count as anybody's.
  const noScan = isNot("traffic", "scan");
  const ofClients = [isNot("clientId", proberClientId), noScan];
  const noClientError = [is("status", "2*"), is("status", "3*"), serverError];
  // A 4xx without a client was refused by mutual TLS, firewall or authorizer: whoever asked is none of ours. A 5xx is ours, whoever asked.
  const asked = either(
    `(${is("clientId", "*")} && ${isNot("clientId", "-")} && ${anyStatus})`,
    ...noClientError,
  );
  // A 4xx is the edge's where it says so itself; what gateway, usage plan, firewall or authorizer refused took no time of ours.
  const served = (route: string): string[] => [
    is("httpMethod", "POST"),
    is("resourcePath", route),
    ...ofClients,
    either(...noClientError, is("integrationStatus", "4*")),
  ];
  const over = (thresholdMs: number): string => `$.responseLatencyMs = %${numeralsAbove(thresholdMs)}%`;
  const access = accessLogName(namePrefix);
  const patterns: Readonly<Record<LogMetricName, readonly [logGroupName: string, pattern: string]>> = {
    AccessLogLines: [access, all(anyStatus)],
    ServedRequests: [access, all(...ofClients, asked)],
    ServedServerErrors: [access, all(...ofClients, serverError)],
    OrderedRequests: [access, all(...served(page.route))],
    OrderedSlowRequests: [access, all(...served(page.route), over(page.thresholdMs))],
    ObjectiveRequests: [access, all(...served(objective.route))],
    ObjectiveSlowRequests: [access, all(...served(objective.route), over(objective.thresholdMs))],
    ScanRequests: [access, all(is("traffic", "scan"))],
    Throttled: [access, all(noScan, throttled)],
    ThrottledByRoute: [access, all(noScan, throttled)],
    ThrottledByClient: [access, all(noScan, throttled)],
    ThrottledByReason: [access, all(noScan, throttled)],
    ClientErrorsByClient: [access, all(noScan, clientError)],
    ClientErrorsByReason: [access, all(noScan, clientError)],
    ServerErrorsByClient: [access, all(noScan, serverError)],
    ServerErrorsByReason: [access, all(noScan, serverError)],
    RequestsByClient: [access, all(anyStatus)],
    VoiceConnections: [voiceAccessLogName(namePrefix), all(is("eventType", "CONNECT"))],
    LogFindings: [findingsLogGroupName(namePrefix), findings(scope, namePrefix)],
    ScanFailures: [scansLogGroupName(namePrefix), all(is("outcome", "failed"))],
    ScansEnded: [
      scansLogGroupName(namePrefix),
      all(either(is("outcome", "passed"), is("outcome", "failed"))),
    ],
  };
  return (Object.keys(logMetricNames) as LogMetricName[]).map((metricName) => {
    const names: readonly (keyof typeof fields)[] = logMetricNames[metricName];
    const [logGroupName, pattern] = patterns[metricName];
    return {
      metricName,
      namespace: logMetricNamespace(namePrefix),
      logGroupName,
      pattern,
      dimensions: Object.fromEntries(names.map((name) => [name, fields[name]])),
      defaultValue: names.length === 0 ? "0" : undefined,
    };
  });
}

/**
 * A report for each line in which something was found. The firewall's log holds the caller's address by nature, masked: a report
 * of that group that tells of addresses and of nothing else is no finding. An audit must name the same identifiers as the
 * masking beside it, so they cannot be left out of the reports.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-audit-findings.html
 */
function findings(scope: AccountScope, namePrefix: string): string {
  const firewallLog = logGroupArn(scope, firewallLogGroupName(namePrefix));
  return `{ ($.resourceArn != "${firewallLog}:*" && $.resourceArn != "${firewallLog}") || ($.dataIdentifiers[0].name != "IpAddress") || ($.dataIdentifiers[1].name = "*") }`;
}
