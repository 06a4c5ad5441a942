import { spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import type { APIGatewayAuthorizerResult, APIGatewayProxyResult } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stackConfig, stagingValues } from "../../test/support/staging";
import { readContract } from "../contract/contract";
import { validatorOf } from "../contract/testSupport";
import { dataNames } from "../data/dataRules";
import { buildFunctions, type BuiltFunctions } from "../edge/bundle";
import { functionNames, type FunctionName } from "../edge/functionNames";
import { functionConfigurations, type FunctionConfigurations } from "../edge/functionConfigurations";
import { loadSettings } from "../settings/loadSettings";
import { apiKeys, digestOf, goodEvent, newAuthority, newLeaf } from "./authorizer/testSupport";
import { clientRecordId, ISSUERS_ID, REVOCATION_ID, SERVICES_ID } from "./authorizer/trustRecordIds";
import { CONFIGURATION_FILE, VALIDATORS_FILE } from "./configuration";
import { eventOf, goodAnswers, goodBodies } from "./edge/testSupport";
import { secretOf } from "./edge/upstream/testSupport/secrets";
import { newGeneration, servicePair, servicesPem, type Generation } from "./pki/testSupport";
import type { TestDynamo } from "./store/dynamoFront";
import { startTestDynamo } from "./store/testDynamo";
import { toAttributes } from "./store/expressions";
import type { Item } from "./store/store";

const root = path.join(__dirname, "..", "..");
const contract = readContract();
const settings = loadSettings(stackConfig(stagingValues()), contract);
const scope = { partition: "aws", accountId: settings.account.id, region: settings.account.region };
const names = dataNames(settings.namePrefix, scope);
const configurations = functionConfigurations(settings, contract, names);
const isProblem = validatorOf(contract.document.components.schemas, "Problem");

const KILOBYTE = 1_000;
const MINUTE = 60_000;

let built: BuiltFunctions;
let dynamo: TestDynamo;
let agent: Server;
let folder: string;
let agentsAsked = 0;
/** Whom the edge believes, and who signed its certificate. */
let generation: Generation;
let stranger: Generation;
/** What Secrets Manager answers. */
let secrets: HttpServer;

/** Runs in a process of its own, as Lambda would: events of the argument, answers on a line with a mark. */
const RUNNER = `
const { handler } = require("./index.js");
const context = { awsRequestId: "3f2b8c1d-9e4a-4b6c-8d7e-0a1b2c3d4e5f", getRemainingTimeInMillis: () => 28000 };
(async () => {
  for (const event of JSON.parse(process.argv[2]))
    process.stdout.write("answer " + JSON.stringify(await handler(event, context)) + "\\n");
  process.exit();
})();
`;

/** The archive of a function as it is deployed, unpacked, but for what is changed of its configuration. */
function unpack<Name extends FunctionName>(
  name: Name,
  change: (configuration: FunctionConfigurations[Name]) => object = (same) => same,
): string {
  const archive = mkdtempSync(path.join(folder, `${name}-`));
  copyFileSync(built.bundles[name], path.join(archive, "index.js"));
  if (name === "edge") copyFileSync(built.validators, path.join(archive, VALIDATORS_FILE));
  writeFileSync(path.join(archive, CONFIGURATION_FILE), JSON.stringify(change(configurations[name])));
  writeFileSync(path.join(archive, "runner.js"), RUNNER);
  return archive;
}

async function invoke(
  archive: string,
  events: readonly unknown[],
): Promise<{ answers: unknown[]; lines: Record<string, unknown>[]; errors: string }> {
  const child = spawn(process.execPath, ["runner.js", JSON.stringify(events)], {
    cwd: archive,
    env: {
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "example",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_ENDPOINT_URL: dynamo.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://localhost:${(secrets.address() as AddressInfo).port}`,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  await new Promise((done) => child.on("close", done));
  const written = output.split("\n").filter((line) => line !== "");
  return {
    answers: written.filter((line) => line.startsWith("answer ")).map((line) => JSON.parse(line.slice(7))),
    lines: written
      .filter((line) => !line.startsWith("answer "))
      .map((line) => JSON.parse(line) as Record<string, unknown>),
    errors,
  };
}

const put = async (table: string, items: readonly Item[]): Promise<void> => {
  const requests = items.map((item) => ({ PutRequest: { Item: toAttributes(item) } }));
  await dynamo.client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }));
};

