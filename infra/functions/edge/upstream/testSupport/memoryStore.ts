import type { BreakerItem, BreakerStore, BreakerWrite } from "../breakerStore";
import type { VirtualTime } from "./virtualTime";

/**
 * `reject`: nothing is done. `hang`: nothing is done and no answer ever comes. `lost`: done, but the answer is lost.
 * `late`: done long after everybody has stopped waiting.
 */
export type StoreFault = "none" | "reject" | "hang" | "lost" | "late";

/** A table with latency and faults, on virtual time. */
export class MemoryBreakerStore implements BreakerStore {
  readonly items = new Map<string, BreakerItem>();
  gets = 0;
  puts = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly faultOf: () => StoreFault = () => "none",
    private readonly latencyMs: number = 5,
    private readonly lateMs: number = 2_500,
  ) {}

  get(upstreamId: string): Promise<BreakerItem | undefined> {
    this.gets += 1;
    return this.operation(() => this.items.get(upstreamId));
  }

  put(upstreamId: string, item: BreakerItem, expectedToken: string | undefined): Promise<BreakerWrite> {
    this.puts += 1;
    return this.operation(() => {
      const current = this.items.get(upstreamId);
      if (current?.token !== expectedToken) return { written: false, current };
      this.items.set(upstreamId, item);
      return { written: true };
    });
  }

  private operation<T>(run: () => T): Promise<T> {
    const fault = this.faultOf();
    const { time, latencyMs, lateMs } = this;
    return new Promise((resolve, reject) => {
      if (fault === "hang") return;
      time.at(time.nowMs + (fault === "late" ? lateMs : latencyMs), () => {
        if (fault === "reject") return reject(new Error("the store refused"));
        const value = run();
        if (fault === "lost") return reject(new Error("the store's answer was lost"));
        resolve(value);
      });
    });
  }
}
