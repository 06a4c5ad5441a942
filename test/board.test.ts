import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PreviewDigest, PreviewStep } from "../cli/preview/model";
import { boardOf, boardText } from "../cli/preview/view";

const file = join(__dirname, "..", "stacks", "staging", "preview.json");
const { steps, config } = JSON.parse(readFileSync(file, "utf8")) as PreviewDigest;
const nameOf = ({ urn }: PreviewStep): string => urn.split("::").at(-1) ?? "";

const boardWith = (change: (step: PreviewStep) => PreviewStep | undefined): string => {
  const changed = steps.flatMap((step) => change(step) ?? []);
  const board = boardOf(changed, config);
  return board === undefined ? "none" : boardText(board);
};

const withConfiguration = (agent: string, part: string, value: unknown) => (step: PreviewStep) => {
  if (nameOf(step) !== agent) return step;
  const inputs = step.newState.inputs ?? {};
  const configuration = { ...(inputs["configuration"] as object), [part]: value };
  return { ...step, newState: { ...step.newState, inputs: { ...inputs, configuration } } } as PreviewStep;
};
const without = (name: string) => (step: PreviewStep) => (nameOf(step) === name ? undefined : step);

describe("the board of B8.4", () => {
  it("counts staging's resources: all that was ordered (B5.1, B5.4)", () => {
    expect(boardWith((step) => step)).toBe(
      "13/13 certificates installed, 5/5 configurations closed, 18/18 domains covered",
    );
  });

  it("misses a certificate that is not validated, and one whose domain is gone", () => {
    const unbound = (step: PreviewStep): PreviewStep =>
      nameOf(step) === "agent-chat-03-domain"
        ? { ...step, newState: { ...step.newState, propertyDependencies: {} } }
        : step;
    expect(boardWith(unbound)).toMatch(/^12\/13 certificates/);
    expect(boardWith(without("agent-chat-03-domain"))).toBe(
      "12/13 certificates installed, 5/5 configurations closed, 17/18 domains covered",
    );
  });

  it.each(["routes", "clients", "alertLabels", "upstream", "maxConcurrentRequests"])(
    "misses a configuration without %s (B5.4)",
    (part) => {
      expect(boardWith(withConfiguration("agent-chat-01", part, part === "routes" ? [] : ""))).toContain(
        "4/5 configurations closed",
      );
    },
  );

  it("misses one that no path leads to, and counts the existing certificates in coverage", () => {
    expect(boardWith(without("agent-chat-01-mapping"))).toBe(
      "13/13 certificates installed, 4/5 configurations closed, 18/18 domains covered",
    );
    expect(boardWith(without("agent-chat-01"))).toBe(
      "13/13 certificates installed, 4/5 configurations closed, 17/18 domains covered",
    );
  });

  it("is none for a stack that orders nothing", () => {
    expect(boardOf(steps, {})).toBeUndefined();
  });
});
