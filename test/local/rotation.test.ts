import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanCommand,
  CreateUsagePlanKeyCommand,
  GetApiKeysCommand,
  GetUsagePlanKeysCommand,
} from "@aws-sdk/client-api-gateway";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { zip } from "../../cli/local/deploy/zip";
import type { Emulator } from "../../cli/local/emulator/emulator";
import { bundleFunctions } from "../../infra/edge/bundle";
import { rotationFunctions, type RotationFunctionName } from "../../infra/edge/functionNames";
import { CONFIGURATION_FILE, type FunctionFacts } from "../../infra/functions/configuration";
import { newGeneration, type Generation } from "../../infra/functions/pki/testSupport";
import { digestOf, type ClientKey } from "../../infra/functions/rotate-client-keys/clientKeys";
import {
  clientKeySecret,
  type RotateClientKeysConfiguration,
} from "../../infra/functions/rotate-client-keys/configuration";
import type { RotateEdgeCertificateConfiguration } from "../../infra/functions/rotate-edge-certificate/configuration";
import type { RotateGrafanaTokenConfiguration } from "../../infra/functions/rotate-grafana-token/configuration";
import { GrafanaDouble } from "../../infra/functions/rotate-grafana-token/testSupport";
import type { RotateProberCertificatesConfiguration } from "../../infra/functions/rotate-prober-certificates/configuration";
import { steps } from "../../infra/functions/rotation/rotate";
import { toAttributes } from "../../infra/functions/store/expressions";
import type { Item } from "../../infra/functions/store/store";
import type { TrustWatchConfiguration } from "../../infra/functions/trust-watch/configuration";
import { wireTrustWatch } from "../../infra/functions/trust-watch/wiring";
import { RotationFront, WRAPPER } from "./support/rotationFront";
import { accountId, startEmulated } from "./support/emulated";
import { projectDir } from "./support/running";

/**
 * The archives of the rotating functions, run by the emulator's Lambda on the emulator's Secrets Manager, API Gateway and
 * DynamoDB. The emulator's RotateSecret calls no function and its Secrets Manager stages no version without a value: this
 * test calls the four steps in its place, and `RotationFront` keeps the rule. It has no client certificates of a stage.
 */
const namePrefix = "fase-b-staging";
const trustTable = `${namePrefix}-trust`;
const requestsTable = `${namePrefix}-requests`;
const DAY_MS = 86_400_000;
const LIMIT_MS = 15 * 60_000;
/** More calls than any rotation makes. */
const MOST_CALLS = 100;

const names = {
  clientKey: clientKeySecret(namePrefix, "web-app"),
  edge: `${namePrefix}/edge/client-certificate`,
  prober: `${namePrefix}/prober/certificates`,
  grafana: `${namePrefix}/grafana/token`,
  clientsIssuer: `${namePrefix}/authority/g1/clients-issuer`,
  servicesIssuer: `${namePrefix}/authority/g1/services-issuer`,
};

let emulator: Emulator;
let front: RotationFront;
let grafana: GrafanaDouble;
let generation: Generation;
let secrets: SecretsManagerClient;
let gateway: APIGatewayClient;
let dynamo: DynamoDBClient;
let planId: string;

const facts: FunctionFacts = { namePrefix, memoryLimitMb: 256, clientIds: ["web-app"], agentIds: [] };
const leaf = { lifeMs: 14 * DAY_MS, nextRotationMs: 5 * DAY_MS, overlapMs: 3 * DAY_MS };

beforeAll(async () => {
  const emulated = await startEmulated("rotation");
  const { client } = emulated;
  emulator = emulated.emulator;
  front = await RotationFront.start(emulator.api.url);
  grafana = await GrafanaDouble.start(Date.now);
  generation = await newGeneration(Date.now());
  secrets = new SecretsManagerClient(client);
  gateway = new APIGatewayClient(client);
  dynamo = new DynamoDBClient(client);
  await seed();
  await deploy();
}, LIMIT_MS);

afterAll(async () => {
  for (const client of [secrets, gateway, dynamo]) client?.destroy();
  front?.stop();
  grafana?.stop();
  emulator?.api.close();
  await emulator?.stop();
});

