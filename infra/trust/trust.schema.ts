import { z } from "zod";

/** The authority whose certificates the gateway accepts from clients. */
export const trust = z.strictObject({
  /** X.509 organization of the authority's certificates; never a person. */
  organization: z.string().min(3).max(64),
  rootLifetimeDays: z.number().int().min(365).max(3_650),
  issuerLifetimeDays: z.number().int().min(90).max(1_825),
  /** Versions of the truststore that are no longer in force are kept this long, for the rollback. */
  keepOldVersionsDays: z.number().int().min(30).max(365),
  /** How an instance of the authorizer keeps up with issuers, live keys and revoked certificates. */
  records: z
    .strictObject({
      /** It reads them again after this: the longest that a revocation takes while the table answers. */
      refreshSeconds: z.number().int().min(1).max(55),
      /** What was read longer ago denies everybody. Within a minute a revocation is in force, whatever fails. */
      maxAgeSeconds: z.number().int().min(2).max(59),
    })
    .superRefine(({ refreshSeconds, maxAgeSeconds }, context) => {
      if (maxAgeSeconds > refreshSeconds) return;
      context.addIssue({
        code: "custom",
        path: ["maxAgeSeconds"],
        message: "records outlive their refresh",
        params: {
          allowed: `more than refreshSeconds, ${refreshSeconds}`,
          fix: "raise it, or refresh more often",
        },
      });
    }),
});

export type TrustSettings = z.infer<typeof trust>;
