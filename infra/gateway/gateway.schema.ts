import { z } from "zod";
import { logRetentionDays } from "../settings/primitives";

const retryAfterSeconds = z.number().int().min(1).max(86_400);

export const gateway = z.strictObject({
  /** Part of the API's ARN; the custom domains hide it from callers. */
  stageName: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .meta({ allowed: "1 to 32 lower-case letters, digits or hyphens", fix: "rename the stage" }),
  /** The gateway's integration timeout. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: 50 ms to 29 s */
  integrationTimeoutMs: z.number().int().min(50).max(29_000),
  /**
   * The usage plan's quota is the contract's plus this margin: usage plans are best effort, so the plan is the
   * backstop and the exact count is the edge function's.
   */
  quotaMarginPercent: z.number().min(1).max(100),
  /** Seconds after which a refused caller may try again. */
  retryAfter: z.strictObject({
    throttledSeconds: retryAfterSeconds,
    quotaExceededSeconds: retryAfterSeconds,
    unavailableSeconds: retryAfterSeconds,
  }),
  logRetentionDays,
});

export type GatewaySettings = z.infer<typeof gateway>;
