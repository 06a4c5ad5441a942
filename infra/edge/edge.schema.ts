import { z } from "zod";
import { logRetentionDays } from "../settings/primitives";

const lambda = {
  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
  memoryMb: z.number().int().min(128).max(10_240),
  /** Instances at once; taken from the account's concurrency, so that a storm here starves nobody else. */
  reservedConcurrency: z.number().int().min(1).max(10_000),
};

export const functions = z.strictObject({
  logRetentionDays,
  /** Answers `/chat`, `/vision`, `/avatar` and the tickets; below the gateway's 29 s. */
  edge: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(1).max(28) }),
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: an authorizer has 10 s at most */
  authorizer: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(1).max(10) }),
  voice: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(1).max(28) }),
  /** Runs on `$connect` only. */
  voiceAuthorizer: z.strictObject({ ...lambda, timeoutSeconds: z.number().int().min(1).max(10) }),
});

export type FunctionSettings = z.infer<typeof functions>;
export type LambdaSettings = FunctionSettings["edge"];