/** The program's part. */
async function seed(): Promise<void> {
  for (const TableName of [trustTable, requestsTable])
    await dynamo.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
  const value = "seed-key-000000000000000";
  const { id: apiKeyId } = await gateway.send(
    new CreateApiKeyCommand({ name: `${namePrefix}-web-app`, value, enabled: true }),
  );
  const plan = await gateway.send(new CreateUsagePlanCommand({ name: `${namePrefix}-web-app` }));
  await gateway.send(new CreateUsagePlanCommand({ name: `${namePrefix}-another` }));
  planId = plan.id ?? "";
  await gateway.send(
    new CreateUsagePlanKeyCommand({ usagePlanId: planId, keyId: apiKeyId, keyType: "API_KEY" }),
  );
  const { root, clientsIssuer, servicesIssuer } = generation;
  const token = grafana.add(namePrefix, 90 * 86_400);
  const trusted: readonly Item[] = [
    { id: "client#web-app", keyDigests: new Set([digestOf(value)]) },
    { id: "issuers", pems: clientsIssuer.certificatePem },
    { id: "services", pems: `${servicesIssuer.certificatePem}${root.certificatePem}` },
    { id: "revocation", revoked: new Set(["0abc:0def"]) },
  ];
  for (const item of trusted)
    await dynamo.send(new PutItemCommand({ TableName: trustTable, Item: toAttributes(item) }));
  await dynamo.send(new PutItemCommand({ TableName: requestsTable, Item: toAttributes(counted) }));
  for (const [name, secret] of [
    [names.clientKey, { apiKeyId, apiKey: value }],
    [names.edge, {}],
    [names.prober, {}],
    [names.grafana, { tokenId: token.id, token: token.key }],
    [names.clientsIssuer, clientsIssuer],
    [names.servicesIssuer, servicesIssuer],
  ] as const) {
    const { VersionId } = await secrets.send(
      new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(secret) }),
    );
    // With the version in force for its token the emulator switches the rotation on and changes nothing else.
    await secrets.send(new RotateSecretCommand({ SecretId: name, ClientRequestToken: VersionId }));
  }
}

/** The month's exact count of a client. */
const counted: Item = { id: "quota#web-app#2026-11", used: 41 };

async function deploy(): Promise<void> {
  const configurations = {
    "rotate-client-keys": {
      ...facts,
      trustTable,
      settleMs: 20,
      overlapMs: 0,
    } satisfies RotateClientKeysConfiguration,
    "rotate-edge-certificate": {
      ...facts,
      ...leaf,
      trustTable,
      secretName: names.edge,
      issuerSecretName: names.servicesIssuer,
      serviceUri: "urn:fase-b:service:edge",
    } satisfies RotateEdgeCertificateConfiguration,
    "rotate-prober-certificates": {
      ...facts,
      ...leaf,
      trustTable,
      secretName: names.prober,
      issuerSecretName: names.clientsIssuer,
      proberId: "prober",
      settleMs: 20,
    } satisfies RotateProberCertificatesConfiguration,
    "rotate-grafana-token": {
      ...facts,
      secretName: names.grafana,
      tokenName: namePrefix,
      lifeMs: 90 * DAY_MS,
      nextRotationMs: 31 * DAY_MS,
      overlapMs: 0,
      url: grafana.url,
      serviceAccountId: 7,
      timeoutMs: 5_000,
    } satisfies RotateGrafanaTokenConfiguration,
  };
  const bundles = await bundleFunctions(projectDir, rotationFunctions);
  for (const [name, configuration] of Object.entries(configurations)) {
    const files = new Map([
      ["index.js", Buffer.from(bundles.get(name as RotationFunctionName) ?? "")],
      ["local.js", Buffer.from(WRAPPER)],
      [CONFIGURATION_FILE, Buffer.from(JSON.stringify(configuration))],
    ]);
    await emulator.api.call("lambda", {
      method: "POST",
      path: "/2015-03-31/functions",
      json: {
        FunctionName: name,
        Runtime: "nodejs24.x",
        Handler: "local.handler",
        Role: `arn:aws:iam::${accountId}:role/${name}`,
        Timeout: 60,
        Code: { ZipFile: zip(files).toString("base64") },
        Environment: { Variables: { AWS_ENDPOINT_URL: "", ROTATION_FRONT: front.url } },
      },
    });
  }
}

/** @returns the function's error; undefined where it succeeded */
async function invoke(name: RotationFunctionName, event: unknown): Promise<string | undefined> {
  const answer = await emulator.api.send({
    method: "POST",
    path: `/2015-03-31/functions/${name}/invocations`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  const failed = answer.status !== 200 || answer.headers["x-amz-function-error"] !== undefined;
  return failed ? `${answer.status} ${answer.body.toString("utf8")}` : undefined;
}

const unfinished = new Map<string, string>();

/** Secrets Manager's side of a rotation; one that has failed is taken up with its version. */
async function rotate(name: RotationFunctionName, secretName: string): Promise<string | undefined> {
  const { ARN } = await secrets.send(new DescribeSecretCommand({ SecretId: secretName }));
  const token = unfinished.get(secretName) ?? randomUUID();
  if (!unfinished.has(secretName)) front.staged.set(secretName, token);
  unfinished.set(secretName, token);
  for (const Step of steps) {
    const error = await invoke(name, { Step, SecretId: ARN, ClientRequestToken: token });
    if (error !== undefined) return error;
  }
  unfinished.delete(secretName);
  return undefined;
}

/** Rotates once for each call that a rotation makes, its instance killed before and after that call; then to the end. */
async function rotateThroughDeaths(
  name: RotationFunctionName,
  secretName: string,
  check: () => Promise<void>,
): Promise<number> {
  const before = front.killed;
  for (const when of ["before", "after"] as const) {
    for (let call = 1; call <= MOST_CALLS; call += 1) {
      front.arm(call, when);
      const error = await rotate(name, secretName);
      const came = front.disarm();
      if (came !== (error !== undefined)) throw new Error(`${when} call ${call}: ${came}, ${error}`);
      if (came) expect(await rotate(name, secretName)).toBeUndefined();
      await check();
      if (!came) break;
    }
  }
  return front.killed - before;
}

async function versionsInForce(secretName: string): Promise<number> {
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: secretName }));
  return Object.values(VersionIdsToStages).filter((stages) => stages.includes("AWSCURRENT")).length;
}

