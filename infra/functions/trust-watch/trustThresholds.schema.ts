import { z } from "zod";

/** B6.1: a secret is rotated in 90 days or less. */
export const MAX_SECRET_AGE_DAYS = 90;

const lifePercent = z.number().min(1).max(90);

/**
 * When somebody is paged about what ends or grows old. Shares of a life, never days: public certificates' lives get shorter,
 * and ours are settings.
 */
export const trustThresholdsSchema = z.strictObject({
  /** A client's newest certificate has so much of its life left, or less. */
  certificateLifePercent: lifePercent,
  /** The same of a trusted root or issuer: what it signs must not outlive it. */
  authorityLifePercent: lifePercent,
  /** The same of the stage's client certificate. */
  stageCertificateLifePercent: lifePercent,
  /** The value of a secret in force is so old, or older. */
  secretAgeDays: z
    .number()
    .int()
    .min(1)
    .max(MAX_SECRET_AGE_DAYS - 1),
});

export type TrustThresholds = z.infer<typeof trustThresholdsSchema>;
