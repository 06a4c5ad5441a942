/** Requests of a stage, as its access log tells of them and as metrics of that log count them. */
import type { Question } from "./alertRules";
import { filterOf } from "./filterPattern";
import { accessLogOf } from "./logMetrics";
import type { Stack, StackResource } from "./policy";
import { types } from "./types";
import { object, parseObject, text } from "./values";

/** A request by the gateway's variables; those that are not said are unknown, `-`. */
export type Request = Readonly<Record<string, string>>;

/**
 * Whether a metric counts a request.
 *
 * @returns undefined for a question about anything but the whole of a metric of this log
 */
export type Counts = (question: Question, request: Request) => boolean | undefined;

/** What the metrics of a stage's access log count, each by its filter's pattern and the log's own format. */
export function countsOf(stack: Stack, stage: StackResource): Counts {
  const log = accessLogOf(stage);
  const format = Object.entries(parseObject(object(stage.props.accessLogSettings).format) ?? {}).map(
    ([name, variable]) => [name, text(variable).replace("$context.", "")] as const,
  );
  const metrics = new Map(
    stack
      .ofType(types.metricFilter)
      .filter(({ props }) => log !== "" && props.logGroupName === log)
      .flatMap(({ props }) => {
        const { namespace, name, value, dimensions } = object(props.metricTransformation);
        const filter = filterOf(text(props.pattern));
        const whole = value === "1" && Object.keys(object(dimensions)).length === 0;
        return filter && whole ? [[`${text(namespace)} ${text(name)}`, filter] as const] : [];
      }),
  );
  return ({ namespace, metricName, dimensions }, request) => {
    const filter = metrics.get(`${namespace} ${metricName}`);
    if (!filter || Object.keys(dimensions).length > 0) return undefined;
    return filter(Object.fromEntries(format.map(([name, variable]) => [name, request[variable] ?? "-"])));
  };
}

/** A client's request that went well, and what is else about it. */
export const ofClient = (clientId: string, changes: Request = {}): Request => ({
  "authorizer.clientId": clientId,
  "authorizer.traffic": "client",
  httpMethod: "POST",
  resourcePath: "/chat",
  status: "200",
  "integration.status": "200",
  responseLatency: "100",
  ...changes,
});

/** The same of a scan, which the authorizer marks; its client has a name that no pattern knows. */
export const ofScan = (changes: Request): Request =>
  ofClient("who-scans", { "authorizer.traffic": "scan", ...changes });

/** Answered before the authorizer said whose it was. */
export const ofNobody = (changes: Request): Request =>
  ofClient("-", { "authorizer.traffic": "-", "integration.status": "-", ...changes });
