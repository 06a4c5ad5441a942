import type { LogFieldName } from "./fields";

/** Units of CloudWatch that we use. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
export type MetricUnit = "Count" | "Milliseconds" | "Bytes" | "Megabytes" | "Percent" | "None";

export interface Metric {
  readonly unit: MetricUnit;
  /** Fields of the line that the metric is split by. */
  readonly dimensions: readonly LogFieldName[];
  /** From 0 to this; what lies outside is not measured but broken. */
  readonly max: number;
  /** Several values of one request are added up, or the last one holds. */
  readonly combine: "sum" | "last";
  readonly description: string;
}

const byFunction = ["functionName"] as const;
const byRoute = ["functionName", "route"] as const;
const byOutcome = ["functionName", "route", "outcome"] as const;
const byAgent = ["functionName", "agentId"] as const;
const byClient = ["functionName", "clientId"] as const;
const bySecret = ["functionName", "secret"] as const;
const byAuthority = ["functionName", "authority"] as const;

const MAX_MS = 900_000;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_MESSAGE_BYTES = 131_072;
const count = (dimensions: readonly LogFieldName[], description: string): Metric => ({
  unit: "Count",
  dimensions,
  max: 100,
  combine: "sum",
  description,
});
const milliseconds = (dimensions: readonly LogFieldName[], description: string): Metric => ({
  unit: "Milliseconds",
  dimensions,
  max: MAX_MS,
  combine: "sum",
  description,
});

/** Remaining share of a life: of today's lives and tomorrow's shorter ones alike. */
const lifeLeft = (dimensions: readonly LogFieldName[], description: string): Metric => ({
  unit: "Percent",
  dimensions,
  max: 100,
  combine: "last",
  description,
});

/** Every metric that the functions write, by its name in CloudWatch: what dashboards, alerts and tests read. */
export const metrics = {
  Requests: count(byFunction, "Lines written: one a request."),
  Denials: count(byFunction, "Requests that the authorizer refused."),
  Faults: count(byFunction, "Requests that ended in a fault of ours."),
  RefusedFields: count(byFunction, "Values that the log did not take; above 0 the code is wrong."),

  Replays: count(byRoute, "Answers given from the store, without a second effect."),
  Conflicts: count(byRoute, "Requests whose idempotency key was in flight: 409."),
  Mismatches: count(byRoute, "Requests whose idempotency key came with another payload: 422."),
  Takeovers: count(
    byRoute,
    "Idempotency keys taken over from an attempt that died, or that ended without anybody knowing how.",
  ),
  LockWaits: count(byRoute, "Requests that found their resource locked: 409, nobody waits inside."),
  Outcomes: count(byOutcome, "How the edge's requests ended: see outcomes."),

  BreakerState: {
    unit: "None",
    dimensions: byAgent,
    max: 2,
    combine: "last",
    description: "The breaker as the request met it: see breakerStates.",
  },
  BreakerOpenings: count(byAgent, "Changes from closed or half-open to open."),
  Retries: count(byAgent, "Calls to the agent beyond the first."),

  QuotaUse: {
    unit: "Percent",
    dimensions: byClient,
    max: 1_000,
    combine: "last",
    description: "Share of the client's monthly quota that is used.",
  },
  QuotaRefusals: count(byClient, "Requests refused at the monthly quota."),

  VoiceWarnings: count(byFunction, "Warnings before frames of a session are held."),
  VoiceHolds: count(byFunction, "Frames held until their session's bandwidth allowed them."),
  VoiceHoldTime: milliseconds(byFunction, "Time for which a frame was held."),
  VoiceOverruns: count(byFunction, "Sessions closed over their bandwidth and queue."),
  VoiceRefusals: count(byFunction, "Connections refused: all of the subject's sessions are in use."),

  VoiceBytes: {
    unit: "Bytes",
    dimensions: byFunction,
    max: MAX_MESSAGE_BYTES,
    combine: "sum",
    description: "Bytes of a frame that a user sent, carried or not.",
  },
  VoiceSessionTime: milliseconds(
    byFunction,
    "Time that a session has gone on since it last said so: a minute's sum by 60,000 is how many there were at once.",
  ),

  CertificateLife: lifeLeft(byClient, "Left of the life of the client's newest certificate."),
  AuthorityLife: lifeLeft(
    byAuthority,
    "Left of the life of the trusted authority of that role that ends first.",
  ),
  StageCertificateLife: lifeLeft(byFunction, "Left of the life of the stage's client certificate."),
  SecretAge: {
    unit: "None",
    dimensions: bySecret,
    max: 100_000,
    combine: "last",
    description: "Days since the secret's value in force was made.",
  },
  RotationOverdue: count(
    bySecret,
    "1 while the secret's rotation is past its due date and the grace, else 0.",
  ),
  RotationFailed: count(
    bySecret,
    "1 while a version has been staged for longer than a rotation may take, else 0.",
  ),
  MemoryUsed: {
    unit: "Megabytes",
    dimensions: byFunction,
    max: 10_240,
    combine: "last",
    description: "Resident memory of the instance; Lambda publishes none.",
  },
  MemoryUse: {
    unit: "Percent",
    dimensions: byFunction,
    max: 1_000,
    combine: "last",
    description: "The same as a share of the function's memory.",
  },
  CpuTime: milliseconds(byFunction, "CPU time, user and system; Lambda publishes none."),
  CpuUse: {
    unit: "Percent",
    dimensions: byFunction,
    max: 1_000,
    combine: "last",
    description: "CPU time as a share of the request's time; over 100 with more than one virtual CPU.",
  },

  AuthorizerLatency: milliseconds(byFunction, "Hop: the authorizer."),
  EdgeLatency: milliseconds(byRoute, "Hop: the edge's own time, without store and agent."),
  StoreLatency: milliseconds(byRoute, "Hop: all round trips to the tables."),
  UpstreamLatency: milliseconds(byRoute, "Hop: all calls to the agent."),
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;
export type MetricValues = { readonly [K in MetricName]?: number };

export const metricNames = Object.keys(metrics).filter((name): name is MetricName =>
  Object.hasOwn(metrics, name),
);

/** Values of `BreakerState`; the higher, the worse, so that the maximum over instances is what to look at. */
export const breakerStates = { closed: 0, "half-open": 1, open: 2 } as const;

/** Where a stack's metrics stand, e.g. `fase-b-staging/functions`. */
export const metricNamespace = (namePrefix: string): string => `${namePrefix}/functions`;