beforeAll(async () => {
  built = await buildFunctions(root, contract);
  folder = mkdtempSync(path.join(tmpdir(), "fase-b-functions-"));
  dynamo = await startTestDynamo();
  for (const table of Object.values(names.tables)) await dynamo.createTable(table);
  generation = await newGeneration(Date.now());
  stranger = await newGeneration(Date.now());
  await put(names.tables.trust, [{ id: SERVICES_ID, pems: servicesPem(generation) }]);
  const mine = await servicePair(generation, { use: "client", uri: "urn:fase-b:service:edge" });
  secrets = createHttpServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { SecretId } = JSON.parse(text) as { readonly SecretId: string };
      const known = SecretId === "fase-b-staging/edge/client-certificate";
      response.writeHead(known ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(known ? { SecretString: secretOf(mine) } : {}));
    });
  });
  await new Promise<void>((done) => secrets.listen(0, "localhost", done));
  const { certificatePem, privateKeyPem } = await servicePair(generation, {
    use: "server",
    dnsNames: ["localhost"],
  });
  const identity = { cert: certificatePem, key: privateKeyPem, ca: servicesPem(generation) };
  agent = createServer({ ...identity, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    agentsAsked += 1;
    request.resume().on("end", () => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(goodAnswers["/chat"].value));
    });
  });
  await new Promise<void>((done) => agent.listen(0, "localhost", done));
}, MINUTE);

afterAll(async () => {
  await dynamo.close();
  secrets.closeAllConnections();
  await new Promise((done) => secrets.close(done));
  agent.closeAllConnections();
  await new Promise((done) => agent.close(done));
  rmSync(folder, { recursive: true, force: true });
});

describe("the functions' bundles", () => {
  it("are made again only when something has changed, and are the same bytes then", async () => {
    const before = functionNames.map((name) => statSync(built.bundles[name]).mtimeMs);
    await buildFunctions(root, contract);
    expect(functionNames.map((name) => statSync(built.bundles[name]).mtimeMs)).toEqual(before);

    const elsewhere = path.join(folder, "elsewhere");
    mkdirSync(elsewhere);
    for (const part of ["infra", "node_modules", "tsconfig.json"])
      symlinkSync(path.join(root, part), path.join(elsewhere, part));
    const again = await buildFunctions(elsewhere, contract);
    for (const name of functionNames)
      expect(readFileSync(again.bundles[name])).toEqual(readFileSync(built.bundles[name]));
    expect(readFileSync(again.validators)).toEqual(readFileSync(built.validators));
  });

  it.each(functionNames)("of %s has at most 500 KB and holds no path of the machine", (name) => {
    const text = readFileSync(built.bundles[name], "utf8");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(500 * KILOBYTE);
    expect(text).not.toContain(root);
  });

  it("do not start without their configuration", async () => {
    const archive = unpack("authorizer");
    rmSync(path.join(archive, CONFIGURATION_FILE));
    const { answers, errors } = await invoke(archive, [goodEvent()]);
    expect(answers).toEqual([]);
    expect(errors).toContain("ENOENT");
  });
});

describe("the authorizer, as it is deployed", () => {
  const hour = 3_600_000;
  const inForce = { notBeforeMs: Date.now() - hour, notAfterMs: Date.now() + hour };
  const issuer = newAuthority("Fase B clients' issuer", inForce);
  const event = (serial = "00c0ffee"): ReturnType<typeof goodEvent> => {
    const good = goodEvent();
    good.requestContext.identity.clientCert.clientCertPem = newLeaf(issuer, { ...inForce, serial });
    return good;
  };
  const effects = (answers: readonly unknown[]): unknown[] =>
    (answers as APIGatewayAuthorizerResult[]).map(
      ({ policyDocument }) => policyDocument.Statement[0]?.Effect,
    );

  it("denies everybody while the table knows no issuer and no revocation", async () => {
    const { answers, lines } = await invoke(unpack("authorizer"), [event()]);
    expect(effects(answers)).toEqual(["Deny"]);
    expect(lines[0]).toMatchObject({ denyReason: "fault", errorClass: "StoreError" });
  });

  it("lets a client in by certificate and live key, and not with a revoked certificate (B5.3)", async () => {
    await put(names.tables.trust, [
      { id: ISSUERS_ID, pems: issuer.pem },
      { id: REVOCATION_ID, revoked: new Set([`${issuer.keyId}:0bad`]) },
      { id: clientRecordId("web-app"), keyDigests: new Set([digestOf(apiKeys["web-app"])]) },
    ]);
    const { answers, lines } = await invoke(unpack("authorizer"), [event(), event("0bad")]);
    expect(effects(answers)).toEqual(["Allow", "Deny"]);
    expect((answers[0] as APIGatewayAuthorizerResult).context).toMatchObject({ clientId: "web-app" });
    expect(lines.map(({ denyReason }) => denyReason)).toEqual([undefined, "certificate-revoked"]);
    expect(JSON.stringify(lines)).not.toContain(apiKeys["web-app"]);
  });
});

