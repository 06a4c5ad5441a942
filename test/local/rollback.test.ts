import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  CreateUsagePlanCommand,
  GetResourcesCommand,
  GetStageCommand,
  PutGatewayResponseCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  UpdateStageCommand,
} from "@aws-sdk/client-api-gateway";
import { CreateBucketCommand, GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeKey } from "../../cli/evidence/keys";
import { Authority, type CertificateAndKey } from "../../cli/local/authority/authority";
import type { Emulator } from "../../cli/local/emulator/emulator";
import { AwsGateway } from "../../cli/rollback/awsGateway";
import { SnapshotGateway } from "./support/snapshotGateway";
import { accountId, region, startEmulated } from "./support/emulated";
import { projectDir } from "./support/running";

/**
 * `npm run rollback` as a person has it, against the emulator's API Gateway and S3: deploy A, deploy a broken B, roll back, under load. The
 * emulator keeps deployments and stages as the gateway does, and serves no snapshot: `SnapshotGateway` does that in its place.
 */
const apiName = "fase-b-staging";
const stageName = "v1";
const domain = "chat-01.staging.example.com";
const bucket = `${apiName}-evidence-${accountId}`;
const digests = { a: digestOf("a"), b: digestOf("b") };
const CALLERS = 4;

let emulator: Emulator;
let gateway: APIGatewayClient;
let s3: S3Client;
let double: SnapshotGateway;
let authority: Authority;
let client: CertificateAndKey;
let folder: string;
let env: NodeJS.ProcessEnv;
let restApiId: string;
let resourceId: string;
const deployments = { a: "", b: "" };

function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

