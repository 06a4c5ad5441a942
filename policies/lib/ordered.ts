/** The alerts that were ordered, as courses of events at which somebody must be paged, and at which nobody may be. */
import type { ClauseId } from "../clauses";
import { isAboutOnly, type Events, type Question } from "./alertRules";
import { ofClient, ofNobody, ofScan, type Counts, type Request } from "./requests";

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

/** `29,000`: by hand, since the runtime's own formats take longer to load than all courses to be reckoned. */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

type Dimensions = Readonly<Record<string, string>>;
type ByMinute = (minute: number) => number;

/** Requests of one kind, and how many a minute. */
type Crowd = readonly [request: Request, perMinute: ByMinute];

/** How many of some requests a metric of the log counts, minute by minute. */
const counted =
  (counts: Counts, crowds: readonly Crowd[]): Events =>
  (question) => {
    const found = crowds.map(([request]) => counts(question, request));
    if (question.statistic !== "Sum" || found.includes(undefined)) return undefined;
    return (minute) =>
      crowds.reduce((sum, [, perMinute], at) => (found[at] ? sum + perMinute(minute) : sum), 0);
  };

const always = (value: number): ByMinute => from(value, value);

/** B1.2: p95 of /chat over 800 ms for 10 minutes: as the gateway says it, or as more than 5 of 100 lines of its log that are over. */
export function chatLatency(operation: Dimensions, counts: Counts, clients: readonly string[]): Order {
  const [first = "-"] = clients;
  const taking = (latencyMs: number, clientId = first, changes: Request = {}): Request =>
    ofClient(clientId, { responseLatency: String(Math.ceil(latencyMs)), ...changes });
  const isNative = (question: Question): boolean =>
    question.namespace === "AWS/ApiGateway" &&
    question.metricName === "Latency" &&
    // Beyond p95 is stricter.
    /^p9[5-9](\.\d+)?$/.test(question.statistic) &&
    isAboutOnly(question, operation);
  const isAbout = (question: Question): boolean =>
    isNative(question) ||
    (counts(question, taking(5_000)) === true && counts(question, taking(100)) === false);
  const PERCENT = 10;
  const course = (
    when: string,
    latencyMs: number,
    untilSeconds: number,
    {
      percent = 100,
      request = taking(latencyMs),
    }: { readonly percent?: number; readonly request?: Request } = {},
  ): Course => {
    const asLogged = counted(counts, [
      [taking(100), from(100 * PERCENT, (100 - percent) * PERCENT)],
      [request, from(0, percent * PERCENT)],
    ]);
    return {
      when,
      untilSeconds,
      events: (question) => (isNative(question) ? from(100, latencyMs) : asLogged(question)),
    };
  };
  const tenMinutes = 10 * MINUTE_SECONDS + SETTLE_SECONDS;
  return {
    clause: "B1.2",
    about: "p95 of /chat",
    isAbout,
    rings: [
      course("it is over 800 ms for 10 minutes", 800.001, tenMinutes),
      // Well beyond as well: a condition that is met near the number alone is none.
      ...[801, 1_500, 5_000, 29_000].map((latencyMs) =>
        course(`it is ${grouped(latencyMs)} ms for 10 minutes`, latencyMs, tenMinutes),
      ),
      course("5.1 % of the requests take 801 ms", 801, tenMinutes, { percent: 5.1 }),
      ...clients.map((clientId) =>
        course(`all of ${clientId} take 801 ms`, 801, tenMinutes, { request: taking(801, clientId) }),
      ),
      course("all that fail take 29,000 ms", 29_000, tenMinutes, {
        percent: 6,
        request: taking(29_000, first, { status: "504", "integration.status": "-" }),
      }),
    ],
    calm: [course("it is 100 ms", 100, HOUR_SECONDS)],
    edge: { at: course("it is 800 ms", 800, HOUR_SECONDS), below: course("it is 799 ms", 799, HOUR_SECONDS) },
  };
}

