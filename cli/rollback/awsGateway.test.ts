import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  refusal,
  startAwsDouble,
  withoutWaits,
  type AwsDouble,
  type ServiceReply,
  type ServiceRequest,
} from "../evidence/sources/awsDouble";
import { UsageError } from "../usageError";
import { AwsGateway } from "./awsGateway";
import { RollbackError } from "./problem";
import { ACL_ARN, DIGESTS } from "./testSupport";

let double: AwsDouble | undefined;
let client: APIGatewayClient | undefined;
beforeEach(withoutWaits);
afterEach(async () => {
  client?.destroy();
  await double?.close();
  vi.restoreAllMocks();
});

const api = "/restapis/api1";
/** As API Gateway's API reference has them: lists of one item a page. */
const answers: Readonly<Record<string, readonly object[] | object>> = {
  "/restapis": [
    { id: "other", name: "another" },
    { id: "api1", name: "fase-b-staging" },
  ],
  [`${api}/stages/v1`]: {
    stageName: "v1",
    deploymentId: "b",
    lastUpdatedDate: 1_795_737_600,
    webAclArn: ACL_ARN,
    clientCertificateId: "cert1",
    methodSettings: {
      "*/*": { throttlingRateLimit: 10, throttlingBurstLimit: 20 },
      "~1realtime-voice~1tickets/POST": { throttlingRateLimit: 5, throttlingBurstLimit: 6 },
    },
  },
  [`${api}/deployments`]: [
    { id: "a", createdDate: 1_795_700_000, description: `model sha256:${DIGESTS.a}` },
    { id: "b", createdDate: 1_795_737_600 },
  ],
  [`${api}/deployments/a`]: {
    id: "a",
    apiSummary: { "/chat": { POST: { authorizationType: "CUSTOM", apiKeyRequired: true } } },
  },
  "/usageplans": [
    { name: "others", apiStages: [{ apiId: "other", stage: "v1" }] },
    {
      name: "fase-b-staging-web-app",
      quota: { limit: 100, period: "MONTH" },
      throttle: { rateLimit: 10, burstLimit: 20 },
      apiStages: [
        { apiId: "api1", stage: "v1", throttle: { "/chat/POST": { rateLimit: 1, burstLimit: 2 } } },
      ],
    },
  ],
  "/domainnames": [
    {
      domainName: "chat-01.staging.example.com",
      regionalCertificateArn:
        "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000001",
      mutualTlsAuthentication: { truststoreUri: "s3://bucket/truststore.pem", truststoreVersion: "v7" },
    },
    { domainName: "others.example.com" },
  ],
  "/domainnames/chat-01.staging.example.com/basepathmappings": [
    { basePath: "(none)", restApiId: "api1", stage: "v1" },
  ],
  "/domainnames/others.example.com/basepathmappings": [{ restApiId: "other", stage: "v1" }],
};

async function gatewayOf(
  reply: (request: ServiceRequest) => ServiceReply | undefined = () => undefined,
): Promise<AwsGateway> {
  double = await startAwsDouble((request) => {
    const own = reply(request);
    if (own !== undefined) return own;
    const answer = answers[request.path];
    if (answer === undefined) return refusal("NotFoundException", 404);
    if (!Array.isArray(answer)) return { body: answer };
    const at = Number(request.query.get("position") ?? 0);
    const more = at + 1 < answer.length ? { position: String(at + 1) } : {};
    return { body: { item: [answer[at] as object], ...more } };
  });
  client = new APIGatewayClient(double.client);
  return AwsGateway.find(client, { apiName: "fase-b-staging", stageName: "v1" });
}

describe("the gateway of an account", () => {
  it("tells its stage, its deployments, their routes, its plans and domains, over all pages", async () => {
    const gateway = await gatewayOf();
    expect(await gateway.stage()).toMatchObject({
      deploymentId: "b",
      webAclArn: ACL_ARN,
      hasCanary: false,
      throttles: new Map([
        ["* *", { requestsPerSecond: 10, burst: 20 }],
        ["POST /realtime-voice/tickets", { requestsPerSecond: 5, burst: 6 }],
      ]),
    });
    expect(await gateway.deployments()).toEqual([
      { id: "a", createdMs: 1_795_700_000_000, description: `model sha256:${DIGESTS.a}` },
      { id: "b", createdMs: 1_795_737_600_000, description: "" },
    ]);
    expect(await gateway.routes("a")).toEqual([
      { name: "POST /chat", authorizationType: "CUSTOM", apiKeyRequired: true },
    ]);
    expect(await gateway.usagePlans()).toEqual([
      {
        name: "fase-b-staging-web-app",
        quota: "100 a MONTH",
        throttle: { requestsPerSecond: 10, burst: 20 },
        throttles: new Map([["POST /chat", { requestsPerSecond: 1, burst: 2 }]]),
      },
    ]);
    expect(await gateway.domains()).toEqual([
      {
        name: "chat-01.staging.example.com",
        truststore: { uri: "s3://bucket/truststore.pem", version: "v7" },
        warnings: [],
        accountId: "123456789012",
      },
    ]);
  });

  it("is changed by one operation on the stage's deployment, and nothing beside it", async () => {
    const gateway = await gatewayOf((request) => (request.method === "PATCH" ? { body: {} } : undefined));
    await gateway.point("a");
    const changes = double?.requests.filter(({ method }) => method !== "GET") ?? [];
    expect(changes.map(({ method, path, input }) => [method, path, input])).toEqual([
      [
        "PATCH",
        `${api}/stages/v1`,
        { patchOperations: [{ op: "replace", path: "/deploymentId", value: "a" }] },
      ],
    ]);
  });

  it("says of a deployment that is gone that it is none", async () => {
    expect(await (await gatewayOf()).routes("gone")).toBeUndefined();
  });

  it("is found by its one name", async () => {
    const named = (...items: readonly object[]): Promise<AwsGateway> =>
      gatewayOf(({ path }) => (path === "/restapis" ? { body: { item: items } } : undefined));
    await expect(named()).rejects.toThrow(/REST API fase-b-staging: got none of that name/);
    const twice = { id: "x", name: "fase-b-staging" };
    await expect(named(twice, { ...twice, id: "y" })).rejects.toThrow(RollbackError);
  });

  it("that cannot be asked is told in one line with the right that is missing, and none of the vendor's words", async () => {
    const gateway = await gatewayOf(({ path }) =>
      path === "/usageplans" ? refusal("AccessDeniedException", 403) : undefined,
    );
    const error: unknown = await gateway.usagePlans().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toMatch(
      /^apigateway:GET on \/usageplans: got AccessDeniedException; allowed: .*; fix: /,
    );
    expect((error as Error).message).not.toContain("jane.doe");
  });
});
