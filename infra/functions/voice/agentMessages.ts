/**
 * What an agent answers to a message: `{ "ended": boolean, "replies": [ … ] }`, each reply a message of the contract
 * that a caller may receive from an agent (`audio.output`, `transcript`). realtime-voice.asyncapi.yaml has their bounds.
 */
export interface AgentReplies {
  readonly ended: boolean;
  /** As texts, in order. */
  readonly replies: readonly string[];
}

/** More in one answer would keep a frame's invocation busy for longer than the frame took to say. */
const MOST_REPLIES = 64;
/** Six bytes a character at worst, so that a message fits one frame of 32 KB. */
const LONGEST_TRANSCRIPT = 5_000;
const LONGEST_AUDIO = 31_400;
const HIGHEST_SEQUENCE = 2_147_483_647;
const AUDIO = /^[A-Za-z0-9+/]+={0,2}$/;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const hasOnly = (value: Json, ...allowed: readonly string[]): boolean =>
  Object.keys(value).every((name) => allowed.includes(name));

/**
 * Checked field by field: what is not of the contract reaches no caller.
 *
 * @returns `undefined` for anything else
 */
export function readAgentReplies(body: string): AgentReplies | undefined {
  if (body === "") return { ended: false, replies: [] };
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // Its words would quote what the agent wrote.
    return undefined;
  }
  if (!isObject(value) || !hasOnly(value, "ended", "replies")) return undefined;
  const { ended = false, replies = [] } = value;
  if (typeof ended !== "boolean" || !Array.isArray(replies) || replies.length > MOST_REPLIES)
    return undefined;
  if (!replies.every(isForCallers)) return undefined;
  return { ended, replies: replies.map((reply) => JSON.stringify(reply)) };
}

function isForCallers(message: unknown): boolean {
  if (!isObject(message)) return false;
  switch (message["type"]) {
    case "audio.output": {
      const { sequence, data } = message;
      const counted =
        Number.isSafeInteger(sequence) && Number(sequence) >= 0 && Number(sequence) <= HIGHEST_SEQUENCE;
      const audio =
        typeof data === "string" && data.length >= 4 && data.length <= LONGEST_AUDIO && AUDIO.test(data);
      return counted && audio && hasOnly(message, "type", "sequence", "data");
    }
    case "transcript": {
      const { speaker, text, final } = message;
      return (
        (speaker === "caller" || speaker === "agent") &&
        typeof text === "string" &&
        [...text].length <= LONGEST_TRANSCRIPT &&
        typeof final === "boolean" &&
        hasOnly(message, "type", "speaker", "text", "final")
      );
    }
    default:
      return false;
  }
}
