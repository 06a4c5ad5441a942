import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PreviewDigest } from "../../cli/preview/model";
import { liveValues, type LiveValue } from "./liveValues";

const committed = join(__dirname, "..", "..", "stacks", "staging", "preview.json");
const { steps } = JSON.parse(readFileSync(committed, "utf8")) as PreviewDigest;
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";
const ownerOf = (type: string, name: string): LiveValue | undefined =>
  Object.values<LiveValue>(liveValues).find((value) => value.type === type && value.names.test(name));

describe("the table of live values", () => {
  it("has every resource whose changes are ignored, with exactly its properties", () => {
    const ignoring = steps.filter(({ newState }) => (newState.ignoreChanges ?? []).length > 0);
    expect(ignoring.length).toBeGreaterThan(15);
    for (const { urn, newState } of ignoring) {
      expect([urn, newState.ignoreChanges]).toEqual([urn, ownerOf(newState.type, nameOf(urn))?.properties]);
    }
  });

  it("has nothing that the program does not declare", () => {
    for (const [key, { type, names }] of Object.entries<LiveValue>(liveValues)) {
      const held = steps.filter(({ urn, newState }) => newState.type === type && names.test(nameOf(urn)));
      expect([key, held.length > 0]).toEqual([key, true]);
    }
  });

  it("gives no resource two owners", () => {
    for (const { urn, newState } of steps) {
      const owners = Object.values<LiveValue>(liveValues).filter(
        ({ type, names }) => type === newState.type && names.test(nameOf(urn)),
      );
      expect(owners.length).toBeLessThanOrEqual(1);
    }
  });
});
