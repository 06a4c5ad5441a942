import { truncate } from "../style";

export interface Progress {
  readonly update: (what: string) => void;
  /** Takes the line away. */
  readonly clear: () => void;
}

const TO_LINE_START_AND_ERASE = "\r\u001b[2K";

interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** One line that is overwritten in place; on anything but a terminal that understands this, nothing. */
export function createProgress(stream: Stream, env: NodeJS.ProcessEnv): Progress {
  if (stream.isTTY !== true || env["TERM"] === "dumb" || (env["CI"] ?? "") !== "")
    return { update: () => undefined, clear: () => undefined };
  return {
    update: (what) =>
      void stream.write(TO_LINE_START_AND_ERASE + truncate(`${what}…`, (stream.columns ?? 80) - 1)),
    clear: () => void stream.write(TO_LINE_START_AND_ERASE),
  };
}
