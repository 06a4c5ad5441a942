import { describe, expect, it } from "vitest";
import type { Bom } from "./bom";
import { normalise, repeated, tracesOf } from "./normalise";

const hash = "0".repeat(64);
const library = (name: string, ref: string) => ({ type: "library", name, version: "1.0.0", "bom-ref": ref });
const bom: Bom = {
  serialNumber: "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
  metadata: {
    timestamp: "2026-11-26T00:00:00Z",
    component: {
      type: "application",
      name: "project",
      "bom-ref": `project@1#${hash}`,
      purl: "pkg:npm/project@1",
    },
    tools: {
      components: [
        { type: "application", name: "npm", version: "11.0.0" },
        { type: "library", group: "@tools", name: "maker", version: "2.0.0", licenses: [] },
      ],
    },
  },
  components: [
    {
      ...library("b", `b@1.0.0#${hash}`),
      purl: "pkg:npm/b@1.0.0?vcs_url=git",
      externalReferences: [
        { type: "distribution", url: "http://registry.example.com/b.tgz" },
        { type: "vcs", url: "https://example.com/b" },
      ],
    },
    library("a", `a@1.0.0#${hash}`),
    library("a", `a@1.0.0#${"1".repeat(64)}`),
  ],
  dependencies: [
    { ref: `project@1#${hash}`, dependsOn: [`b@1.0.0#${hash}`, `a@1.0.0#${hash}`] },
    { ref: `b@1.0.0#${hash}` },
  ],
};

describe("a generator's document", () => {
  it("keeps nothing of time, machine and order", () => {
    const normal = normalise(bom);
    expect(normal).toEqual({
      metadata: {
        component: {
          type: "application",
          name: "project",
          "bom-ref": "project@1",
          purl: "pkg:npm/project@1",
        },
        tools: { components: [{ type: "library", group: "@tools", name: "maker", version: "2.0.0" }] },
      },
      components: [
        library("a", `a@1.0.0#${hash}`),
        library("a", `a@1.0.0#${"1".repeat(64)}`),
        {
          ...library("b", "b@1.0.0"),
          purl: "pkg:npm/b@1.0.0",
          externalReferences: [{ type: "vcs", url: "https://example.com/b" }],
        },
      ],
      dependencies: [{ ref: "b@1.0.0" }, { ref: "project@1", dependsOn: [`a@1.0.0#${hash}`, "b@1.0.0"] }],
    });
    expect(normal).not.toHaveProperty("serialNumber");
    expect(normalise(normal)).toEqual(normal);
  });

  it("is of what the subject says", () => {
    const hashes = [{ alg: "SHA-256", content: hash }];
    const { metadata } = normalise(bom, { type: "application", group: "fase-b", name: "edge", hashes });
    expect(metadata?.component).toEqual({
      type: "application",
      group: "fase-b",
      name: "edge",
      "bom-ref": "project@1",
      hashes,
    });
  });

  it("shows a component that stands in it twice under one reference", () => {
    expect(repeated(bom)).toEqual([]);
    expect(repeated({ components: [library("a", "a"), library("b", "a")] })).toEqual(["a"]);
    expect(repeated({ components: [{ ...library("a", "a"), components: [library("b", "a")] }] })).toEqual([
      "a",
    ]);
  });

  it.each([
    ["a folder", '"/home/me/project/node_modules"', ["/home/me/project"]],
    ["the registry's host", '"http://registry.example.com:81/a.tgz"', ["registry.example.com:81"]],
    ["a file's address", '"file:///a.tgz"', ["file://"]],
    ["nothing", '"pkg:npm/a@1.0.0"', []],
  ])("shows %s of this machine", (_, text, traces) => {
    expect(tracesOf(text, ["/home/me/project"], "http://registry.example.com:81/npm/")).toEqual(traces);
  });

  it("takes the public registry for nobody's own", () => {
    const text = "https://registry.npmjs.org/a";
    expect(tracesOf(text, [], "https://registry.npmjs.org/")).toEqual([]);
    expect(tracesOf(text, [], undefined)).toEqual([]);
  });
});
