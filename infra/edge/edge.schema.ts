import { z } from "zod";
import { logRetentionDays } from "../settings/primitives";

const lambda = {
  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  memoryMb: z.number().int().min(128).max(10_240),
  /** Instances at once; taken from the account's concurrency, so that a storm here starves nobody else. */
  reservedConcurrency: z.number().int().min(1).max(10_000),
};

/**
 * Instances that are kept warm on the alias; 0 is none. They are paid for by the hour, and are part of the reserved.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
const provisionedConcurrency = z.number().int().min(0).max(10_000);

export const functions = z.strictObject({
  logRetentionDays,
  /** Answers `/chat`, `/vision`, `/avatar` and the tickets; below the gateway's 29 s. */
  edge: z.strictObject({
    ...lambda,
    provisionedConcurrency,
    timeoutSeconds: z.number().int().min(1).max(28),
  }),
  /** Who is not let in within 10 s is better refused; the policy integrations-bind-timeouts says where they come from. */
  authorizer: z.strictObject({
    ...lambda,
    provisionedConcurrency,
    timeoutSeconds: z.number().int().min(1).max(9),
  }),
  voice: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(1).max(28) }),
  /** Runs on `$connect` only. */
  voiceAuthorizer: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(1).max(9) }),
  /**
   * What rotates secrets and watches over them, all alike: seldom, alone, and with time to wait until a new value is known
   * everywhere. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 900 s at most
   */
  rotations: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(120).max(900) }),
  /** Announces deployments and rotations; an update waits for it. */
  announce: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(10).max(60) }),
});

/** B8.1: the p95 of POST /chat that was ordered, at the gateway. */
export const ORDERED_P95_MS = 700;

const hopMs = z.number().int().min(1).max(ORDERED_P95_MS);

/**
 * What each hop of a request may take of the p95 that was ordered. The rest is the gateway's own.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html (`Latency`)
 */
export const latencyBudget = z
  .strictObject({
    authorizerMs: hopMs,
    /** The edge's own work, without what it waits for. */
    edgeMs: hopMs,
    /** All round trips of a request to the table together. */
    storeMs: hopMs,
    upstreamMs: hopMs,
  })
  .superRefine((hops, context) => {
    const sum = Object.values(hops).reduce((total, ms) => total + ms, 0);
    if (sum < ORDERED_P95_MS) return;
    context.addIssue({
      code: "custom",
      message: "the hops fit into the whole",
      params: {
        got: `${Object.values(hops).join(" + ")} = ${sum} ms`,
        allowed: `hops that add up to less than ${ORDERED_P95_MS} ms, the p95 of /chat that was ordered (B8.1)`,
        fix: "lower a hop's budget; what is left over is the gateway's own time",
      },
    });
  });

export type FunctionSettings = z.infer<typeof functions>;
export type LatencyBudget = z.infer<typeof latencyBudget>;

/** What every function has; `provisionedConcurrency` only those on a request's way. */
export type LambdaSettings = FunctionSettings["voice"] & { readonly provisionedConcurrency?: number };
