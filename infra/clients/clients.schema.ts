import { z } from "zod";
import { identifier } from "../settings/primitives";

/** A tier: the token bucket of each of its clients, over all routes. */
export const tiers = z.record(
  identifier,
  z.strictObject({
    requestsPerSecond: z.number().min(1).max(10_000),
    /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: burst of at most 5,000 */
    burstRequests: z.number().int().min(1).max(5_000),
  }),
);

export const client = z.strictObject({
  clientId: identifier,
  tier: identifier,
  /** Requests a calendar month (UTC) that the contract grants. */
  monthlyQuotaRequests: z.number().int().min(1).max(1_000_000_000),
  /** From which its users open voice sessions: scheme, host and port, as browsers send them. */
  origins: z
    .array(
      z
        .string()
        .max(255)
        .regex(/^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/)
        .meta({ allowed: "https://<host>[:<port>] in lower case, without a path", fix: "write the origin" }),
    )
    .min(1)
    .max(20)
    .optional(),
});

export const clients = z
  .array(client)
  .min(1)
  .meta({ allowed: "at least one client", fix: "list the clients: an empty list would lock everybody out" });

export type Tier = z.infer<typeof tiers>[string];
export type Client = z.infer<typeof client>;
