import {
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  type AttributeValue,
} from "@aws-sdk/client-dynamodb";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Emulator } from "../../cli/local/emulator/emulator";
import { asUuid, type Uuid } from "../../infra/functions/correlation/correlation";
import { authorize, type Decision } from "../../infra/functions/authorizer/authorizerRules";
import { prepareSources } from "../../infra/functions/authorizer/sources";
import { readTrustRecords } from "../../infra/functions/authorizer/trustRecords";
import { newGeneration, newRequest } from "../../infra/functions/pki/testSupport";
import { digestOf } from "../../infra/functions/rotate-client-keys/clientKeys";
import { ProgramCopy } from "../support/programCopy";
import { accountId, startEmulated } from "./support/emulated";

/** `npm run client` as a person runs it, against the emulator; the authorizer judges what comes of it. */
const trustTable = "fase-b-staging-trust";
const LIMIT_MS = 5 * 60_000;
const API_KEY = "a-key-of-web-app-000000000000";

let emulator: Emulator;
let dynamo: DynamoDBClient;
let copy: ProgramCopy;
let folder: string;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const client = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--require=./runtime/register.cjs", "cli/client/main.ts", ...args],
      {
        cwd: copy.folder,
        env: {
          ...process.env,
          AWS_ENDPOINT_URL: emulator.api.url,
          AWS_ACCESS_KEY_ID: accountId,
          AWS_SECRET_ACCESS_KEY: "example",
        },
      },
    );
    const text = { stdout: "", stderr: "" };
    child.stdout.on("data", (part: Buffer) => (text.stdout += part.toString()));
    child.stderr.on("data", (part: Buffer) => (text.stderr += part.toString()));
    child.on("close", (status) => resolve({ status, ...text }));
  });

const path = (name: string): string => join(folder, name);
const requestIn = async (name: string): Promise<string> => {
  const { csrPem } = await newRequest();
  writeFileSync(path(name), csrPem);
  return path(name);
};

/** What the authorizer says of the first certificate in a file, by what stands in the table now. */
async function decisionOn(file: string): Promise<Decision> {
  const records = await readTrustRecords(dynamo, trustTable, ["web-app"]);
  const nowMs = Date.now();
  const domain = "chat-01.staging.example.com";
  const sources = prepareSources({
    issuersPem: records.issuersPem,
    clients: records.clients,
    revocation: { issuedAtMs: nowMs, maxAgeMs: 55_000, revoked: records.revoked },
    agents: [{ domain, routes: ["POST /chat"], clients: ["web-app"] }],
    scanning: { clientId: "scanner", addresses: ["203.0.113.7/32"] },
  });
  const [leaf = ""] = readFileSync(file, "utf8").split(/(?<=-----END CERTIFICATE-----\n)/);
  return authorize(
    {
      correlationId: asUuid("3f2b8c1d-9e4a-4b6c-8d7e-0a1b2c3d4e5f") as Uuid,
      domain,
      route: "POST /chat",
      clientCertPem: leaf,
      apiKeys: [API_KEY],
      subjects: [],
      sourceIp: "192.0.2.1",
    },
    sources,
    nowMs,
  );
}

