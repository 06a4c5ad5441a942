import { z } from "zod";

/** Of each direction by itself: what the caller sends, what the agent answers. */
const bucket = z.strictObject({
  /** The long-run rate. 16 kHz PCM as base64 is about 43,000. */
  bytesPerSecond: z.number().int().min(1_000).max(1_000_000),
  /** What may come at once after a silence. */
  burstBytes: z.number().int().min(32_768).max(10_000_000),
});

/** Limits of live sessions (B4.2, B4.4). */
export const voiceLimits = z
  .strictObject({
    /** Simultaneous sessions of one subject of one client. */
    sessionsPerSubject: z.number().int().min(1).max(16),
    /** Without a message for so long a session is over; also the longest that a lost session keeps its place. */
    idleMs: z.number().int().min(10_000).max(600_000),
    /** The gateway ends a connection after 2 h. */
    longestMs: z.number().int().min(60_000).max(7_200_000),
    session: bucket,
    subject: bucket,
    /** Held back at most, of a session or of its subject; a frame counts at least queueBytes / queueFrames. */
    queueBytes: z.number().int().min(32_768).max(10_000_000),
    queueFrames: z.number().int().min(1).max(1_000),
    /** All frames of one event are held no longer: the caller's, and the agent's answers to it. Below the function's own timeout, with room for the call to the agent. */
    longestHoldMs: z.number().int().min(100).max(25_000),
    /** In either direction. The gateway takes 32 KB a frame. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
    messageBytes: z.number().int().min(1_024).max(32_768),
    /** The most that two instances' clocks differ. */
    skewAllowanceMs: z.number().int().min(0).max(2_000),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, allowed: string, fix: string): void =>
      context.addIssue({ code: "custom", path: [path], message: allowed, params: { allowed, fix } });
    const { session, subject, queueBytes, queueFrames, longestHoldMs, messageBytes } = value;
    if (subject.bytesPerSecond < session.bytesPerSecond)
      refuse("subject", "a subject's rate is at least that of one session", "raise subject.bytesPerSecond");
    if (queueBytes > (session.bytesPerSecond * longestHoldMs) / 1000)
      refuse(
        "queueBytes",
        "a full queue drains within longestHoldMs at the session's rate",
        "lower queueBytes or raise longestHoldMs",
      );
    if (queueBytes < messageBytes)
      refuse("queueBytes", "the queue takes the largest message", "raise queueBytes to messageBytes or more");
    if (Math.min(session.burstBytes, subject.burstBytes) < Math.max(messageBytes, queueBytes / queueFrames))
      refuse("session", "a full bucket takes the largest message", "raise burstBytes or queueFrames");
  });

export type VoiceLimits = z.infer<typeof voiceLimits>;