/** B1.3: 5xx over 1 % for 5 minutes, of whoever is no scan. */
export function serverErrors(stage: Dimensions, counts: Counts, clients: readonly string[]): Order {
  const [first = "-"] = clients;
  const failed = { status: "500", "integration.status": "500" };
  const isGateway = ({ namespace, ...question }: Question): boolean =>
    namespace === "AWS/ApiGateway" && isAboutOnly({ namespace, ...question }, stage);
  const isAbout = (question: Question): boolean =>
    (isGateway(question) && question.metricName === "5XXError") ||
    (counts(question, ofClient(first, failed)) === true && counts(question, ofClient(first)) === false);
  const course = (
    when: string,
    requests: number,
    errors: number,
    untilSeconds: number,
    {
      bad = ofClient(first, failed),
      scans = 0,
      failing = scans,
    }: { readonly bad?: Request; readonly scans?: number; readonly failing?: number } = {},
  ): Course => {
    const asLogged = counted(counts, [
      [ofClient(first), from(requests, requests - errors)],
      [bad, from(0, errors)],
      [ofScan(failed), from(0, failing)],
      [ofScan({}), from(0, scans - failing)],
    ]);
    return {
      when,
      untilSeconds,
      // The gateway's own metrics have scans in them.
      events: (question) => {
        if (!isGateway(question)) return asLogged(question);
        const { metricName, statistic } = question;
        const isCount = metricName === "Count";
        const [all, wrong] = [requests + scans, errors + failing];
        if (!isCount && metricName !== "5XXError") return undefined;
        if (statistic === "SampleCount") return from(requests, all);
        if (statistic === "Sum") return isCount ? from(requests, all) : from(0, wrong);
        // The mean of an error's metric is its rate.
        if (statistic === "Average" && !isCount) return from(0, all === 0 ? 0 : wrong / all);
        return undefined;
      },
    };
  };
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
          const [much, all] = [errors, requests].map(grouped);
          return course(`${much} of ${all} requests do`, requests, errors, fiveMinutes);
        }),
      ),
      ...clients.map((clientId) =>
        course(`2 of 100 requests do, those of ${clientId}`, 100, 2, fiveMinutes, {
          bad: ofClient(clientId, failed),
        }),
      ),
      ...["502", "503", "504"].map((status) =>
        course(`2 of 100 requests end in ${status}`, 100, 2, fiveMinutes, {
          bad: ofClient(first, { status, "integration.status": "-" }),
        }),
      ),
      course("2 of 100 requests do, while those of a scan go well", 100, 2, fiveMinutes, {
        scans: 10_000,
        failing: 0,
      }),
      course("the authorizer fails for 2 of 100 requests", 100, 2, fiveMinutes, {
        bad: ofNobody({ status: "500" }),
      }),
    ],
    calm: [
      course("none of 100,000 requests ends in 5xx", 100_000, 0, HOUR_SECONDS),
      course("there is no request", 0, 0, HOUR_SECONDS),
      course("every request of a scan ends in 5xx", 100, 0, HOUR_SECONDS, { scans: 1_000 }),
    ],
    edge: {
      at: course("1 % of 100,000 requests end in 5xx", 100_000, 1_000, HOUR_SECONDS),
      below: course("0.99 % of 100,000 requests do", 100_000, 990, HOUR_SECONDS),
    },
  };
}

/** B1.4: a spike of 429s in 5 minutes, which is a rise over what was usual before; scans may be throttled as they come. */
export function throttlingSpike(counts: Counts, clients: readonly string[]): Order {
  const [first = "-"] = clients;
  const refused = { status: "429", "integration.status": "-" };
  const isAbout = (question: Question): boolean =>
    counts(question, ofClient(first, refused)) === true &&
    ["200", "400", "403", "500"].every((status) => counts(question, ofClient(first, { status })) === false);
  const course = (
    when: string,
    perMinute: ByMinute,
    untilSeconds: number,
    request = ofClient(first, refused),
  ): Course => ({
    when,
    untilSeconds,
    events: counted(counts, [
      [ofClient(first), always(1_000)],
      [request, perMinute],
    ]),
  });
  const burst = (usual: number, much: number) => (minute: number) =>
    minute >= 0 && minute < 5 ? much : usual;
  const window = 5 * MINUTE_SECONDS + 2 * SETTLE_SECONDS;
  const DAY_MINUTES = 1_440;
  return {
    clause: "B1.4",
    about: "answers 429 of the stage, by a metric filter of its access log",
    isAbout,
    rings: [
      course("429s are twenty times what was usual, for 5 minutes", burst(1_000, 20_000), window),
      course("there was none, and then 1,000 a minute for 5 minutes", burst(0, 1_000), window),
      // The pack's own numbers: more than 200 in 5 minutes are a spike where there was none, six times what was usual is one.
      course("there was none, and then 205 in each 5 minutes", from(0, 41), window),
      course("429s become six times what was usual", from(1_000, 6_000), window),
      ...[100, 10_000, 1_000_000, 10_000_000].map((much) =>
        course(`there was none, and then ${grouped(much)} a minute`, burst(0, much), window),
      ),
      course("1,000 a minute become 10,000,000", burst(1_000, 10_000_000), window),
      course("every request is refused from then on", from(10, 1_000_000), window),
      ...clients.map((clientId) =>
        course(
          `${clientId} alone is refused, 1,000 times a minute`,
          burst(0, 1_000),
          window,
          ofClient(clientId, { status: "429", "integration.status": "429" }),
        ),
      ),
      course(
        "the firewall refuses 1,000 a minute that nobody knows",
        burst(0, 1_000),
        window,
        ofNobody(refused),
      ),
    ],
    calm: [
      course("there is none", () => 0, HOUR_SECONDS),
      course("there are 1,000 a minute, as there were for a day", () => 1_000, 3 * HOUR_SECONDS),
      course("a scan is refused, 100,000 times a minute", burst(0, 100_000), HOUR_SECONDS, ofScan(refused)),
      course("they double in a day", (minute) => 1_000 * 2 ** (minute / DAY_MINUTES), 6 * HOUR_SECONDS),
    ],
  };
}
