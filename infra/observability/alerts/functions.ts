import { functionNames } from "../../edge/functionNames";
import type { CloudWatchQuery } from "../telemetry/query";
import type { Alert, CloudWatchCondition, Operand } from "./alert";
import { lambdaNames, type AlertContext } from "./alertContext";
import { any, cloudwatch, numeral, over, SETTLE_SECONDS } from "./condition";

const QUARTER_MINUTES = 15;
const HOUR_MINUTES = 60;
/** What SQS says of a queue that is used little comes late and with gaps. */
const QUEUE_MINUTES = 10;
const MINUTE_MS = 60_000;

/** Functions, queues and what the logs hold. */
export function functionAlerts(context: AlertContext): readonly Alert[] {
  const { settings, telemetry } = context;
  const { namePrefix, observability } = settings;
  const { memoryPercent, asyncEventAgeMinutes } = observability.alerts;
  const inAws = lambdaNames(namePrefix, functionNames);
  const common = { severity: "ticket", forSeconds: SETTLE_SECONDS, whenSilent: "ok" } as const;
  return [
    {
      ...common,
      name: "FunctionFaults",
      clauses: ["B1.1"],
      dashboard: "errors",
      summary: '{{ $labels.functionName }} had {{ printf "%.0f" $values.A.Value }} faults of its own',
      description:
        "A fault is ours, not the caller's and not an agent's. Its line in the log has errorClass and errorCode, and the correlation id.",
      condition: any(telemetry.own("Faults", "Sum", { functionName: functionNames }), QUARTER_MINUTES),
    },
    {
      ...common,
      name: "FunctionThrottled",
      clauses: ["B1.1"],
      dashboard: "resources",
      summary:
        '{{ $labels.FunctionName }} was refused {{ printf "%.0f" $values.A.Value }} times for want of concurrency',
      description:
        "Its reserved concurrency is used up. See whether its duration grew: then an agent or the table is slow; or raise functions.*.reservedConcurrency.",
      condition: any(telemetry.lambda("Throttles", "Sum", inAws), QUARTER_MINUTES),
    },
    {
      ...common,
      name: "FunctionMemoryHigh",
      clauses: ["B1.1"],
      dashboard: "resources",
      summary: '{{ $labels.functionName }} uses {{ printf "%.0f" $values.A.Value }} % of its memory',
      description:
        "Over 100 % the instance is killed, and its request with it. See whether it grows with the instance's age; raise functions.*.memoryMb meanwhile.",
      condition: cloudwatch(
        {
          A: over(
            telemetry.own("MemoryUse", "Maximum", { functionName: functionNames }),
            QUARTER_MINUTES,
            "max",
          ),
        },
        `$A > ${numeral(memoryPercent)}`,
      ),
    },
    {
      ...common,
      name: "AsyncEventsLost",
      clauses: ["B1.1"],
      dashboard: "queues",
      summary: '{{ $labels.FunctionName }} has lost {{ printf "%.0f" $values.A.Value }} events',
      description:
        "Lambda gave up on them. What they should have begun did not happen: invoke the function by hand once its log says what was wrong.",
      condition: any(telemetry.lambda("AsyncEventsDropped", "Sum", inAws), HOUR_MINUTES),
    },
    {
      ...common,
      name: "AsyncEventsLate",
      clauses: ["B1.1"],
      dashboard: "queues",
      summary: `Events of {{ $labels.FunctionName }} wait longer than ${asyncEventAgeMinutes} minutes`,
      description: "It fails and is tried again, or has no concurrency left: see its errors and throttles.",
      condition: cloudwatch(
        { A: over(telemetry.lambda("AsyncEventAge", "Maximum", inAws), QUARTER_MINUTES, "max") },
        `$A > ${numeral(asyncEventAgeMinutes * MINUTE_MS)}`,
      ),
    },
    ...queueAlerts(context, common),
    {
      ...common,
      name: "LogFindings",
      clauses: ["B8.3"],
      severity: "page",
      dashboard: "overview",
      summary: '{{ printf "%.0f" $values.A.Value }} log events hold what looks like personal data',
      description:
        "They are masked in the log, but whoever may unmask sees them. Find the line's origin by its log group, stop it there, and tell the lead of API security.",
      condition: any(telemetry.fromLogs("LogFindings"), HOUR_MINUTES),
    },
    {
      ...common,
      name: "ScanFailed",
      clauses: ["B2.1", "B2.2"],
      dashboard: "overview",
      summary: "A scan failed, or found something of a level that fails",
      description:
        "Its report says which. A scan that did not run proves nothing: run it again before anything is released.",
      condition: any(telemetry.fromLogs("ScanFailures"), HOUR_MINUTES),
    },
  ];
}

