import { z } from "zod";

/**
 * The small vocabulary that every part of the settings is made of. Each carries, as `meta`, what the loader
 * says when a value is refused: `allowed`, and `fix`.
 */

/** `2026-11-22`: a calendar day that exists, in UTC. Never relative: a preview must not change by the day. */
export const isoDay = z.iso.date().meta({
  allowed: "a calendar day as YYYY-MM-DD",
  fix: "write the day in full, e.g. 2027-01-31",
});

/** A DNS host name in lower case, without wildcard or trailing dot (RFC 1035, RFC 5890). */
export const hostName = z
  .string()
  .max(253)
  .regex(/^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/)
  .meta({
    allowed: "a host name in lower case such as chat-01.staging.example.com, no wildcard, no trailing dot",
    fix: "write the full name, lower case",
  });

/** What we call things in settings: it becomes part of URNs and of AWS names. */
export const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(32)
  .meta({
    allowed: "2 to 32 lower-case letters, digits and single hyphens, starting with a letter",
    fix: "rename it",
  });

/** CloudWatch Logs accepts these retentions only. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
export const logRetentionDays = z
  .union([z.literal(365), z.literal(400), z.literal(545), z.literal(731), z.literal(1096), z.literal(1827)])
  .meta({
    allowed: "365, 400, 545, 731, 1096 or 1827 days (a year at least, so that an audit finds them)",
    fix: "choose one of these",
  });

/** A dated exception from a control: without an end it would be a hole, without a reason nobody could end it. */
export const exception = z
  .strictObject({
    reason: z.string().min(20).max(500).meta({
      allowed: "20 to 500 characters that say why",
      fix: "write why the control cannot hold and what covers the risk",
    }),
    recorded: isoDay,
    expires: isoDay,
  })
  .superRefine((value, context) => {
    const days = (Date.parse(value.expires) - Date.parse(value.recorded)) / 86_400_000;
    if (days <= 0 || days > 366) {
      context.addIssue({
        code: "custom",
        path: ["expires"],
        message: "an exception ends",
        params: {
          allowed: `a day after ${value.recorded} and within a year of it`,
          fix: "set an end within a year, or remove the exception",
        },
      });
    }
  });

export type DatedException = z.infer<typeof exception>;
