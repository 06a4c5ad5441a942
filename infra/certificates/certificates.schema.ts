import { z } from "zod";

export const certificates = z.strictObject({
  /**
   * Longest life of a public certificate, in days, from a day on. It shrinks: 198 days at ACM now, below 100 from
   * 2027-03-15 and below 47 from 2029-03-15 (CA/Browser Forum ballot SC-081).
   * https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html
   */
  lifetimeDays: z.number().int().min(30).max(198),
  /**
   * An alarm is raised when less than this share of the life remains. A fraction, never fixed days: the alarm keeps
   * its meaning when lives shrink. ACM renews well before.
   */
  alarmAtRemainingPercent: z.number().min(10).max(30),
});

export type CertificateSettings = z.infer<typeof certificates>;
