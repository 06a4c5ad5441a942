/**
 * Close codes of the contract, within 4000–4999, the range for applications
 * (https://www.rfc-editor.org/rfc/rfc6455#section-7.4.2). They travel in `session.closing`: the gateway's
 * `DELETE @connections` has neither code nor reason, and its close frame says 1000 whatever the cause
 * (https://github.com/aws/aws-sdk-js/issues/3636).
 */
export const closings = {
  caller: { closeCode: 4000, reason: "ended by the caller" },
  agent: { closeCode: 4001, reason: "ended by the agent" },
  malformed: { closeCode: 4008, reason: "a message that is not of the contract" },
  overrun: { closeCode: 4029, reason: "over the bandwidth and the queue", retryAfterSeconds: 10 },
  idle: { closeCode: 4030, reason: "idle" },
  duration: { closeCode: 4031, reason: "the longest time is over" },
  fault: { closeCode: 4050, reason: "a fault of ours", retryAfterSeconds: 5 },
} as const;
export type Closing = keyof typeof closings;

export type CallerMessage = "session.start" | "audio.input" | "session.stop";

const AUDIO = /^[A-Za-z0-9+/]+={0,2}$/;
const LONGEST_AUDIO = 31_400;
const HIGHEST_SEQUENCE = 2_147_483_647;

/** What kind of the contract's messages a text is, checked field by field; `undefined` for anything else. */
export function callerMessage(text: string): CallerMessage | undefined {
  const message = parsed(text);
  if (message === undefined) return undefined;
  const names = Object.keys(message);
  const hasOnly = (...allowed: readonly string[]): boolean => names.every((name) => allowed.includes(name));
  switch (message["type"]) {
    case "session.start": {
      const { instructions } = message;
      const good = instructions === undefined || isTextOf(instructions, 1, 4096);
      return good && hasOnly("type", "instructions") ? "session.start" : undefined;
    }
    case "audio.input": {
      const { sequence, data } = message;
      const counted =
        Number.isSafeInteger(sequence) && Number(sequence) >= 0 && Number(sequence) <= HIGHEST_SEQUENCE;
      const good = counted && isTextOf(data, 4, LONGEST_AUDIO) && AUDIO.test(data);
      return good && hasOnly("type", "sequence", "data") ? "audio.input" : undefined;
    }
    case "session.stop":
      return hasOnly("type") ? "session.stop" : undefined;
    default:
      return undefined;
  }
}

/** In code points, as JSON Schema counts. */
const isTextOf = (value: unknown, min: number, max: number): value is string =>
  typeof value === "string" && value.length >= min && [...value].length <= max;

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    // Not JSON: not of the contract, which is all that anybody is told.
    return undefined;
  }
}

export const readyMessage = (sessionId: string, correlationId: string): string =>
  JSON.stringify({ type: "session.ready", sessionId, correlationId });

export const bandwidthWarning = (waitMs: number, queuedBytes: number): string =>
  JSON.stringify({
    type: "warning",
    code: "bandwidth",
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    queuedBytes,
  });

export const durationWarning = (endsInMs: number): string =>
  JSON.stringify({
    type: "warning",
    code: "duration",
    retryAfterSeconds: Math.max(1, Math.ceil(endsInMs / 1000)),
  });

export const closingMessage = (closing: Closing, correlationId: string): string =>
  JSON.stringify({ type: "session.closing", ...closings[closing], correlationId });
