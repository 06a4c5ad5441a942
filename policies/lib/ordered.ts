/** The alerts that were ordered, as courses of events at which somebody must be paged, and at which nobody may be. */
import type { ClauseId } from "../clauses";
import { isAboutOnly, type Events, type Question } from "./alertRules";

const MINUTE_SECONDS = 60;
/** What CloudWatch takes until a minute's values are whole, and a rule until its next turn. */
const SETTLE_SECONDS = 300;

export interface Course {
  /** Completes "when …". */
  readonly when: string;
  readonly events: Events;
  /** Where somebody must be paged: by then. Where nobody may be: so long nobody is. */
  readonly untilSeconds: number;
}

export interface Order {
  readonly clause: ClauseId;
  /** What the clause is about. */
  readonly about: string;
  readonly isAbout: (question: Question) => boolean;
  readonly rings: readonly Course[];
  readonly calm: readonly Course[];
  /**
   * Exactly at the number, which is not over it: a stricter number may ring there, and then it rings just below it too; one that
   * rings there alone has mistaken "over" for "from".
   */
  readonly edge?: { readonly at: Course; readonly below: Course };
}

const HOUR_SECONDS = 60 * MINUTE_SECONDS;
/** The change comes in the minute 0. */
const from = (before: number, after: number) => (minute: number) => (minute < 0 ? before : after);

type Dimensions = Readonly<Record<string, string>>;

/** B1.2: p95 of /chat over 800 ms for 10 minutes. */
export function chatLatency(operation: Dimensions): Order {
  const isAbout = (question: Question): boolean =>
    question.namespace === "AWS/ApiGateway" &&
    question.metricName === "Latency" &&
    // Beyond p95 is stricter.
    /^p9[5-9](\.\d+)?$/.test(question.statistic) &&
    isAboutOnly(question, operation);
  const course = (when: string, latencyMs: number, untilSeconds: number): Course => ({
    when,
    untilSeconds,
    events: (question) => (isAbout(question) ? from(100, latencyMs) : undefined),
  });
  const tenMinutes = 10 * MINUTE_SECONDS + SETTLE_SECONDS;
  return {
    clause: "B1.2",
    about: "p95 of /chat",
    isAbout,
    rings: [
      course("it is over 800 ms for 10 minutes", 800.001, tenMinutes),
      // Well beyond as well: a condition that is met near the number alone is none.
      ...[801, 1_500, 5_000, 29_000].map((latencyMs) =>
        course(`it is ${latencyMs.toLocaleString("en")} ms for 10 minutes`, latencyMs, tenMinutes),
      ),
    ],
    calm: [course("it is 100 ms", 100, HOUR_SECONDS)],
    edge: { at: course("it is 800 ms", 800, HOUR_SECONDS), below: course("it is 799 ms", 799, HOUR_SECONDS) },
  };
}

/** B1.3: 5xx over 1 % for 5 minutes. */
export function serverErrors(stage: Dimensions): Order {
  const isAbout = (question: Question): boolean =>
    question.namespace === "AWS/ApiGateway" &&
    question.metricName === "5XXError" &&
    isAboutOnly(question, stage);
  const course = (when: string, requests: number, errors: number, untilSeconds: number): Course => ({
    when,
    untilSeconds,
    events: (question) => {
      const { namespace, metricName, statistic } = question;
      if (namespace !== "AWS/ApiGateway" || !isAboutOnly(question, stage)) return undefined;
      const isCount = metricName === "Count";
      if (!isCount && metricName !== "5XXError") return undefined;
      if (statistic === "SampleCount") return from(requests, requests);
      if (statistic === "Sum") return isCount ? from(requests, requests) : from(0, errors);
      // The mean of an error's metric is its rate.
      if (statistic === "Average" && !isCount) return from(0, requests === 0 ? 0 : errors / requests);
      return undefined;
    },
  });
  const fiveMinutes = 5 * MINUTE_SECONDS + SETTLE_SECONDS;
  return {
    clause: "B1.3",
    about: "5xx of the stage",
    isAbout,
    rings: [
      course("1.001 % of 100,000 requests end in 5xx for 5 minutes", 100_000, 1_001, fiveMinutes),
      course("2 of 100 requests do", 100, 2, fiveMinutes),
      course("the only request does", 1, 1, fiveMinutes),
      ...[100, 10_000, 1_000_000].flatMap((requests) =>
        [1.1, 5, 50, 100].map((percent) => {
          const errors = Math.ceil((requests * percent) / 100);
          const [much, all] = [errors, requests].map((count) => count.toLocaleString("en"));
          return course(`${much} of ${all} requests do`, requests, errors, fiveMinutes);
        }),
      ),
    ],
    calm: [
      course("none of 100,000 requests ends in 5xx", 100_000, 0, HOUR_SECONDS),
      course("there is no request", 0, 0, HOUR_SECONDS),
    ],
    edge: {
      at: course("1 % of 100,000 requests end in 5xx", 100_000, 1_000, HOUR_SECONDS),
      below: course("0.99 % of 100,000 requests do", 100_000, 990, HOUR_SECONDS),
    },
  };
}

/**
 * B1.4: a spike of 429s in 5 minutes, which is a rise over what was usual before.
 *
 * @param counts whether a metric counts the answers 429 of the whole stage
 */
export function throttlingSpike(counts: (question: Question) => boolean): Order {
  const course = (when: string, perMinute: (minute: number) => number, untilSeconds: number): Course => ({
    when,
    untilSeconds,
    events: (question) => (counts(question) && question.statistic === "Sum" ? perMinute : undefined),
  });
  const burst = (usual: number, much: number) => (minute: number) =>
    minute >= 0 && minute < 5 ? much : usual;
  const window = 5 * MINUTE_SECONDS + 2 * SETTLE_SECONDS;
  const DAY_MINUTES = 1_440;
  return {
    clause: "B1.4",
    about: "answers 429 of the stage, by a metric filter of its access log",
    isAbout: counts,
    rings: [
      course("429s are twenty times what was usual, for 5 minutes", burst(1_000, 20_000), window),
      course("there was none, and then 1,000 a minute for 5 minutes", burst(0, 1_000), window),
      // The pack's own numbers: more than 200 in 5 minutes are a spike where there was none, six times what was usual is one.
      course("there was none, and then 205 in each 5 minutes", from(0, 41), window),
      course("429s become six times what was usual", from(1_000, 6_000), window),
      ...[100, 10_000, 1_000_000, 10_000_000].map((much) =>
        course(`there was none, and then ${much.toLocaleString("en")} a minute`, burst(0, much), window),
      ),
      course("1,000 a minute become 10,000,000", burst(1_000, 10_000_000), window),
      course("every request is refused from then on", from(10, 1_000_000), window),
    ],
    calm: [
      course("there is none", () => 0, HOUR_SECONDS),
      course("there are 1,000 a minute, as there were for a day", () => 1_000, 3 * HOUR_SECONDS),
      course("they double in a day", (minute) => 1_000 * 2 ** (minute / DAY_MINUTES), 6 * HOUR_SECONDS),
    ],
  };
}
