import type { Output } from "../style";
import type { Held } from "./command";

/** What a terminal, a pipeline and a machine that shuts down send. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** npm hands on what its child has got from the terminal as well. */
const SAME_MS = 1_000;

interface Signalled {
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  off(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  exit(status: number): void;
}

/** The first interrupt ends the waiting; whoever insists leaves at once, and is told of it before. */
export function holdInterrupt(process: Signalled, stderr: Output, nowMs: () => number): Held {
  const controller = new AbortController();
  let firstMs: number | undefined;
  const listener = (): void => {
    if (firstMs === undefined) {
      firstMs = nowMs();
      stderr.write(
        "the stage may be changed already: what was done is kept first; once more to leave without that\n",
      );
      controller.abort();
    } else if (nowMs() - firstMs > SAME_MS) process.exit(1);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}
