import { requestFunctions } from "../../edge/functionNames";
import { accessLogName, voiceAccessLogName } from "../../gateway/accessLog";
import { functionLogGroup } from "../../shared/arn";
import type { Settings } from "../../settings/settings.schema";
import { CORRELATION_ID } from "./variables";

/*
 * A link into CloudWatch Logs Insights rather than a panel of logs: Grafana's role reads numbers and no log, who opens a log does so
 * under a right of his own, and nothing is scanned until somebody asks.
 */

export type JsUrlValue =
  string | number | boolean | readonly JsUrlValue[] | { readonly [key: string]: JsUrlValue };

/** The notation of the console's links: https://github.com/Sage/jsurl */
export function toJsUrl(value: JsUrlValue): string {
  if (typeof value === "string") return `~'${escaped(value)}`;
  if (typeof value === "number" || typeof value === "boolean") return `~${value}`;
  if (isList(value)) return `~(${value.length === 0 ? "~" : value.map(toJsUrl).join("")})`;
  return `~(${Object.entries(value)
    .map(([key, each]) => `${escaped(key)}${toJsUrl(each)}`)
    .join("~")})`;
}

const isList = (value: JsUrlValue): value is readonly JsUrlValue[] => Array.isArray(value);

const escaped = (text: string): string =>
  text.replace(/[^\w.-]/g, (character) => {
    if (character === "$") return "!";
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `*${code.toString(16).padStart(2, "0")}`
      : `**${code.toString(16).padStart(4, "0")}`;
  });

/** Stands for itself in every notation, and nowhere else in a query. */
const PLACE = "correlation-id-goes-here";

/** Log groups that name a request's correlation id. */
export const requestLogGroups = (namePrefix: string): readonly string[] => [
  accessLogName(namePrefix),
  voiceAccessLogName(namePrefix),
  ...requestFunctions.map((name) => functionLogGroup(`${namePrefix}-${name}`)),
];

export const correlationQuery = (correlationId: string): string =>
  [
    "fields @timestamp, @log, functionName, clientId, agentId, outcome, status, @message",
    `filter correlationId = "${correlationId}"`,
    "sort @timestamp asc",
    "limit 200",
  ].join("\n| ");

const LOOK_BACK_SECONDS = 86_400;

/** Everything that was logged of one request. Grafana puts the id in, whose characters need no escape. */
export function logsLink({ namePrefix, account }: Pick<Settings, "namePrefix" | "account">): string {
  const { region } = account;
  const detail = toJsUrl({
    end: 0,
    start: -LOOK_BACK_SECONDS,
    timeType: "RELATIVE",
    unit: "seconds",
    editorString: correlationQuery(PLACE),
    isLiveTail: false,
    source: requestLogGroups(namePrefix),
  });
  // Behind the `#` the console writes `?` and `=` as `$3F` and `$3D`.
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:logs-insights$3FqueryDetail$3D${detail.replace(PLACE, () => `\${${CORRELATION_ID}:percentencode}`)}`;
}
