import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JudgedStack } from "../input/judged";
import { architectureOf } from "./graph";
import { BOX, layoutOf } from "./layout";

type Resource = JudgedStack["resources"][number];

const urn = (type: string, name: string): string => `urn:pulumi:staging::fase-b::${type}::${name}`;
const component = (type: string, name: string, clauses: readonly string[], parent?: string): Resource => ({
  urn: urn(`fase-b:index:${type}`, name),
  type: `fase-b:index:${type}`,
  custom: false,
  inputs: { clauses },
  ...(parent === undefined ? {} : { parent }),
});
const resource = (
  name: string,
  parent: string,
  on: readonly string[] = [],
  by: Resource["propertyDependencies"] = {},
): Resource => ({
  urn: urn("aws:s3/bucket:Bucket", name),
  type: "aws:s3/bucket:Bucket",
  custom: true,
  parent,
  dependencies: on,
  propertyDependencies: by,
});

const gateway = component("Gateway", "gateway", ["B1.6", "B4.1", "B4.3"]);
const agents = [1, 2, 3].map((index) => component("AgentDomain", `agent-${index}`, ["B5.1"]));
const key = resource("key", gateway.urn);

describe("the architecture", () => {
  it("puts a component where most of its clauses are, and those of one type and block into one node", () => {
    const nodes = architectureOf([gateway, ...agents, key]);
    expect(nodes.map(({ id, names, resources }) => [id, names, resources])).toEqual([
      ["B4 Gateway", ["gateway"], 1],
      ["B5 AgentDomain", ["agent-1", "agent-2", "agent-3"], 0],
    ]);
  });

  it("relates components whose resources refer to each other's, by option or by property, and none to itself", () => {
    const [first, second] = agents.map(({ urn: one }, index) =>
      resource(
        `domain-${index}`,
        one,
        index === 0 ? [key.urn] : [],
        index === 1 ? { api: [key.urn, urn("x:y:Z", "nobody")] } : {},
      ),
    );
    const inside = resource("other", gateway.urn, [key.urn]);
    const nodes = architectureOf([
      gateway,
      ...agents,
      key,
      inside,
      ...(first && second ? [first, second] : []),
    ]);
    expect(nodes.map(({ uses }) => uses)).toEqual([[], ["B4 Gateway"]]);
    const without = architectureOf([gateway, ...agents, key, inside]);
    expect(without.map(({ uses }) => uses)).toEqual([[], []]);
  });

  it("counts a resource for the nearest component that says its clauses, not for each above it", () => {
    const inner = component("Stage", "stage", ["B4.4"], gateway.urn);
    const nodes = architectureOf([gateway, inner, resource("log", inner.urn)]);
    expect(nodes.map(({ id, resources }) => [id, resources])).toEqual([
      ["B4 Gateway", 0],
      ["B4 Stage", 1],
    ]);
  });

  it("ends for parents that are their own ancestors", () => {
    const [a, b] = [
      resource("a", urn("aws:s3/bucket:Bucket", "b")),
      resource("b", urn("aws:s3/bucket:Bucket", "a")),
    ];
    expect(architectureOf([gateway, a, b])).toHaveLength(1);
  });
});

describe("the picture's layout", () => {
  it("puts nothing on anything else, keeps all inside and draws every relation or says how many there are", () => {
    const graphs = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.array(fc.nat(39), { maxLength: 12 })), {
        minLength: 1,
        maxLength: 40,
      })
      .map((drafts) =>
        drafts
          .map(([block, uses], index) => ({ block: `B${block}`, index, uses }))
          .sort((a, b) => (a.block < b.block ? -1 : a.block > b.block ? 1 : 0))
          .map(({ block, index, uses }) => ({
            id: `n${index}`,
            block,
            type: "Type",
            names: ["name"],
            clauses: [`${block}.1`],
            resources: 1,
            types: [],
            uses: [...new Set(uses)]
              .filter((other) => other < drafts.length && other !== index)
              .map((other) => `n${other}`),
          })),
      );
    fc.assert(
      fc.property(graphs, (nodes) => {
        const { boxes, curves, width, height, bands } = layoutOf(nodes);
        expect(boxes).toHaveLength(nodes.length);
        boxes.forEach(({ x, y }, index) => {
          expect(x >= 0 && y >= 0 && x + BOX.width <= width && y + BOX.height <= height).toBe(true);
          for (const other of boxes.slice(index + 1))
            expect(Math.abs(other.x - x) >= BOX.width || Math.abs(other.y - y) >= BOX.height).toBe(true);
        });
        const ends = bands.slice(0, -1).map(({ y, height: tall }) => y + tall);
        expect(ends.every((end, index) => end <= (bands[index + 1]?.y ?? 0))).toBe(true);
        const hidden = boxes.reduce((sum, { usedBy }) => sum + usedBy, 0);
        expect(curves.length + hidden).toBe(nodes.reduce((sum, { uses }) => sum + uses.length, 0));
        expect(layoutOf(nodes)).toEqual(layoutOf(nodes));
      }),
    );
  });
});
