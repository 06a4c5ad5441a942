import { MINUTE_SECONDS } from "../alerts/condition";
import type { Board, BoardContext } from "./dashboard";
import { counts, ANY, type Asked, type DataPanel, type Panel, type Reckoned } from "./panel";

const MINUTE_MS = 60_000;

export function queues({ settings, telemetry }: BoardContext): Board {
  const { queues: all, alerts } = settings.observability;
  const work = all.filter(({ kind }) => kind === "work");
  const dead = all.filter(({ kind }) => kind === "dead-letters");
  const names = all.map(({ name }) => name);
  return {
    id: "queues",
    title: "Queues",
    description:
      "Agents' queues and dead letters, and the events that wait for a function (B1.1). Agents own the queues; none is made for a panel.",
    variables: [],
    shelves: [
      {
        heading: "Agents' queues",
        height: 8,
        panels: [
          ...(work.length === 0 ? [] : [late(work)]),
          ...(dead.length === 0 ? [] : [deadLetters(dead.map(({ name }) => name))]),
          ...(all.length === 0 ? [] : [visible(names), sent(names)]),
        ],
      },
      {
        heading: "Events that wait for a function",
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "Age of asynchronous events",
            description:
              "How long an event had waited when its function began with it: schedules, rotations, what is announced.",
            unit: "milliseconds",
            alerts: ["AsyncEventsLate"],
            threshold: { value: alerts.asyncEventAgeMinutes * MINUTE_MS, bad: "above" },
            targets: [
              {
                query: telemetry.lambda("AsyncEventAge", "Maximum", telemetry.functions),
                legend: "${PROP('Dim.FunctionName')}",
              },
            ],
          },
          {
            ...counts,
            title: "Asynchronous events dropped",
            description: "Events that no try carried out: what they asked for has not happened.",
            alerts: ["AsyncEventsLost"],
            threshold: ANY,
            targets: [
              {
                query: telemetry.lambda("AsyncEventsDropped", "Sum", telemetry.functions),
                legend: "${PROP('Dim.FunctionName')}",
              },
            ],
          },
        ],
      },
    ],
  };

  /** Each has its own limit: what is shown is the share of it. */
  function late(of: typeof work): Panel {
    const lines = of.flatMap(({ name, maximumAgeMinutes }, i): [Asked, Reckoned] => [
      {
        id: `q${i}`,
        hidden: true,
        query: telemetry.queue("ApproximateAgeOfOldestMessage", "Maximum", name),
        legend: name,
      },
      {
        math: `100 * q${i} / ${maximumAgeMinutes * MINUTE_SECONDS}`,
        legend: `${name} (${maximumAgeMinutes} min)`,
      },
    ]);
    const [first, ...rest] = lines;
    if (!first) throw new Error("a shelf without queues is not built");
    return {
      kind: "time series",
      title: "Age of the oldest message, of what it may be",
      description:
        "100 % is the queue's maximumAgeMinutes in the settings: whoever takes messages out is too slow, or gone.",
      unit: "percent",
      alerts: ["QueueLate"],
      threshold: { value: 100, bad: "above" },
      targets: [first, ...rest],
    };
  }

  function deadLetters(of: readonly string[]): DataPanel {
    return {
      kind: "time series",
      title: "Dead letters",
      description:
        "Messages that nobody could take. Any is too many: mend what refused them, then send them again.",
      unit: "count",
      alerts: ["DeadLetters"],
      threshold: ANY,
      targets: [
        {
          query: telemetry.queue("ApproximateNumberOfMessagesVisible", "Maximum", of),
          legend: "${PROP('Dim.QueueName')}",
        },
      ],
    };
  }

  function visible(of: readonly string[]): DataPanel {
    return {
      kind: "time series",
      title: "Messages that wait",
      description: "Of each queue of the settings.",
      unit: "count",
      targets: [
        {
          query: telemetry.queue("ApproximateNumberOfMessagesVisible", "Maximum", of),
          legend: "${PROP('Dim.QueueName')}",
        },
      ],
    };
  }

  function sent(of: readonly string[]): DataPanel {
    return {
      ...counts,
      title: "Messages sent",
      description: "By minute, of each queue of the settings.",
      targets: [
        {
          query: telemetry.queue("NumberOfMessagesSent", "Sum", of),
          legend: "${PROP('Dim.QueueName')}",
        },
      ],
    };
  }
}
