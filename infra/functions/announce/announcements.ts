import { gunzipSync } from "node:zlib";
import { asUuid } from "../correlation/correlation";
import { functionNames, stepNames } from "../log/fields";

/** Something that has changed on the stack, in words of ours alone. */
export type Announcement =
  | {
      readonly kind: "deployment";
      /** Of what was deployed; 64 hexadecimal digits. */
      readonly digest: string;
    }
  | {
      readonly kind: "rotation";
      /** The line's own id: the same line again is the same rotation. */
      readonly id: string;
      readonly atMs: number;
      readonly functionName: string;
      readonly secret: string | undefined;
      readonly version: string | undefined;
    };

/** A batch of a log's lines, unpacked; the service sends 1 MB at most. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html */
const MAX_UNPACKED_BYTES = 8_000_000;
const DIGEST = /^[0-9a-f]{64}$/;
const LINE_ID = /^\d{1,80}$/;

/** Steps with which a rotation is over. */
const finalSteps: ReadonlySet<unknown> = new Set<(typeof stepNames)[number]>(["finishSecret", "replace"]);
const rotators: ReadonlySet<unknown> = new Set(functionNames.filter((name) => name.startsWith("rotate-")));

/**
 * What an event has to say: of the program for a deployment, of a log for lines of rotations.
 *
 * @param isSecret whether a text is the name of a secret of the stack
 * @returns `undefined` for what neither of them sends
 */
export function readEvent(
  event: unknown,
  isSecret: (name: unknown) => name is string,
): readonly Announcement[] | undefined {
  const { kind, digest, awslogs } = objectOf(event);
  if (kind === "deployment")
    return typeof digest === "string" && DIGEST.test(digest) ? [{ kind, digest }] : undefined;
  const { data } = objectOf(awslogs);
  if (typeof data !== "string") return undefined;
  const { messageType, logEvents } = objectOf(unpacked(data));
  // Of the service, to see whether somebody listens.
  if (messageType === "CONTROL_MESSAGE") return [];
  if (messageType !== "DATA_MESSAGE" || !Array.isArray(logEvents)) return undefined;
  return logEvents.flatMap((each: unknown) => {
    const { id, timestamp, message } = objectOf(each);
    const line = objectOf(typeof message === "string" ? parsed(message) : undefined);
    const { functionName, secret, secretVersion, step, outcome } = line;
    const isOurs = typeof id === "string" && LINE_ID.test(id) && Number.isSafeInteger(timestamp);
    // The filter of the subscription asks for these; a line that it let through by mistake announces nothing.
    if (!isOurs || outcome !== "done" || !finalSteps.has(step) || !rotators.has(functionName)) return [];
    return [
      {
        kind: "rotation" as const,
        id,
        atMs: Number(timestamp),
        functionName: String(functionName),
        secret: isSecret(secret) ? secret : undefined,
        version: asUuid(secretVersion),
      },
    ];
  });
}

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

/** Without the errors' words, which quote what could not be read. */
function unpacked(data: string): unknown {
  try {
    return parsed(
      gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: MAX_UNPACKED_BYTES }).toString("utf8"),
    );
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
