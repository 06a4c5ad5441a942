import type { Timing } from "../timing";

/** Mulberry32: the same numbers for the same seed, on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Event {
  readonly atMs: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** A clock that stands still until the next event is due: hours pass in milliseconds, and always in the same order. */
export class VirtualTime {
  nowMs: number;
  /** Soonest last; of the same instant, the one asked for first is last. */
  private readonly events: Event[] = [];

  constructor(readonly startMs = Date.UTC(2026, 10, 22, 9)) {
    this.nowMs = startMs;
  }

  /** @returns takes the event back */
  at(atMs: number, run: () => void): () => void {
    const event: Event = { atMs: Math.max(atMs, this.nowMs), run, cancelled: false };
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.events[middle]?.atMs ?? 0) > event.atMs) low = middle + 1;
      else high = middle;
    }
    this.events.splice(low, 0, event);
    return () => (event.cancelled = true);
  }

  /** Runs until `untilMs`, letting all promises settle between two instants. */
  async run(untilMs: number): Promise<void> {
    await settle();
    for (let next = this.events.pop(); next !== undefined; next = this.events.pop()) {
      if (next.cancelled) continue;
      if (next.atMs > untilMs) {
        this.events.push(next);
        break;
      }
      this.nowMs = next.atMs;
      next.run();
      await settle();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** This clock as one instance sees it: wrong by `skewMs`, and stopped for good once the instance is dead. */
  timing(random: () => number, skewMs = 0, alive: () => boolean = () => true): Timing {
    return {
      nowMs: () => this.nowMs + skewMs,
      random,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted === true) return resolve();
          const cancel = this.at(this.nowMs + ms, () => {
            if (alive()) resolve();
          });
          signal?.addEventListener("abort", () => {
            cancel();
            resolve();
          });
        }),
    };
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