beforeAll(async () => {
  const emulated = await startEmulated("rollback");
  ({ emulator } = emulated);
  gateway = new APIGatewayClient(emulated.client);
  s3 = new S3Client({ ...emulated.client, forcePathStyle: true });
  authority = await Authority.create({ organization: "Example", rootDays: 30, issuerDays: 20 });
  client = await authority.client("web-app");
  const { accessKeyId, secretAccessKey } = emulated.client.credentials;
  env = {
    PATH: process.env["PATH"],
    AWS_ENDPOINT_URL: emulator.api.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
  await seed();
  writeProject();
  deployments.a = await deploy("a");
  // The emulator's times are whole seconds.
  await sleep(1_100);
  await gateway.send(
    new PutIntegrationCommand({
      restApiId,
      resourceId,
      httpMethod: "POST",
      type: "HTTP_PROXY",
      integrationHttpMethod: "POST",
      uri: "http://127.0.0.1:1/nobody",
    }),
  );
  deployments.b = await deploy("b");
}, 300_000);

afterAll(async () => {
  double?.stop();
  gateway?.destroy();
  s3?.destroy();
  emulator?.api.close();
  await emulator?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** What is around the deployments, none of which a rollback may change. */
async function seed(): Promise<void> {
  restApiId = (await gateway.send(new CreateRestApiCommand({ name: apiName }))).id ?? "";
  const { items = [] } = await gateway.send(new GetResourcesCommand({ restApiId }));
  const made = await gateway.send(
    new CreateResourceCommand({ restApiId, parentId: items[0]?.id ?? "", pathPart: "chat" }),
  );
  resourceId = made.id ?? "";
  const at = { restApiId, resourceId, httpMethod: "POST" };
  await gateway.send(new PutMethodCommand({ ...at, authorizationType: "NONE" }));
  await gateway.send(new PutMethodResponseCommand({ ...at, statusCode: "200" }));
  await gateway.send(
    new PutIntegrationCommand({
      ...at,
      type: "MOCK",
      requestTemplates: { "application/json": '{"statusCode": 200}' },
    }),
  );
  await gateway.send(
    new PutIntegrationResponseCommand({
      ...at,
      statusCode: "200",
      responseTemplates: { "application/json": '{"model":"a"}' },
    }),
  );
  double = await SnapshotGateway.start({
    api: emulator.api,
    apiId: restApiId,
    stageName,
    server: await authority.server({ dnsNames: [domain] }),
    truststorePem: authority.truststorePem,
  });
  await gateway.send(
    new CreateDomainNameCommand({
      domainName: domain,
      regionalCertificateArn: `arn:aws:acm:${region}:${accountId}:certificate/00000001-1111-4222-8333-444444444441`,
      endpointConfiguration: { types: ["REGIONAL"] },
      mutualTlsAuthentication: {
        truststoreUri: `s3://${apiName}-truststore/truststore.pem`,
        truststoreVersion: "v7",
      },
    }),
  );
  await gateway.send(new CreateBasePathMappingCommand({ domainName: domain, restApiId, stage: stageName }));
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
}

/** As the program does: another model is another deployment, and the ones before stay. */
async function deploy(name: "a" | "b"): Promise<string> {
  const { id: deploymentId = "" } = await gateway.send(
    new CreateDeploymentCommand({ restApiId, description: `model sha256:${digests[name]}` }),
  );
  await double.keep(deploymentId);
  if (name === "a") {
    await gateway.send(new CreateStageCommand({ restApiId, stageName, deploymentId }));
    await gateway.send(
      new UpdateStageCommand({
        restApiId,
        stageName,
        patchOperations: [
          { op: "replace", path: "/*/*/throttling/rateLimit", value: "5000" },
          { op: "replace", path: "/*/*/throttling/burstLimit", value: "5000" },
          { op: "replace", path: "/clientCertificateId", value: "rotated" },
        ],
      }),
    );
    await gateway.send(
      new CreateUsagePlanCommand({
        name: `${apiName}-web-app`,
        quota: { limit: 100, period: "MONTH" },
        apiStages: [{ apiId: restApiId, stage: stageName }],
      }),
    );
    return deploymentId;
  }
  await gateway.send(
    new UpdateStageCommand({
      restApiId,
      stageName,
      patchOperations: [{ op: "replace", path: "/deploymentId", value: deploymentId }],
    }),
  );
  return deploymentId;
}

/** A clone of the repository on the day: the settings are broken, the previews of both commits are there. */
function writeProject(): void {
  folder = mkdtempSync(join(tmpdir(), "fase-b-rollback-project-"));
  const stackDir = join(folder, "stacks", "staging");
  mkdirSync(stackDir, { recursive: true });
  writeFileSync(join(folder, "Pulumi.yaml"), "name: fase-b\n");
  writeFileSync(
    join(folder, "Pulumi.staging.yaml"),
    `config:
  fase-b:account: { id: "${accountId}", region: ${region}, zoneName: staging.example.com }
  fase-b:gateway: { stageName: ${stageName}, logRetentionDays: what nobody can read }
  fase-b:agents: none
`,
  );
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
    });
  git("init", "--quiet");
  for (const digest of [digests.a, digests.b]) {
    writeFileSync(
      join(stackDir, "preview.json"),
      JSON.stringify({
        steps: [
          {
            newState: {
              type: "aws:apigateway/deployment:Deployment",
              inputs: { description: `model sha256:${digest}` },
            },
          },
          {
            newState: {
              type: "aws:apigateway/usagePlan:UsagePlan",
              inputs: { name: `${apiName}-web-app`, quotaSettings: { limit: 90, period: "MONTH" } },
            },
          },
        ],
      }),
    );
    git("add", "-A");
    git("commit", "--quiet", "-m", "a model");
  }
  writeFileSync(
    join(stackDir, "collectors.json"),
    JSON.stringify([makeKey(join(folder, "collector.pem"), "evidence-collector", Date.now())]),
  );
  writeFileSync(join(folder, "client.pem"), client.certificatePem);
  writeFileSync(join(folder, "client.key"), client.keyPem);
  writeFileSync(join(folder, "client.header"), `x-api-key: ${"k".repeat(40)}\n`);
  writeFileSync(join(folder, "ca.pem"), authority.rootPem);
}

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

const rollback = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [
        `--require=${join(projectDir, "runtime", "register.cjs")}`,
        join(projectDir, "cli", "rollback", "main.ts"),
        ...args,
        "-C",
        folder,
      ],
      { env, cwd: projectDir },
      (error, out, err) =>
        resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : -1, out, err }),
    );
  });

interface Answered {
  readonly atMs: number;
  readonly status: number | undefined;
  readonly body: string;
}