type Common = Pick<Alert, "severity" | "forSeconds" | "whenSilent">;

/** The queues that agents own. Without any of a kind there is nothing to watch. */
function queueAlerts({ settings, telemetry }: AlertContext, common: Common): readonly Alert[] {
  const { queues } = settings.observability;
  const deadLetters = queues.filter(({ kind }) => kind === "dead-letters").map(({ name }) => name);
  const late = lateQueues(
    queues
      .filter(({ kind }) => kind === "work")
      .map(({ name, maximumAgeMinutes }) => ({
        query: telemetry.queue("ApproximateAgeOfOldestMessage", "Maximum", name),
        name,
        maximumAgeMinutes,
      })),
  );
  return [
    ...(late === undefined
      ? []
      : [
          {
            ...common,
            name: "QueueLate",
            clauses: ["B1.1"],
            dashboard: "queues",
            summary: "The oldest message of an agent's queue has waited too long",
            description: `Seconds: ${late.values}. See whether the agent still takes messages, and whether one message blocks the rest.`,
            condition: late.condition,
          } as const,
        ]),
    ...(deadLetters.length === 0
      ? []
      : [
          {
            ...common,
            name: "DeadLetters",
            clauses: ["B1.1"],
            dashboard: "queues",
            summary:
              '{{ $labels.QueueName }} holds {{ printf "%.0f" $values.A.Value }} messages that were given up',
            description:
              "The agent failed on each every time. Bodies hold personal data, so nobody reads them here: its team mends the agent and then redrives the queue.",
            condition: cloudwatch(
              {
                A: over(
                  telemetry.queue("ApproximateNumberOfMessagesVisible", "Maximum", deadLetters),
                  QUEUE_MINUTES,
                  "last",
                ),
              },
              "$A > 0",
            ),
          } as const,
        ]),
  ];
}

/** `A`, …, `Z`, `AA`, … */
const operandName = (index: number): string =>
  (index < 26 ? "" : operandName(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

/**
 * Each queue has an age of its own, so each is an operand. Two with other labels come together without labels, and a third would lend
 * its own to all of them: they are joined in pairs, the last one with the first if it has no partner.
 * https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/exp.go
 */
function lateQueues(
  queues: readonly {
    readonly query: CloudWatchQuery;
    readonly name: string;
    readonly maximumAgeMinutes: number;
  }[],
): { readonly condition: CloudWatchCondition; readonly values: string } | undefined {
  if (queues.length === 0) return undefined;
  const operands: Record<string, Operand> = {};
  const tests = queues.map(({ query, maximumAgeMinutes }, i) => {
    const name = operandName(i);
    // An empty queue says nothing: its oldest message has no age.
    operands[name] = { ...over(query, QUEUE_MINUTES, "last"), whenEmpty: 0 };
    return `$${name} > ${numeral(maximumAgeMinutes * 60)}`;
  });
  const pairs = tests.flatMap((test, i) =>
    i % 2 === 1 ? [] : [`(${test} || ${tests[i + 1] ?? tests[0] ?? test})`],
  );
  return {
    condition: cloudwatch(operands, tests.length === 1 ? tests.join("") : pairs.join(" || ")),
    values: queues
      .map(({ name }, i) => `${name} {{ printf "%.0f" $values.${operandName(i)}.Value }}`)
      .join(", "),
  };
}
