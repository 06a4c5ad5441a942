import { SCANS } from "../../scanning/scanning.schema";
import { functionNames } from "../../edge/functionNames";
import type { CloudWatchQuery } from "../telemetry/query";
import type { Alert, CloudWatchCondition, Operand } from "./alert";
import { lambdaNames, type AlertContext } from "./alertContext";
import { any, anyOf, cloudwatch, HOUR_MINUTES, numeral, over, SETTLE_SECONDS } from "./condition";

const QUARTER_MINUTES = 15;
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
    missingScans(context, common),
  ];
}

type Common = Pick<Alert, "severity" | "forSeconds" | "whenSilent">;

/** Each scan has a count of its own: one that goes on does not stand in for another that has stopped. */
function missingScans({ settings, telemetry }: AlertContext, common: Common): Alert {
  const { missingAfterHours } = settings.scanning;
  const ended = SCANS.map((scan, i) => ({ scan, operand: operandName(i) }));
  return {
    ...common,
    name: "ScanMissing",
    clauses: ["B2.1", "B2.2"],
    dashboard: "overview",
    summary: `A scan has not ended for ${missingAfterHours} hours`,
    description: `Ended in that time: ${ended
      .map(({ scan, operand }) => `${scan} {{ printf "%.0f" $values.${operand}.Value }}`)
      .join(", ")}. One that did not run proves nothing: see its job in the cluster, and run it by hand.`,
    condition: cloudwatch(
      Object.fromEntries(
        ended.map(({ scan, operand }): [string, Operand] => [
          operand,
          {
            ...over(
              telemetry.fromLogs("ScansEnded", "Sum", { scan }),
              missingAfterHours * HOUR_MINUTES,
              "sum",
            ),
            whenEmpty: 0,
          },
        ]),
      ),
      anyOf(ended.map(({ operand }) => `$${operand} < 1`)),
    ),
    // Nothing at all was heard, of any.
    whenSilent: "alerting",
  };
}

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
 * Each queue has an age of its own, so each is an operand.
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
  return {
    condition: cloudwatch(operands, anyOf(tests)),
    values: queues
      .map(({ name }, i) => `${name} {{ printf "%.0f" $values.${operandName(i)}.Value }}`)
      .join(", "),
  };
}
