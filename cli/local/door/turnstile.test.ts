import { describe, expect, it } from "vitest";
import { Turnstile } from "./turnstile";

describe("the turnstile", () => {
  it("lets so many in at once, all of them in the end, also after a failure", async () => {
    const turnstile = new Turnstile(3);
    let inside = 0;
    let most = 0;
    const passed: number[] = [];
    const work = (index: number) => async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, index % 3));
      inside -= 1;
      passed.push(index);
      if (index % 5 === 0) throw new Error("failed");
    };
    const results = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) => turnstile.pass(work(index))),
    );
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(8);
    expect([most, passed.length, inside]).toEqual([3, 40, 0]);
  });
});
