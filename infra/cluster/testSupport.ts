import Ajv, { type ValidateFunction } from "ajv";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentsManifestsArgs } from "./clusterRules";
import { cluster, type ClusterSettings } from "./cluster.schema";
import type { Manifest } from "./manifest";

/** What tests share: good settings, and the operators' own schemas of their objects. */

export const rawCluster = () => ({
  secretsRefreshMinutes: 10,
  agents: {
    namespace: "fase-b-agents",
    secretsRoleArn: "arn:aws:iam::123456789012:role/fase-b-staging-agents-secrets",
    port: 8443,
    callers: ["192.0.2.0/24", "2001:db8::/48"],
    egress: [{ to: ["198.51.100.0/24"], port: 443 }],
    renewAtRemainingPercent: 50,
  },
});

export const clusterSettings = (): ClusterSettings => cluster.parse(rawCluster());

export const agentsArgs = (over: Partial<AgentsManifestsArgs> = {}): AgentsManifestsArgs => ({
  namePrefix: "fase-b-staging",
  region: "eu-west-1",
  settings: clusterSettings(),
  agents: [
    { id: "chat-01", upstream: { url: "https://chat-01.agents.staging.example.com" } },
    { id: "voice-01", upstream: { url: "https://voice-01.agents.staging.example.com:8443/in" } },
    { id: "voice-tickets-01" },
  ],
  generations: [{ id: "g1", state: "issuing" }],
  lifetimeDays: 7,
  proberNamespace: "fase-b-prober",
  ...over,
});

type Schema = { [key: string]: unknown };

/** As the API server prunes it away, so is an unknown field refused here. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  ) as Schema;
  const isObject = inner["type"] === "object" && typeof inner["properties"] === "object";
  return isObject && inner["additionalProperties"] === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}

const { schemas } = JSON.parse(readFileSync(join(__dirname, "crds", "crds.json"), "utf8")) as {
  schemas: Record<string, Schema>;
};
// Formats (int32, int64) and the operators' own keywords say nothing about a field's name or type.
const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
const validators = new Map<string, ValidateFunction>(
  Object.entries(schemas).map(([kind, schema]) => [kind, ajv.compile(closed(schema) as Schema)]),
);

const { kinds, definitions } = JSON.parse(readFileSync(join(__dirname, "kinds", "kinds.json"), "utf8")) as {
  kinds: Record<string, string>;
  definitions: Record<string, Schema>;
};
const kindValidators = new Map<string, ValidateFunction>(
  Object.entries(kinds).map(([kind, name]) => [
    kind,
    ajv.compile({ $ref: `#/definitions/${name}`, definitions }),
  ]),
);

/** What the published schema of an object's kind has against it: Kubernetes' own of the whole object, an operator's of its `spec`. */
export function problemsOf(manifest: Manifest): string[] {
  const key = `${manifest.apiVersion} ${manifest.kind}`;
  const own = kindValidators.get(key);
  const validate = own ?? validators.get(key);
  if (!validate)
    throw new Error(
      `no schema for ${key}; there are: ${[...kindValidators.keys(), ...validators.keys()].join(", ")}`,
    );
  if (validate(own ? manifest : "spec" in manifest ? manifest.spec : undefined)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${key}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

export function manifestOf<K extends Manifest["kind"]>(
  manifests: readonly Manifest[],
  kind: K,
  name: string,
): Extract<Manifest, { kind: K }> {
  const found = manifests.filter((each) => each.kind === kind && each.metadata.name === name);
  const [only, ...others] = found;
  if (!only || others.length > 0) throw new Error(`${found.length} of ${kind} ${name}`);
  return only as Extract<Manifest, { kind: K }>;
}
