import { describe, expect, it } from "vitest";
import { agents, ordered } from "../lib/orderedAgents";

describe("the pack's own list of agents", () => {
  it("is of as many as were ordered, with a new certificate or an existing one (B8.4)", () => {
    expect(agents).toHaveLength(ordered.agents);
    expect(new Set(agents.map(({ id }) => id)).size).toBe(ordered.agents);
    expect(ordered.issued + ordered.existing).toBe(ordered.agents);
  });
});
