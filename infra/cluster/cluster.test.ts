import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { AgentsCluster } from "./cluster";
import { agentsManifests } from "./clusterRules";
import { logicalName } from "./manifest";
import { createClusterProvider, manifestsFolder } from "./provider";
import { agentsArgs } from "./testSupport";

interface Registration {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
  readonly provider: string | undefined;
}

const registrations = new Map<string, Registration>();

const urnOf = (resource: pulumi.Resource): Promise<string> => new Promise((done) => resource.urn.apply(done));

beforeAll(() =>
  pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs, provider }) => {
        registrations.set(name, { type, inputs: inputs as Record<string, unknown>, provider });
        return { id: `id-of-${name}`, state: inputs as object };
      },
      call: ({ token }) => {
        throw new Error(`no function is called while the cluster is declared; got ${token}`);
      },
    },
    "fase-b",
    "staging",
    true,
  ),
);

describe("AgentsCluster", () => {
  let urns: string[];

  beforeAll(async () => {
    const provider = createClusterProvider("kubernetes", {}, "../.build/manifests/staging");
    const made = new AgentsCluster("cluster", agentsArgs(), { providers: { kubernetes: provider } });
    urns = await Promise.all([provider, made, ...made.resources].map(urnOf));
  });

  it("registers each object as it is, below the component and with its provider", () => {
    for (const manifest of agentsManifests(agentsArgs())) {
      const registration = registrations.get(logicalName("cluster", manifest));
      expect(registration?.inputs).toEqual(manifest);
      expect(registration?.provider).toContain("::pulumi:providers:kubernetes::kubernetes");
    }
    expect(urns.slice(2)).toHaveLength(11);
    expect(urns.slice(2).every((urn) => urn.includes("::fase-b:index:AgentsCluster$kubernetes:"))).toBe(true);
  });

  it("gives each object the engine's type of its kind", () => {
    const types = [...registrations.values()].map(({ type }) => type);
    expect(new Set(types.filter((type) => type.startsWith("kubernetes:")))).toEqual(
      new Set([
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:ServiceAccount",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "kubernetes:external-secrets.io/v1:SecretStore",
        "kubernetes:external-secrets.io/v1:ExternalSecret",
        "kubernetes:cert-manager.io/v1:Issuer",
        "kubernetes:cert-manager.io/v1:Certificate",
      ]),
    );
  });

  it("serves the clauses of internal trust", () => {
    expect(registrations.get("cluster")?.inputs).toEqual({ clauses: ["B5.2", "B5.3"] });
  });
});

describe("createClusterProvider", () => {
  afterEach(() => vi.unstubAllEnvs());

  const inputsOf = async (name: string, settings: { context?: string }): Promise<Record<string, unknown>> => {
    await urnOf(createClusterProvider(name, settings, "../.build/manifests/staging"));
    return registrations.get(name)?.inputs ?? {};
  };

  it("renders to a folder without a cluster, and never both", async () => {
    expect(await inputsOf("rendered", {})).toMatchObject({
      renderYamlToDirectory: "../.build/manifests/staging",
    });
    expect(await inputsOf("rendered", {})).not.toHaveProperty("context");
    const applied = await inputsOf("applied", { context: "staging" });
    expect(applied).toMatchObject({ context: "staging", enableServerSideApply: "true" });
    expect(applied).not.toHaveProperty("renderYamlToDirectory");
  });

  it("lets nothing of the deployer's environment into an input", async () => {
    const before = await inputsOf("before", {});
    vi.stubEnv("KUBECONFIG", "/home/somebody/.kube/config");
    vi.stubEnv("PULUMI_K8S_DELETE_UNREACHABLE", "true");
    vi.stubEnv("PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", "false");
    vi.stubEnv("PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", "true");
    vi.stubEnv("PULUMI_K8S_UPSERT_EXISTING_OBJECTS", "true");
    expect(await inputsOf("after", {})).toEqual(before);
    expect(before["kubeconfig"]).toBe("");
  });

  it("names the folder by the stack, from the project's own", () => {
    expect(manifestsFolder("staging")).toBe(".build/manifests/staging");
  });
});
