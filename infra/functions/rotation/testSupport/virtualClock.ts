import type { Clock } from "../clock";

export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** A clock that moves when somebody sleeps or moves it. */
export class VirtualClock implements Clock {
  slept = 0;

  constructor(private now: number = Date.UTC(2026, 10, 25, 12)) {}

  readonly nowMs = (): number => this.now;
  readonly sleep = (milliseconds: number): Promise<void> => {
    this.slept += milliseconds;
    this.now += milliseconds;
    return Promise.resolve();
  };

  advance(milliseconds: number): void {
    this.now += milliseconds;
  }

  advanceTo(atMs: number): void {
    this.now = Math.max(this.now, atMs);
  }
}