async function current<T>(secretName: string): Promise<T> {
  const { SecretString = "" } = await secrets.send(new GetSecretValueCommand({ SecretId: secretName }));
  return JSON.parse(SecretString) as T;
}

async function textsOf(id: string, attribute: string): Promise<readonly string[]> {
  const { Item: item } = await dynamo.send(
    new GetItemCommand({ TableName: trustTable, Key: { id: { S: id } }, ConsistentRead: true }),
  );
  return item?.[attribute]?.SS ?? [];
}

describe("rotations on the emulator (B5.2, B6.1)", () => {
  it(
    "of a client's key survive the death of the instance at every call: one key in force, the old gone, the count unchanged",
    async () => {
      const killed = await rotateThroughDeaths("rotate-client-keys", names.clientKey, async () => {
        const { apiKeyId, apiKey } = await current<ClientKey>(names.clientKey);
        expect(await versionsInForce(names.clientKey)).toBe(1);
        expect((await textsOf("client#web-app", "keyDigests")).includes(digestOf(apiKey))).toBe(true);
        // The emulator's plan keeps the key, as the overlap is none here: all but the one in force go.
        expect(await invoke("rotate-client-keys", { task: "retire" })).toBeUndefined();
        const { items: keys = [] } = await gateway.send(new GetApiKeysCommand({ includeValues: true }));
        const open = keys.filter(({ enabled }) => enabled === true);
        expect(open.map(({ id, value }) => [id, value === apiKey])).toEqual([[apiKeyId, true]]);
        // The program's own first key stays where it was put, and is shut.
        const shut = keys.filter(({ enabled }) => enabled !== true).map(({ name }) => name);
        expect(shut).toEqual([`${namePrefix}-web-app`]);
        const inPlan = await gateway.send(new GetUsagePlanKeysCommand({ usagePlanId: planId }));
        expect(inPlan.items?.map(({ id }) => id)).toContain(apiKeyId);
        expect(inPlan.items).toHaveLength(2);
        expect(await textsOf("client#web-app", "keyDigests")).toEqual([digestOf(apiKey)]);
      });
      expect(killed).toBeGreaterThan(40);
      const { Item: count } = await dynamo.send(
        new GetItemCommand({ TableName: requestsTable, Key: { id: { S: counted.id } } }),
      );
      expect(count).toEqual(toAttributes(counted));
      console.log(`${killed} instances killed in the middle of a rotation of a client's key`);
    },
    LIMIT_MS,
  );

  it.each([
    ["the edge's certificate", "rotate-edge-certificate", names.edge, 20],
    ["the prober's certificates", "rotate-prober-certificates", names.prober, 25],
    ["Grafana's token", "rotate-grafana-token", names.grafana, 20],
  ] as const)(
    "of %s survive the death of the instance at every call",
    async (_, name, secretName, atLeast) => {
      const values = new Set<string>();
      const killed = await rotateThroughDeaths(name, secretName, async () => {
        expect(await versionsInForce(secretName)).toBe(1);
        values.add(JSON.stringify(await current(secretName)));
      });
      expect(killed).toBeGreaterThanOrEqual(atLeast);
      expect(values.size).toBeGreaterThan(10);
    },
    LIMIT_MS,
  );

  it("leave records that the watch reads: nothing late, nothing failed", async () => {
    const configuration: TrustWatchConfiguration = {
      ...facts,
      clientIds: ["prober"],
      trustTable,
      apiName: namePrefix,
      stageName: "staging",
      clientLivesMs: { prober: leaf.lifeMs },
      secrets: [names.clientKey, names.edge, names.prober, names.grafana].map((name) => ({
        name,
        rotationMs: 5 * DAY_MS,
      })),
      graceMs: DAY_MS,
      stagedMs: DAY_MS,
    };
    const lines: Record<string, unknown>[] = [];
    const watch = wireTrustWatch(configuration, {
      dynamo,
      secretsManager: secrets,
      apiGateway: gateway,
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    });
    await watch();
    expect(
      lines.filter((line) => line["RotationOverdue"] === 0 && line["RotationFailed"] === 0),
    ).toHaveLength(4);
    expect(lines.filter((line) => Number(line["CertificateLife"]) > 99)).toHaveLength(1);
    expect(lines.filter((line) => line["authority"] !== undefined)).toHaveLength(3);
    // The emulator knows no client certificates: that is told, too.
    expect(lines.filter((line) => line["outcome"] === "fault")).toHaveLength(1);
  });
});
