import { plural, truncate } from "../style";
import type { PreviewOptions } from "./model";

type OnProgress = NonNullable<PreviewOptions["onProgress"]>;

export interface Progress {
  readonly update: OnProgress;
  /** Takes the line away. */
  readonly clear: () => void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const phases = {
  starting: () => "Starting the program…",
  running: (registered) => `Running the program: ${plural(registered, "resource")} registered`,
  policies: (registered) => `Asking the policies about ${plural(registered, "resource")}`,
} satisfies Record<Parameters<OnProgress>[0]["phase"], (registered: number) => string>;

/** Oftener than this nobody sees, and writing to a terminal takes time. */
const MIN_INTERVAL_MS = 80;

const TO_LINE_START_AND_ERASE = "\r\u001b[2K";

/** One line that is overwritten in place; on anything but a terminal that understands this, nothing. */
export function createProgress(
  stream: ProgressStream,
  env: NodeJS.ProcessEnv,
  now: () => number = () => performance.now(),
): Progress {
  if (stream.isTTY !== true || env["TERM"] === "dumb" || (env["CI"] ?? "") !== "") {
    return { update: () => undefined, clear: () => undefined };
  }
  let shownPhase: string | undefined;
  let shownAt = -Infinity;
  return {
    update: ({ registered, phase }) => {
      const at = now();
      if (phase === shownPhase && at - shownAt < MIN_INTERVAL_MS) return;
      [shownPhase, shownAt] = [phase, at];
      stream.write(TO_LINE_START_AND_ERASE + truncate(phases[phase](registered), (stream.columns ?? 80) - 1));
    },
    clear: () => {
      if (shownPhase !== undefined) stream.write(TO_LINE_START_AND_ERASE);
      shownPhase = undefined;
    },
  };
}
