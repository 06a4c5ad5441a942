import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { logicalName } from "../cluster/manifest";
import { createClusterProvider } from "../cluster/provider";
import { Prober } from "./prober";
import { proberManifests } from "./proberRules";
import { proberArgs } from "./testSupport";

const registrations = new Map<string, { readonly type: string; readonly inputs: unknown }>();

describe("Prober", () => {
  let urns: string[];

  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, type, inputs }) => {
          registrations.set(name, { type, inputs });
          return { id: `id-of-${name}`, state: inputs as object };
        },
        call: ({ token }) => {
          throw new Error(`no function is called while the prober is declared; got ${token}`);
        },
      },
      "fase-b",
      "staging",
      true,
    );
    const provider = createClusterProvider("kubernetes", {}, "../.build/manifests/staging");
    const prober = new Prober("prober", proberArgs(), { providers: { kubernetes: provider } });
    urns = await Promise.all(
      [prober, ...prober.resources].map(
        (resource) => new Promise<string>((done) => resource.urn.apply(done)),
      ),
    );
  });

  it("registers each object as it is, below the component", () => {
    const manifests = proberManifests(proberArgs());
    for (const manifest of manifests)
      expect(registrations.get(logicalName("prober", manifest))?.inputs).toEqual(manifest);
    expect(urns.slice(1)).toHaveLength(manifests.length);
    expect(urns.slice(1).every((urn) => urn.includes("::fase-b:index:Prober$kubernetes:"))).toBe(true);
  });

  it("serves the clauses of what it watches", () => {
    expect(registrations.get("prober")?.inputs).toEqual({
      clauses: ["B1.5", "B5.1", "B5.2"],
      unpinned: [],
    });
  });
});