beforeAll(async () => {
  const emulated = await startEmulated("client");
  ({ emulator, folder } = emulated);
  dynamo = new DynamoDBClient(emulated.client);
  const secrets = new SecretsManagerClient(emulated.client);
  const { clientsIssuer, root } = await newGeneration(Date.now());
  await secrets.send(
    new CreateSecretCommand({
      Name: "fase-b-staging/authority/g1/clients-issuer",
      SecretString: JSON.stringify({
        certificatePem: clientsIssuer.certificatePem,
        chainPem: clientsIssuer.certificatePem + root.certificatePem,
        privateKeyPem: clientsIssuer.privateKeyPem,
      }),
    }),
  );
  secrets.destroy();
  await dynamo.send(
    new CreateTableCommand({
      TableName: trustTable,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  const items: readonly Record<string, AttributeValue>[] = [
    { id: { S: "issuers" }, pems: { S: clientsIssuer.certificatePem } },
    { id: { S: "revocation" } },
    { id: { S: "client#web-app" }, keyDigests: { SS: [digestOf(API_KEY)] } },
  ];
  for (const Item of items) await dynamo.send(new PutItemCommand({ TableName: trustTable, Item }));
  copy = new ProgramCopy();
}, LIMIT_MS);

afterAll(async () => {
  dynamo?.destroy();
  copy?.remove();
  emulator?.api.close();
  await emulator?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

describe("npm run client on the emulator (B5.2, B5.3)", () => {
  it(
    "enrols a client whom the authorizer lets in, renews it beside the old one, and revokes one of them",
    async () => {
      const first = await requestIn("first.csr");
      const enrolled = await client("enroll", "web-app", "--csr", first);
      expect(enrolled).toMatchObject({ status: 0, stderr: "" });
      expect(await decisionOn(path("first.pem"))).toMatchObject({
        effect: "allow",
        context: { clientId: "web-app" },
      });

      const second = await requestIn("second.csr");
      expect(await client("renew", "web-app", "--csr", second)).toMatchObject({ status: 0, stderr: "" });
      expect((await decisionOn(path("first.pem"))).effect).toBe("allow");
      expect((await decisionOn(path("second.pem"))).effect).toBe("allow");

      const ledger = join(copy.folder, "stacks", "staging", "certificates.json");
      const { certificates } = JSON.parse(readFileSync(ledger, "utf8")) as {
        certificates: { serial: string; clientId: string; generation: string; notAfter: string }[];
      };
      expect(certificates.map(({ clientId, generation }) => [clientId, generation])).toEqual([
        ["web-app", "g1"],
        ["web-app", "g1"],
      ]);
      const listed = await client("list");
      for (const { serial } of certificates) expect(listed.stdout).toContain(serial);

      const both = await client("revoke", "web-app");
      expect(both.status).toBe(1);
      expect(both.stderr).toMatch(/^error: /);
      const [{ serial = "" } = {}] = certificates;
      const revoked = await client("revoke", "web-app", "--serial", serial);
      expect(revoked).toMatchObject({ status: 0, stderr: "" });
      const decisions = [await decisionOn(path("first.pem")), await decisionOn(path("second.pem"))];
      expect(decisions.filter(({ effect }) => effect === "allow")).toHaveLength(1);
      expect(decisions).toContainEqual({ effect: "deny", reason: "certificate-revoked" });
    },
    LIMIT_MS,
  );

  it(
    "keeps a generation in the settings while a client's certificate of it lives",
    () => {
      copy.edit("Pulumi.staging.yaml", "- { id: g1, state: issuing }", "- { id: g2, state: issuing }");
      const { status, output } = copy.preview();
      copy.edit("Pulumi.staging.yaml", "- { id: g2, state: issuing }", "- { id: g1, state: issuing }");
      expect(status).toBe(2);
      expect(output).toMatch(/trust\.generations: got "g1" not trusted, though it signed web-app's until /);
    },
    LIMIT_MS,
  );

  it(
    "refuses what it can't vouch for with one line, and writes nothing",
    async () => {
      const request = await requestIn("other.csr");
      writeFileSync(path("key.csr"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
      const cases = [
        { args: ["enroll", "nobody", "--csr", request], says: "nobody" },
        { args: ["enroll", "web-app", "--csr", path("none.csr")], says: "none.csr" },
        { args: ["enroll", "web-app", "--csr", path("key.csr")], says: "private key" },
      ];
      for (const { args, says } of cases) {
        const { status, stdout, stderr } = await client(...args);
        expect([stdout, status === 0]).toEqual(["", false]);
        expect(stderr).toMatch(/^error: [^\n]+\n$/);
        expect(stderr).toContain(says);
        expect(stderr).not.toContain("AAAA");
      }
      expect([existsSync(path("other.pem")), existsSync(path("key.pem"))]).toEqual([false, false]);
    },
    LIMIT_MS,
  );
});
