import { Crash, type Crashes } from "./crashes";

/** No run makes so many calls. */
const MOST_CALLS = 200;

/**
 * Plays the same work once for each of its calls, cut off before and after that call and then done again until it is done.
 *
 * @param play makes a fresh world, works through `crashes`, and checks what came out
 * @returns how many runs were cut off
 */
export async function everyCrash(
  play: (arm: () => void, disarm: () => boolean) => Promise<void>,
  crashes: Crashes,
): Promise<number> {
  let cutOff = 0;
  for (const when of ["before", "after"] as const) {
    for (let call = 1; call <= MOST_CALLS; call += 1) {
      let came = false;
      const armed = (): void => crashes.arm(call, when);
      await play(armed, () => (came = crashes.disarm())).catch((cause: unknown) => {
        throw new Error(`cut off ${when} call ${call}: ${String(cause)}`, { cause });
      });
      if (!came) break;
      cutOff += 1;
    }
  }
  return cutOff;
}

/** Does it again until it is done; what is no crash is passed on. */
export async function untilDone(work: () => Promise<unknown>): Promise<number> {
  for (let crashed = 0; ; crashed += 1) {
    try {
      await work();
      return crashed;
    } catch (error) {
      if (!isCrash(error) || crashed > 3) throw error;
    }
  }
}

/** Also as the function tells it, which says no more than a class. */
const isCrash = (error: unknown): boolean =>
  error instanceof Crash ||
  (error instanceof Error && error.name === "RotationFailed" && error.message === "OtherError");