describe("the edge, as it is deployed", () => {
  const local = (configuration: FunctionConfigurations["edge"]): FunctionConfigurations["edge"] => ({
    ...configuration,
    agents: configuration.agents.map((each) => ({
      ...each,
      ...(each.upstream === undefined
        ? {}
        : {
            upstream: { ...each.upstream, url: `https://localhost:${(agent.address() as AddressInfo).port}` },
          }),
    })),
  });
  const chat = (key: string) =>
    eventOf("/chat", goodBodies["/chat"], { headers: { "Idempotency-Key": `"${key}"` } });

  it("asks the agent once for each key, and answers a repeat from the table (B3.1)", async () => {
    const before = agentsAsked;
    const { answers, lines } = await invoke(unpack("edge", local), [chat("one"), chat("one"), chat("two")]);
    const [first, again, other] = answers as APIGatewayProxyResult[];
    expect([first, again, other].map((each) => each?.statusCode)).toEqual([200, 200, 200]);
    expect(again?.headers?.["Idempotency-Replayed"]).toBe("true");
    expect(again?.body).toBe(first?.body);
    expect(agentsAsked - before).toBe(2);
    expect(lines.map(({ outcome }) => outcome)).toEqual(["answered", "replayed", "answered"]);
  });

  it("believes no agent of another authority, whose certificate is good otherwise (B5.3)", async () => {
    await put(names.tables.trust, [{ id: SERVICES_ID, pems: servicesPem(stranger) }]);
    const { answers } = await invoke(unpack("edge", local), [chat("three")]);
    await put(names.tables.trust, [{ id: SERVICES_ID, pems: servicesPem(generation) }]);
    const [answer] = answers as APIGatewayProxyResult[];
    expect(answer?.statusCode).toBe(503);
    expect(JSON.parse(answer?.body ?? "{}")).toMatchObject({ code: "agent-unreachable" });
    expect(isProblem(JSON.parse(answer?.body ?? "{}"))).toBe(true);
  });

  it("calls nobody without knowing whom to believe, and says that the fault is ours", async () => {
    await put(names.tables.trust, [{ id: SERVICES_ID, pems: "" }]);
    const before = agentsAsked;
    const { answers, lines } = await invoke(unpack("edge", local), [chat("four")]);
    await put(names.tables.trust, [{ id: SERVICES_ID, pems: servicesPem(generation) }]);
    expect((answers[0] as APIGatewayProxyResult).statusCode).toBe(500);
    expect(agentsAsked).toBe(before);
    expect(lines.map(({ outcome, errorClass }) => [outcome, errorClass])).toContainEqual(["fault", "Error"]);
    expect(JSON.stringify(lines)).not.toMatch(/BEGIN|PRIVATE/);
  });

  it("issues a ticket that the voice authorizer redeems once (B4.2, B5.3)", async () => {
    const request = eventOf(
      "/realtime-voice/tickets",
      { language: "es", audio: { encoding: "pcm-s16le", sampleRateHz: 16_000 }, maxDurationSeconds: 60 },
      { domain: "voice-tickets-01.staging.example.com" },
    );
    const issued = await invoke(unpack("edge"), [request]);
    const [answer] = issued.answers as APIGatewayProxyResult[];
    expect(answer?.statusCode).toBe(201);
    const { subprotocols, url } = JSON.parse(answer?.body ?? "{}") as { subprotocols: string[]; url: string };

    const connect = {
      type: "REQUEST",
      methodArn: "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/fase-b-staging-voice/$connect",
      headers: {
        "Sec-WebSocket-Protocol": subprotocols.join(", "),
        Origin: "https://app.staging.example.com",
      },
      requestContext: {
        apiId: "abcdef1234",
        stage: "fase-b-staging-voice",
        routeKey: "$connect",
        eventType: "CONNECT",
        domainName: new URL(url).host,
      },
    };
    const { answers, lines } = await invoke(unpack("voice-authorizer"), [connect, connect]);
    const effects = (answers as APIGatewayAuthorizerResult[]).map(
      ({ policyDocument }) => policyDocument.Statement[0]?.Effect,
    );
    expect(effects).toEqual(["Allow", "Deny"]);
    expect((answers[0] as APIGatewayAuthorizerResult).context).toMatchObject({
      clientId: "web-app",
      maxDurationSeconds: 60,
    });
    expect(lines.map(({ denyReason }) => denyReason)).toEqual([undefined, "ticket-refused"]);
  });
});
