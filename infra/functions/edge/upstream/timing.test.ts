import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { systemTiming } from "./timing";

const HOUR_MS = 3_600_000;

describe("the system's sleep", () => {
  it("ends at once when it is cut short, for whatever reason, and is no rejection", async () => {
    const controller = new AbortController();
    const sleep = systemTiming.sleep(HOUR_MS, controller.signal);
    controller.abort("over");
    await expect(sleep).resolves.toBeUndefined();
    await expect(systemTiming.sleep(HOUR_MS, controller.signal)).resolves.toBeUndefined();
  });

  it("ends after its time, and leaves nothing at a signal that lives on", async () => {
    const controller = new AbortController();
    const startMs = performance.now();
    await systemTiming.sleep(20, controller.signal);
    // A timer of Node's may be early by a part of a millisecond.
    expect(performance.now() - startMs).toBeGreaterThan(18);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });
});
