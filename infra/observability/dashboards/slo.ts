import type { AlertName } from "../alerts/alertNames";
import type { CloudWatchQuery } from "../telemetry/query";
import { every } from "../telemetry/telemetry";
import type { Board, BoardContext } from "./dashboard";
import type { DataPanel, Target } from "./panel";

const HOUR_SECONDS = 3_600;
/** The longest period of CloudWatch that a panel is drawn by. */
const DAY_SECONDS = 86_400;

/** An objective as a share of requests that may be bad. */
export interface Objective {
  readonly title: string;
  readonly says: string;
  /** What it leaves out: what the prober asks would fill its denominator, and a refusal is quick. */
  readonly counts: string;
  /** Of all requests, in percent. */
  readonly budgetPercent: number;
  readonly bad: CloudWatchQuery;
  readonly all: CloudWatchQuery;
}

export function objectives({ settings, telemetry }: BoardContext): {
  readonly latency: Objective;
  readonly errors: Objective;
} {
  const { latency, errors } = settings.observability.objectives;
  return {
    latency: {
      title: "Latency",
      says: `p${latency.percentile} of ${latency.route} at most ${latency.thresholdMs} ms (B8.1): at most ${100 - latency.percentile} % of its requests slower.`,
      counts: "The prober's requests do not count, nor do refusals before the edge.",
      budgetPercent: 100 - latency.percentile,
      bad: telemetry.fromLogs("ObjectiveSlowRequests"),
      all: telemetry.fromLogs("ObjectiveRequests"),
    },
    errors: {
      title: "Errors",
      says: `Less than ${errors.maximumPercent} % of requests end in 5xx (B8.2).`,
      counts: "The prober's requests do not count, nor do refusals whose client is not known.",
      budgetPercent: errors.maximumPercent,
      bad: telemetry.fromLogs("ServedServerErrors"),
      all: telemetry.fromLogs("ServedRequests"),
    },
  };
}

const asked = ({ bad, all }: Objective, periodSeconds: number): [Target, Target] => [
  { id: "bad", hidden: true, query: every(bad, periodSeconds), legend: "bad" },
  { id: "requests", hidden: true, query: every(all, periodSeconds), legend: "requests" },
];

/** Of all requests of the window the share that was good. */
export const attainment = (
  objective: Objective,
  windowDays: number,
  rest: Pick<DataPanel, "title" | "description"> & Partial<DataPanel>,
): DataPanel => ({
  kind: "stat",
  unit: "percent",
  lookBack: `${windowDays}d`,
  threshold: { value: round(100 - objective.budgetPercent), bad: "below" },
  targets: [
    ...asked(objective, HOUR_SECONDS),
    { math: "TIME_SERIES(100 - 100 * SUM(FILL(bad, 0)) / SUM(requests))", legend: objective.title },
  ],
  ...rest,
});

export function slo(context: BoardContext): Board {
  const { settings } = context;
  const { windowDays, burnRates } = settings.observability.objectives;
  const { latency, errors } = objectives(context);
  const budgetLeft = (objective: Objective): DataPanel => ({
    kind: "stat",
    title: `${objective.title}: budget left`,
    description: `Of the bad requests that ${windowDays} days may have, the share that has not happened. Below 0 the objective is missed.`,
    unit: "percent",
    lookBack: `${windowDays}d`,
    threshold: { value: 0, bad: "below" },
    targets: [
      ...asked(objective, HOUR_SECONDS),
      {
        math: `TIME_SERIES(100 - 100 * (100 * SUM(FILL(bad, 0)) / SUM(requests)) / ${objective.budgetPercent})`,
        legend: "left",
      },
    ],
  });
  const burn = (
    objective: Objective,
    { factor, longMinutes, shortMinutes }: (typeof burnRates)["fast"],
    alert: AlertName,
    how: string,
    lookBack: string,
  ): DataPanel => ({
    kind: "time series",
    title: `${objective.title}: burns ${how}`,
    description: `How many times as fast as the budget allows, in windows of ${duration(longMinutes)} and ${duration(shortMinutes)}. Rings when both are over ${factor}. A window longer than a day is drawn by the day.`,
    unit: "times",
    alerts: [alert],
    threshold: { value: factor, bad: "above" },
    lookBack,
    targets: [...rate(objective, longMinutes, "long"), ...rate(objective, shortMinutes, "short")] as [
      Target,
      ...Target[],
    ],
  });
  return {
    id: "slo",
    title: "Objectives",
    description: `What was promised (B8.1, B8.2), over ${windowDays} days, and how fast what may go wrong is used up.`,
    variables: [],
    lookBack: "24h",
    shelves: [
      {
        height: 6,
        panels: [
          attainment(latency, windowDays, { title: "Latency: attained", description: latency.says }),
          budgetLeft(latency),
          attainment(errors, windowDays, { title: "Errors: attained", description: errors.says }),
          budgetLeft(errors),
        ],
      },
      ...([latency, errors] as const).map((objective) => ({
        heading: `${objective.title}: ${objective.says}`,
        height: 8,
        panels: [
          burn(objective, burnRates.fast, `${nameOf(objective)}BudgetBurnsFast`, "fast", "6h"),
          burn(objective, burnRates.medium, `${nameOf(objective)}BudgetBurns`, "steadily", "24h"),
          burn(objective, burnRates.slow, `${nameOf(objective)}BudgetBurnsSlowly`, "slowly", "7d"),
        ],
      })),
      {
        heading: "What it is reckoned of",
        height: 7,
        panels: [latency, errors].map((objective): DataPanel => ({
          kind: "time series",
          title: `${objective.title}: requests and bad ones`,
          description: `By minute; the objective is a share of these. ${objective.counts}`,
          unit: "requests per minute",
          targets: [
            { query: objective.all, legend: "requests" },
            { query: objective.bad, legend: "bad" },
          ],
        })),
      },
    ],
  };
}

const nameOf = ({ title }: Objective): "Latency" | "Error" => (title === "Latency" ? "Latency" : "Error");

function rate(objective: Objective, minutes: number, id: "long" | "short"): Target[] {
  const period = Math.min(minutes * 60, DAY_SECONDS);
  return [
    { id: `${id}Bad`, hidden: true, query: every(objective.bad, period), legend: "bad" },
    { id: `${id}All`, hidden: true, query: every(objective.all, period), legend: "requests" },
    {
      math: `(100 * FILL(${id}Bad, 0) / ${id}All) / ${objective.budgetPercent}`,
      legend: duration(minutes),
    },
  ];
}

const duration = (minutes: number): string =>
  minutes % 1440 === 0 ? `${minutes / 1440} d` : minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;

/** Of binary fractions the tail that no reader wants to see. */
const round = (value: number): number => Number(value.toFixed(6));
