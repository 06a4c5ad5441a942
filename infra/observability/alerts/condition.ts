import type { CloudWatchQuery } from "../telemetry/query";
import type { CloudWatchCondition, Operand, Reducer } from "./alert";

export const MINUTE_SECONDS = 60;
export const HOUR_MINUTES = 60;

/**
 * CloudWatch has a minute's values a minute or so after its end, and the metric filters' and Lambda's later than the gateway's. What
 * is younger than this is not asked for: a sum of half the values would be a fall, and a last value that is not there a gap.
 */
const CLOUDWATCH_DELAY_SECONDS = 120;

/**
 * How long a condition must hold where the clause names no time: an answer of CloudWatch that fails once, or a window that is
 * off once, wakes nobody. The windows are longer than that, so nothing that was counted is missed.
 */
export const SETTLE_SECONDS = 180;

/**
 * The window of which the last value counts: two minutes, so that one that is late or has no value is stood in for by the one
 * before it. With two missing there is no value, and what was pending begins anew.
 */
const LAST_MINUTES = 2;

/** The last minute's value. */
export const latest = (query: CloudWatchQuery): Operand => over(query, LAST_MINUTES, "last");

/** What a window of so many minutes comes to. */
export const over = (
  query: CloudWatchQuery,
  windowMinutes: number,
  reduce: Reducer,
  endsMinutesAgo = 0,
): Operand => ({
  query,
  windowSeconds: windowMinutes * MINUTE_SECONDS,
  endsSecondsAgo: CLOUDWATCH_DELAY_SECONDS + endsMinutesAgo * MINUTE_SECONDS,
  reduce,
});

/** The last value of something that is looked at every so many hours; one look may be late. */
export const lastLook = (query: CloudWatchQuery, everyHours: number): Operand =>
  over(query, 2 * everyHours * HOUR_MINUTES, "last");

export const cloudwatch = (
  operands: Readonly<Record<string, Operand>>,
  math: string,
): CloudWatchCondition => ({ source: "cloudwatch", operands, math });

/** Anything at all in the window. */
export const any = (query: CloudWatchQuery, windowMinutes: number): CloudWatchCondition =>
  cloudwatch({ A: over(query, windowMinutes, "sum") }, "$A > 0");

/**
 * One of these holds, each on a series with labels of its own. Two with other labels come together without labels, and a third would
 * lend its own to all of them: they are joined in pairs, the last one with the first if it has no partner.
 * https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/exp.go
 */
export function anyOf(tests: readonly string[]): string {
  const pairs = tests.flatMap((test, i) =>
    i % 2 === 1 ? [] : [`(${test} || ${tests[i + 1] ?? tests[0] ?? test})`],
  );
  return tests.length === 1 ? tests.join("") : pairs.join(" || ");
}

/** As Grafana's mathematics reads it, without the noise of binary fractions. */
export const numeral = (value: number): string => {
  const text = String(Number(value.toPrecision(12)));
  if (!/^-?\d+(\.\d+)?$/.test(text))
    throw new Error(`a number in an alert: got ${value}; allowed: one without an exponent; fix: change it`);
  return text;
};

/** Of the 1,024 characters that an expression may have, what Grafana's search leaves for the values of one dimension. */
const MAX_LISTED_CHARACTERS = 800;

/**
 * Each of these, in one question; where they are too many for it, each that there is, so that none is left out.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html (`Expression`)
 */
export const eachOf = (values: readonly string[]): readonly string[] | "*" =>
  values.map((value) => `"${value}"`).join(" OR ").length > MAX_LISTED_CHARACTERS ? "*" : values;
