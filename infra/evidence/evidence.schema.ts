import { z } from "zod";

/** What the work order asks of evidence; a stack may ask for more, never for less. */
export const ORDERED_EVIDENCE = {
  /** B8.1, B8.2. */
  windowHours: 24,
  /** In a longer one a bad day does not show among good ones; two hours are for how sources cut their periods. */
  longestWindowHours: 26,
  minimumRequests: 1_000,
  maximumAgeHours: 24,
} as const;

const roleName = z
  .string()
  .regex(/^[\w+=,.@-]{1,64}$/)
  .meta({ allowed: "the name of a role of the account", fix: "write the name, not the ARN" });

/** Where evidence is kept so that nobody can alter it, and who hears of it (B0.4). */
export const evidence = z.strictObject({
  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
  lock: z.strictObject({
    /** Nobody at all can shorten COMPLIANCE, the account's root included; GOVERNANCE yields to a right of its own. */
    mode: z.enum(["COMPLIANCE", "GOVERNANCE"]),
    days: z.number().int().min(365).max(3_650),
  }),
  /** Who puts evidence; they can neither change nor delete what is there. */
  collectorRoles: z.array(roleName).min(1).max(10),
  /** Who reads it beside them. */
  auditorRoles: z.array(roleName).max(10),
  /** The channel in which each piece is announced, by Amazon Q Developer in chat applications. */
  chat: z.strictObject({
    channel: z.string().regex(/^#[a-z0-9_-]{1,79}$/),
    slackTeamId: z.string().regex(/^[A-Z0-9]{9,12}$/),
    slackChannelId: z.string().regex(/^[A-Z0-9]{9,12}$/),
  }),
  /** Over which time p95 and errors are measured, and how many requests make them say anything. */
  metrics: z.strictObject({
    windowHours: z.number().int().min(ORDERED_EVIDENCE.windowHours).max(ORDERED_EVIDENCE.longestWindowHours),
    minimumRequests: z.number().int().min(ORDERED_EVIDENCE.minimumRequests).max(10_000_000),
  }),
  /** Older evidence is not fresh. */
  maximumAgeHours: z.number().int().min(1).max(ORDERED_EVIDENCE.maximumAgeHours),
});

export type EvidenceSettings = z.infer<typeof evidence>;
