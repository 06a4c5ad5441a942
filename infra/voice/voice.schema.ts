import { z } from "zod";
import { voiceLimits } from "../functions/voice/voiceLimits.schema";

export const voice = z.strictObject({
  stageName: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/)
    .meta({ allowed: "1 to 32 lower-case letters, digits or hyphens", fix: "rename the stage" }),
  /** Messages and connections a second over all sessions; the gateway's default route throttle. */
  messagesPerSecond: z.number().int().min(1).max(10_000),
  burstMessages: z.number().int().min(1).max(5_000),
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: 29 s */
  integrationTimeoutMs: z.number().int().min(50).max(29_000),
  sessions: voiceLimits,
});

export type VoiceSettings = z.infer<typeof voice>;