const call = (certificate: CertificateAndKey | undefined = client): Promise<Answered> =>
  new Promise((resolve) => {
    const failed = (): void => resolve({ atMs: Date.now(), status: undefined, body: "" });
    const outgoing = request(
      {
        host: "127.0.0.1",
        port: double.port,
        servername: domain,
        path: "/chat",
        method: "POST",
        agent: false,
        ca: authority.rootPem,
        ...(certificate === undefined ? {} : { cert: certificate.certificatePem, key: certificate.keyPem }),
        headers: { host: domain, "content-type": "application/json" },
      },
      (answer) => {
        let body = "";
        answer.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
        answer.once("end", () => resolve({ atMs: Date.now(), status: answer.statusCode, body }));
        answer.once("error", failed);
      },
    );
    outgoing.once("error", failed);
    outgoing.end("{}");
  });

const apply = [
  ...["apply", "--yes", "--by", "devops-security", "--reason", "every chat is answered with 500"],
  ...["--client-cert", "client.pem", "--client-key", "client.key", "--api-key", "client.header"],
  ...["--ca", "ca.pem", "--key", "collector.pem"],
];

describe("a rollback of the gateway (B7.4)", () => {
  it("starts from a stage whose newest deployment answers nobody", async () => {
    expect((await call()).status).toBe(500);
    // The door is mutual TLS: without a certificate nobody sees even that.
    expect((await call({ certificatePem: "", keyPem: "" })).status).toBeUndefined();
  });

  it("lists the deployments with model and commit, and says what is unknown of who made them", async () => {
    const { status, out } = await rollback("list");
    expect(status).toBe(0);
    const commits = execFileSync("git", ["log", "--format=%H"], { cwd: folder, encoding: "utf8" }).split(
      "\n",
    );
    const [b = "", a = ""] = commits.map((commit) => commit.slice(0, 12));
    expect(out).toMatch(new RegExp(`▶ +${deployments.b} .*${digests.b.slice(0, 12)} +${b} +unknown`));
    expect(out).toMatch(new RegExp(`${deployments.a} .*${digests.a.slice(0, 12)} +${a} +unknown`));
    expect(out).toMatch(/unknown who: (no aws CLI|CloudTrail gave no answer|not in the trail)/);
  });

  it("plans without changing anything: what moves, what differs and stays, what is never put back", async () => {
    const { status, out } = await rollback("plan");
    expect(status).toBe(0);
    expect(out).toContain(`${deployments.b} → ${deployments.a}`);
    expect(out).toContain(`plans, ${apiName}-web-app: quota: 100 a MONTH → 90 a MONTH`);
    expect(out).toContain("stageCertificate of rotate-stage-certificate: leave it");
    expect(out).toContain(`truststore of ${domain}: s3://${apiName}-truststore/truststore.pem, version v7`);
    expect((await rollback("check")).status).toBe(0);
    expect((await gateway.send(new GetStageCommand({ restApiId, stageName }))).deploymentId).toBe(
      deployments.b,
    );
  });

  it("brings A back under load: calls fail until the stage points back, and none after", async () => {
    const before = await gateway.send(new GetStageCommand({ restApiId, stageName }));
    const answers: Answered[] = [];
    let running = true;
    const callers = Array.from({ length: CALLERS }, async () => {
      while (running) answers.push(await call());
    });
    const began = Date.now();
    const ended = await rollback(...apply, "--connect", `127.0.0.1:${double.port}`);
    const endedMs = Date.now();
    await sleep(1_000);
    running = false;
    await Promise.all(callers);
    expect([ended.err, ended.status]).toEqual(["asking API Gateway of 123456789012 in eu-west-1\n", 0]);
    expect(ended.out).toMatch(
      /✓ the stage points at .*; POST \/chat on chat-01\.staging\.example\.com answers: 5 × 200, 0 of 5 failed/,
    );

    expect(ended.out).toMatch(/channel: told by the bucket's event of evidence\/B7\.4\/rollback\//);
    expect(ended.out).toContain("pager: not told: the settings name no account of it");

    const failed = answers.filter(({ status }) => status !== 200);
    const lastFailedMs = Math.max(...failed.map(({ atMs }) => atMs));
    const firstGoodMs = Math.min(...answers.filter(({ status }) => status === 200).map(({ atMs }) => atMs));
    console.log(
      `under load: ${answers.length} calls, ${failed.length} failed (${CALLERS} callers, the command took ${endedMs - began} ms, ` +
        `the first good answer after ${firstGoodMs - began} ms, ${failed.filter(({ atMs }) => atMs > endedMs).length} failed after it had ended)`,
    );
    expect(failed.length).toBeGreaterThan(0);
    // Calls that were under way while the stage changed may end after the first good one: no more than each caller has one.
    expect(failed.filter(({ atMs }) => atMs > firstGoodMs).length).toBeLessThanOrEqual(CALLERS);
    expect(lastFailedMs).toBeLessThan(endedMs);
    expect(answers.filter(({ status }) => status === 200).every(({ body }) => body === '{"model":"a"}')).toBe(
      true,
    );

    const after = await gateway.send(new GetStageCommand({ restApiId, stageName }));
    expect(after.deploymentId).toBe(deployments.a);
    // Of the stage nothing else was touched: the rotated certificate and the throttles are what they were.
    for (const name of ["clientCertificateId", "methodSettings", "createdDate"] as const)
      expect(after[name]).toEqual(before[name]);
  });

  it("keeps a signed record here and in the bucket, the same bytes", async () => {
    const records = join(folder, "stacks", "staging", "rollbacks");
    const [name = "", ...others] = readdirSync(records);
    expect(others).toEqual([]);
    const bytes = readFileSync(join(records, name));
    expect(name).toContain(createHash("sha256").update(bytes).digest("hex"));
    const { Body } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: `evidence/B7.4/rollback/${name}` }),
    );
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    const { payload } = JSON.parse(bytes.toString("utf8")) as { readonly payload: string };
    expect(JSON.parse(Buffer.from(payload, "base64").toString("utf8"))).toMatchObject({
      predicate: { verdict: "met", from: { id: deployments.b }, to: { id: deployments.a } },
    });
  });

  it("does not lead back to B afterwards, and says every night that program and stage are not in step", async () => {
    const listed = await rollback("list");
    expect(listed.out).toMatch(new RegExp(`${deployments.b} .*a rollback went away from it`));
    const { status, out } = await rollback("check");
    expect(status).toBe(1);
    expect(out).toContain("no deployment to go back to");
    expect(out).toContain(`${deployments.b} is newer than the one in force`);
    const refused = await rollback(...apply, "--connect", `127.0.0.1:${double.port}`);
    expect([refused.status, refused.err]).toEqual([
      1,
      expect.stringMatching(/^error: the last good deployment: got none/m),
    ]);
  });

  it("ends with 1 and says how to go back where the deployment that somebody names does not answer", async () => {
    const { status, out } = await rollback(
      ...apply,
      ...["--to", deployments.b, "--connect", `127.0.0.1:${double.port}`, "--wait", "3", "--local"],
    );
    expect(status).toBe(1);
    expect(out).toMatch(/✗ the stage points at .* does not answer: \d+ × 500/);
    expect(out).toContain(`apply --to ${deployments.a}`);
  });

  it("says in one line that an account has no such API", async () => {
    const { status, err } = await rollback("list", "--api-name", "another");
    expect([status, err]).toEqual([
      1,
      expect.stringMatching(/^error: REST API another: got none of that name/m),
    ]);
  });
});

describe("the emulator's own snapshot, which has the gateway's own answers alone", () => {
  it("is what a stage serves again when it is pointed back, without any double", async () => {
    const unknownRoute = async (): Promise<number> =>
      (
        await emulator.api.send({
          method: "POST",
          path: `/restapis/${restApiId}/${stageName}/_user_request_/nowhere`,
          body: "{}",
        })
      ).status;
    const answering = async (statusCode: string): Promise<string> => {
      await gateway.send(
        new PutGatewayResponseCommand({
          restApiId,
          responseType: "MISSING_AUTHENTICATION_TOKEN",
          statusCode,
        }),
      );
      const { id = "" } = await gateway.send(new CreateDeploymentCommand({ restApiId, stageName }));
      return id;
    };
    const good = await answering("404");
    expect(await unknownRoute()).toBe(404);
    await answering("500");
    expect(await unknownRoute()).toBe(500);
    const found = await AwsGateway.find(gateway, { apiName, stageName });
    await found.point(good);
    expect(await unknownRoute()).toBe(404);
  });
});
