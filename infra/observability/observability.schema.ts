import { z } from "zod";
import { hostName, identifier, isoDay } from "../settings/primitives";

const minutes = (least: number, most: number) => z.number().int().min(least).max(most);
const percent = z.number().gt(0).max(100);

const httpsUrl = z
  .url({ protocol: /^https$/, hostname: z.regexes.domain })
  .max(255)
  .refine((text) => !text.endsWith("/"))
  .meta({ allowed: "an https:// URL with a host name, without a slash at its end", fix: "write it in full" });

/** B1.2: the work order's own numbers; a threshold may be stricter, never looser. */
export const ORDERED = {
  chatLatency: { thresholdMs: 800, forMinutes: 10 },
  serverErrors: { thresholdPercent: 1, forMinutes: 5 },
  throttlingSpike: { windowMinutes: 5 },
  objectives: { latencyMs: 700, latencyPercentile: 95, errorPercent: 0.7 },
} as const;

const person = z.strictObject({
  /** What stands in the schedule; a role rather than a name. */
  id: identifier,
  email: z.email().max(254),
});

/** How fast an error budget may burn: the factor over the whole window's even pace, in a long window and in a short one. */
const burnRate = z.strictObject({
  factor: z.number().min(1).max(100),
  longMinutes: minutes(5, 10_080),
  shortMinutes: minutes(1, 1_440),
});

/** Dashboards, alerts and who is paged (B1). */
export const observability = z.strictObject({
  grafana: z.strictObject({
    url: httpsUrl,
    /** Who may assume the role by which Grafana reads CloudWatch: Grafana's own role. */
    readerPrincipalArn: z
      .string()
      .regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/)
      .meta({ allowed: "arn:aws:iam::<account>:role/<name>", fix: "name the role under which Grafana runs" }),
    /** Against a confused deputy; no secret. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
    externalId: z.string().regex(/^[\w+=,.@:/-]{16,64}$/),
    prometheusUrl: httpsUrl,
  }),
  /** Where the runbook can be read; an alert's link is this, `#` and the section. */
  runbookUrl: httpsUrl,
  /** B8.1 and B8.2, and how fast their budgets may burn. */
  objectives: z.strictObject({
    latency: z.strictObject({
      route: z.string().regex(/^\/[a-z][a-z0-9/-]*$/),
      thresholdMs: z.number().int().min(1).max(ORDERED.objectives.latencyMs),
      percentile: z.number().min(ORDERED.objectives.latencyPercentile).lt(100),
    }),
    errors: z.strictObject({ maximumPercent: percent.max(ORDERED.objectives.errorPercent) }),
    windowDays: z.number().int().min(7).max(90),
    burnRates: z.strictObject({ fast: burnRate, medium: burnRate, slow: burnRate }),
  }),
  alerts: z.strictObject({
    chatLatency: z.strictObject({
      route: z.string().regex(/^\/[a-z][a-z0-9/-]*$/),
      thresholdMs: z.number().int().min(1).max(ORDERED.chatLatency.thresholdMs),
      forMinutes: minutes(1, ORDERED.chatLatency.forMinutes),
    }),
    serverErrors: z.strictObject({
      thresholdPercent: percent.max(ORDERED.serverErrors.thresholdPercent),
      forMinutes: minutes(1, ORDERED.serverErrors.forMinutes),
    }),
    throttlingSpike: z.strictObject({
      windowMinutes: minutes(1, ORDERED.throttlingSpike.windowMinutes),
      /** How many times what the baseline has in a window of the same length. */
      factor: z.number().min(1.5).max(4),
      /** Fewer refusals than this are no spike, whatever the baseline. */
      floor: z.number().int().min(1).max(200),
      /** What "usual" is: the time just before the window. */
      baselineMinutes: minutes(30, 1_440),
    }),
    breakerOpenMinutes: minutes(1, 60),
    quotaNearEndPercent: z.number().min(50).max(95),
    memoryPercent: z.number().min(50).max(95),
    asyncEventAgeMinutes: minutes(1, 360),
    /** A source that says nothing for so long is an alert. */
    silentMinutes: minutes(5, 60),
  }),
  /** Queues that agents own and people want to see; none is made here. */
  queues: z
    .array(
      z.strictObject({
        name: z
          .string()
          .regex(/^[\w-]{1,80}(\.fifo)?$/)
          .meta({ allowed: "the name of a queue of SQS", fix: "write its name, not its URL" }),
        agentId: identifier,
        /** In a queue of dead letters any message is too many. */
        kind: z.enum(["work", "dead-letters"]),
        maximumAgeMinutes: minutes(1, 20_160),
      }),
    )
    .max(100),
  pager: z.strictObject({
    /** PagerDuty's own name of the account, as in `<name>.pagerduty.com`. */
    account: hostName,
    people: z.array(person).min(1).max(50).meta({
      allowed: "at least one person to page",
      fix: "list who is on call: an alert that nobody gets is none",
    }),
    schedule: z.strictObject({
      timeZone: z.string().regex(/^[A-Z][A-Za-z_]+(\/[A-Z][A-Za-z_]+)*$/),
      /** The first day of the first turn. */
      startsOn: isoDay,
      handOverAt: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
      turnDays: z.number().int().min(1).max(28),
      /** Ids of people, in the order of their turns. */
      turns: z.array(identifier).min(1).max(50),
    }),
    escalation: z.strictObject({
      /** Whoever is on call has so long to acknowledge. */
      acknowledgeMinutes: minutes(1, 30),
      /** Then these, all at once. */
      then: z.array(identifier).min(1).max(10),
      repeats: z.number().int().min(1).max(9),
    }),
    /** B6.1: another word here makes new integrations, and so new keys, and removes the old ones. */
    keyGeneration: identifier,
    /** Alerts of so many minutes fold into one incident. */
    groupingMinutes: minutes(1, 60),
  }),
});

export type ObservabilitySettings = z.infer<typeof observability>;
