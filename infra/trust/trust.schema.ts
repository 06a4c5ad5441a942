import { z } from "zod";

/** The authority whose certificates the gateway accepts from clients. */
export const trust = z.strictObject({
  /** X.509 organization of the authority's certificates; never a person. */
  organization: z.string().min(3).max(64),
  rootLifetimeDays: z.number().int().min(365).max(3_650),
  issuerLifetimeDays: z.number().int().min(90).max(1_825),
  /** Versions of the truststore that are no longer in force are kept this long, for the rollback. */
  keepOldVersionsDays: z.number().int().min(30).max(365),
});

export type TrustSettings = z.infer<typeof trust>;
