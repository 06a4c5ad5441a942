import { domainsOf, type Domain } from "../lib/domains";
import { stackPolicy, type StackResource } from "../lib/policy";
import { groupBy, ownArnResource, refersTo } from "../lib/relations";
import { types } from "../lib/types";
import {
  join,
  list,
  number,
  object,
  objects,
  parseObject,
  peek,
  show,
  strings,
  text,
  UNKNOWN,
  within,
  type Props,
} from "../lib/values";

/** Longest life of a public certificate today; shorter ones come in 2027 and 2029. */
const longestLifeDays = 198;
/** From 2029; a life said to be shorter would put the alarm off to its last hours. */
const shortestLifeDays = 47;
/** Of the life that remains, in percent: under it a renewal has failed, above it none has begun. */
const leastPercent = 10;
const mostPercent = 40;

const renewalEvent = "ACM Certificate Renewal Action Required";

/** Of one value a day any of these is the value; a count or a sum is not. */
const statistics = ["Minimum", "Average", "Maximum"];

interface Watch {
  /** Set when the metric is another account's. */
  readonly accountId: unknown;
  readonly metric: Props;
  readonly expression: string;
}

/** The metric of the certificate's age and the expression that the threshold is compared with. */
function watchOf(alarm: StackResource): Watch | undefined {
  const queries = objects(alarm.props.metricQueries);
  const source = queries.find(({ metric }) => object(metric).metricName === "DaysToExpiry");
  const returned = queries.find(({ returnData }) => returnData === true);
  if (!source || !returned) return undefined;
  return {
    accountId: source.accountId,
    metric: { ...object(source.metric), id: source.id },
    expression: text(returned.expression),
  };
}

/** `100 * days / 198`: a share of the life. Days would lose their meaning when lives shrink. */
function lifeDays({ metric, expression }: Watch): number {
  const match = /^\s*100\s*\*\s*(\w+)\s*\/\s*(\d+)\s*$/.exec(expression);
  return match?.[1] === metric.id ? Number(match?.[2]) : Number.NaN;
}

/** Finds the alarms on a domain's certificate: by whose value they take, or by the ARN where that is known. */
function alarmsByCertificate(alarms: readonly StackResource[]): (domain: Domain) => readonly StackResource[] {
  const pairs = alarms.flatMap((alarm) => {
    const origins = [
      ...(alarm.propertyDependencies.metricQueries ?? []),
      ...(alarm.propertyDependencies.dimensions ?? []),
    ];
    const arns = peek(() =>
      objects(alarm.props.metricQueries).map(({ metric }) =>
        text(object(object(metric).dimensions).CertificateArn),
      ),
    );
    const ends: (StackResource | string)[] = arns === UNKNOWN ? origins : [...origins, ...arns];
    return [...new Set(ends)].map((end) => ({ end, alarm }));
  });
  const byEnd = groupBy(pairs, ({ end }) => end);
  return ({ certificate, validation, arn }) => {
    const ends = certificate && validation ? [certificate, validation] : [arn ?? ""];
    return [...new Set(ends.flatMap((end) => byEnd.get(end) ?? []).map(({ alarm }) => alarm))];
  };
}

export const domainsBindExpiryAlarm = stackPolicy({
  name: "domains-bind-expiry-alarm",
  severity: "high",
  clauses: ["B5.1", "B8.4"],
  summary:
    "The certificate of each domain raises an alarm on a fraction of its life, and a renewal that fails is announced.",
  reads:
    "MetricAlarm: metricQueries → certificate, comparisonOperator, threshold, treatMissingData, alarmActions and insufficientDataActions → Topic; EventRule: eventPattern, state, eventBusName; EventTarget",
  controls: ["FSBP ACM.1"],
  remediation:
    "alarm on 100 * DaysToExpiry / life below a share, with missing data told to the topic, and send ACM's renewal events to the topic.",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html",
  check(stack, report) {
    const topics = stack.ofType(types.topic);
    const alarms = stack.ofType(types.alarm).filter((alarm) => watchOf(alarm) !== undefined);
    const reachesTopic = (resource: StackResource, property: string): boolean =>
      topics.some((topic) =>
        refersTo(
          resource,
          property,
          topic,
          (arn) => /^arn:[\w-]+:sns:/.test(arn) && ownArnResource(resource, arn) === topic.props.name,
        ),
      );

    const alarmsOf = alarmsByCertificate(alarms);
    for (const domain of domainsOf(stack)) {
      const found = domain.arn || domain.validation ? alarmsOf(domain) : [];
      if (found.length !== 1) {
        report({
          resource: domain.resource,
          got: `${found.length} alarms on its certificate's age`,
          expected: "exactly one",
        });
      }
    }
    for (const alarm of alarms) {
      const watch = watchOf(alarm);
      if (!watch) continue;
      const { comparisonOperator, threshold, treatMissingData, actionsEnabled } = alarm.props;
      if (
        watch.metric.namespace !== "AWS/CertificateManager" ||
        !statistics.includes(text(watch.metric.stat)) ||
        watch.accountId !== undefined ||
        !within(lifeDays(watch), shortestLifeDays, longestLifeDays)
      ) {
        report({
          resource: alarm,
          got: `expression ${show(watch.expression)} of the metric's ${show(watch.metric.stat)}`,
          expected: `100 * <DaysToExpiry> / <life in days, ${shortestLifeDays} to ${longestLifeDays}>, of this account's ${join(statistics)}`,
        });
      }
      if (!["LessThanThreshold", "LessThanOrEqualToThreshold"].includes(text(comparisonOperator))) {
        report({
          resource: alarm,
          got: `comparison ${show(comparisonOperator)}`,
          expected: "LessThanThreshold",
        });
      }
      if (!within(threshold, leastPercent, mostPercent)) {
        report({
          resource: alarm,
          got: `threshold ${show(number(threshold))}`,
          expected: `${leastPercent} to ${mostPercent} percent of the life`,
        });
      }
      // "missing" raises no alarm for a certificate of today, which has no data yet, and tells when data stop.
      const tellsSilence =
        treatMissingData === "breaching" ||
        (treatMissingData === "missing" && reachesTopic(alarm, "insufficientDataActions"));
      if (!tellsSilence) {
        report({
          resource: alarm,
          got: `treatMissingData ${show(treatMissingData)}`,
          expected: '"breaching", or "missing" with insufficientDataActions on the topic',
        });
      }
      if (actionsEnabled === false || !reachesTopic(alarm, "alarmActions")) {
        report({
          resource: alarm,
          got: "no action on a topic of this stack",
          expected: "alarmActions with the topic",
        });
      }
    }
    const rules = stack.ofType(types.eventRule).filter(({ props }) => {
      const pattern = parseObject(props.eventPattern);
      // Any further condition, or another bus, and the event may pass it by.
      const narrowed = Object.keys(pattern ?? {}).some((key) => !["source", "detail-type"].includes(key));
      const on = (props.state ?? "ENABLED") === "ENABLED" && props.isEnabled !== false;
      return (
        on &&
        !narrowed &&
        (props.eventBusName ?? "default") === "default" &&
        strings(pattern?.source).includes("aws.acm") &&
        list(pattern?.["detail-type"]).includes(renewalEvent)
      );
    });
    const announced = rules.some((rule) =>
      stack
        .ofType(types.eventTarget)
        .some(
          (target) =>
            refersTo(target, "rule", rule, (name) => name === rule.props.name) && reachesTopic(target, "arn"),
        ),
    );
    if (!announced) {
      report({
        got: `nobody told of "${renewalEvent}"`,
        expected: "an event rule whose target is the alarms' topic",
      });
    }
  },
});
