import { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import { ApiGatewayV2Client } from "@aws-sdk/client-apigatewayv2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { testContext } from "../testSupport";
import {
  refusal,
  startAwsDouble,
  withoutSession,
  withoutWaits,
  type AwsDouble,
  type ServiceReply,
  type ServiceRequest,
} from "./awsDouble";
import { ApiGateway } from "./gateway";

const { settings } = testContext();
const CHAT = { domain: "chat-03.staging.example.com", protocol: "http" } as const;
const VOICE = { domain: "voice-01.staging.example.com", protocol: "websocket" } as const;
const ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000001";

/** By path; of several, one after the other. */
type Replies = Readonly<Record<string, ServiceReply | readonly ServiceReply[]>>;

const APIS: Replies = {
  "/restapis": { body: { item: [{ id: "rest000001", name: settings.namePrefix }] } },
  "/v2/apis": { body: { items: [{ apiId: "sock000001", name: `${settings.namePrefix}-voice` }] } },
};
const CHAT_PATH = `/domainnames/${CHAT.domain}`;
const VOICE_PATH = `/v2/domainnames/${VOICE.domain}`;
const chatDomain = {
  domainName: CHAT.domain,
  domainNameStatus: "AVAILABLE",
  regionalCertificateArn: ARN,
  securityPolicy: "TLS_1_2",
  mutualTlsAuthentication: {
    truststoreUri: "s3://bucket/truststore.pem",
    truststoreWarnings: ["a certificate has expired"],
  },
};

let double: AwsDouble | undefined;
let clients: readonly { destroy(): void }[] = [];
beforeEach(withoutWaits);
afterEach(async () => {
  for (const client of clients) client.destroy();
  await double?.close();
  [clients, double] = [[], undefined];
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function gatewayOf(
  replies: Replies,
  {
    session = true,
    signal,
    look,
  }: { session?: boolean; signal?: AbortSignal; look?: (request: ServiceRequest) => void } = {},
): Promise<{ readonly gateway: ApiGateway; readonly asked: () => readonly string[] }> {
  const seen = new Map<string, number>();
  const started = await startAwsDouble((request) => {
    look?.(request);
    const { path } = request;
    const reply = replies[path] ?? refusal("NotFoundException", 404);
    if (!("length" in reply)) return reply;
    const index = seen.get(path) ?? 0;
    seen.set(path, index + 1);
    return reply[index] ?? refusal("InternalServerErrorException", 500);
  });
  double = started;
  const { endpoint, region } = started.client;
  const of = session ? started.client : { endpoint, region };
  const [rest, webSocket] = [new APIGatewayClient(of), new ApiGatewayV2Client(of)];
  clients = [rest, webSocket];
  return {
    gateway: new ApiGateway(rest, webSocket, settings, signal),
    asked: () =>
      started.requests.map(
        ({ method, path, query }) => `${method} ${path}${query.size > 0 ? `?${query}` : ""}`,
      ),
  };
}

describe("a domain of the gateway", () => {
  it("for HTTP is told with its certificate, its truststore and what it leads to, by name", async () => {
    const { gateway, asked } = await gatewayOf({
      ...APIS,
      [CHAT_PATH]: { body: chatDomain },
      [`${CHAT_PATH}/basepathmappings`]: {
        body: {
          item: [
            { basePath: "(none)", restApiId: "rest000001", stage: "v1" },
            { basePath: "old", restApiId: "other00001", stage: "v0" },
          ],
        },
      },
    });
    expect(await gateway.domain(CHAT)).toEqual({
      known: true,
      value: {
        domain: CHAT.domain,
        status: "AVAILABLE",
        certificateArn: ARN,
        securityPolicy: "TLS_1_2",
        truststoreUri: "s3://bucket/truststore.pem",
        truststoreWarnings: ["a certificate has expired"],
        mappings: [
          { api: settings.namePrefix, stage: "v1", path: "" },
          { api: "other00001", stage: "v0", path: "old" },
        ],
      },
      asked: [
        { system: "api-gateway", asked: `the domain ${CHAT.domain}, its certificate and its mappings` },
      ],
    });
    expect(asked()).toEqual([
      "GET /restapis?limit=500",
      "GET /v2/apis",
      `GET ${CHAT_PATH}`,
      `GET ${CHAT_PATH}/basepathmappings?limit=500`,
    ]);
  });

  it("for WebSocket is asked of the other service, and has no truststore", async () => {
    const { gateway } = await gatewayOf({
      ...APIS,
      [VOICE_PATH]: {
        body: {
          domainName: VOICE.domain,
          domainNameConfigurations: [
            { certificateArn: ARN, domainNameStatus: "UPDATING", securityPolicy: "TLS_1_2" },
          ],
        },
      },
      [`${VOICE_PATH}/apimappings`]: {
        body: { items: [{ apiId: "sock000001", stage: "live", apiMappingKey: "" }] },
      },
    });
    const answer = await gateway.domain(VOICE);
    expect(answer).toMatchObject({
      known: true,
      value: {
        domain: VOICE.domain,
        status: "UPDATING",
        certificateArn: ARN,
        securityPolicy: "TLS_1_2",
        truststoreWarnings: [],
        mappings: [{ api: `${settings.namePrefix}-voice`, stage: "live", path: "" }],
      },
    });
    expect(answer.known && answer.value).not.toHaveProperty("truststoreUri");
  });

  it("of which little is said is not taken for a good one", async () => {
    const { gateway } = await gatewayOf({
      ...APIS,
      [CHAT_PATH]: { body: { domainName: CHAT.domain } },
      [`${CHAT_PATH}/basepathmappings`]: { body: {} },
      [VOICE_PATH]: { body: { domainName: VOICE.domain } },
      [`${VOICE_PATH}/apimappings`]: { body: {} },
    });
    for (const agent of [CHAT, VOICE]) {
      const answer = await gateway.domain(agent);
      expect(answer.known && answer.value).toEqual({
        domain: agent.domain,
        status: "UNKNOWN",
        truststoreWarnings: [],
        mappings: [],
      });
    }
  });

  it.each([CHAT, VOICE])("is known to be none where the service has none ($protocol)", async (agent) => {
    const { gateway } = await gatewayOf(APIS);
    expect(await gateway.domain(agent)).toMatchObject({ known: true, value: undefined });
  });

  it("is asked for again where the service was too busy, the APIs' names once for all domains", async () => {
    const { gateway, asked } = await gatewayOf({
      ...APIS,
      [CHAT_PATH]: [refusal("TooManyRequestsException", 429), { body: chatDomain }, { body: chatDomain }],
      [`${CHAT_PATH}/basepathmappings`]: { body: {} },
    });
    expect(await gateway.domain(CHAT)).toMatchObject({ known: true, value: { status: "AVAILABLE" } });
    expect(await gateway.domain(CHAT)).toMatchObject({ known: true, value: { status: "AVAILABLE" } });
    expect(asked().filter((each) => each === `GET ${CHAT_PATH}`)).toHaveLength(3);
    expect(asked().filter((each) => each.startsWith("GET /restapis"))).toHaveLength(1);
  });

  it.each<[string, Replies, string]>([
    [
      "the service stays too busy",
      { [CHAT_PATH]: refusal("TooManyRequestsException", 429) },
      "TooManyRequestsException",
    ],
    [
      "the service fails",
      { [CHAT_PATH]: refusal("InternalServerErrorException", 500) },
      "InternalServerErrorException",
    ],
    [
      "it is not known which APIs there are",
      { "/v2/apis": refusal("TooManyRequestsException", 429) },
      "TooManyRequestsException",
    ],
  ])("is unknown where %s", async (_, replies, name) => {
    const { gateway } = await gatewayOf({ ...APIS, ...replies });
    const answer = await gateway.domain(CHAT);
    expect(answer).toMatchObject({
      known: false,
      because: `api-gateway gave no answer to apigateway:GET: ${name}`,
    });
    // A vendor's message may carry anything.
    expect(JSON.stringify(answer)).not.toContain("jane.doe");
  });

  it.each(["/restapis", "/v2/apis", CHAT_PATH])(
    "is refused to who may not see it, with the right that is missing (%s)",
    async (path) => {
      const { gateway } = await gatewayOf({ ...APIS, [path]: refusal("AccessDeniedException", 403) });
      await expect(gateway.domain(CHAT)).rejects.toMatchObject({
        name: "UsageError",
        message: expect.stringMatching(/^apigateway:GET: got a refusal; allowed: .*; fix: give/) as string,
      });
    },
  );

  it("is not asked for without a session", async () => {
    withoutSession();
    const { gateway, asked } = await gatewayOf(APIS, { session: false });
    await expect(gateway.domain(CHAT)).rejects.toThrow(
      /^credentials of AWS: got CredentialsProviderError; allowed: .*; fix: sign in/,
    );
    expect(asked()).toEqual([]);
  });

  it("is given up with who has given up, and is not unknown then", async () => {
    const giveUp = new AbortController();
    const { gateway } = await gatewayOf(APIS, { signal: giveUp.signal, look: () => giveUp.abort() });
    await expect(gateway.domain(CHAT)).rejects.toMatchObject({ name: "AbortError" });
  });
});

describe("usage plans of the gateway", () => {
  const plan = (id: string, name: string) => ({
    id,
    name,
    apiStages: [{ apiId: "rest000001", stage: "v1" }],
  });
  const key = { id: "key", type: "API_KEY", name: "a-key" };

  it("are told of all pages, with how many keys each has and never the keys; others' are left out", async () => {
    const { gateway, asked } = await gatewayOf({
      ...APIS,
      "/usageplans": [
        {
          body: {
            item: [plan("p1", `${settings.namePrefix}-web-app`), plan("p2", "somebody-elses")],
            position: "a+b=",
          },
        },
        { body: { item: [plan("p3", `${settings.namePrefix}-partner`)] } },
      ],
      "/usageplans/p1/keys": { body: { item: [{ ...key, value: "never-told" }, key] } },
      "/usageplans/p3/keys": { body: {} },
    });
    const answer = await gateway.usagePlans();
    const stages = [{ api: settings.namePrefix, stage: "v1" }];
    expect(answer).toMatchObject({
      known: true,
      value: [
        { name: `${settings.namePrefix}-web-app`, stages, keys: 2 },
        { name: `${settings.namePrefix}-partner`, stages, keys: 0 },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain("never-told");
    expect(asked().slice(2)).toEqual([
      "GET /usageplans?limit=500",
      "GET /usageplans/p1/keys?limit=500",
      "GET /usageplans?limit=500&position=a%2Bb%3D",
      "GET /usageplans/p3/keys?limit=500",
    ]);
  });

  it("are unknown where pages never end", async () => {
    const { gateway, asked } = await gatewayOf({
      ...APIS,
      "/usageplans": { body: { item: [], position: "again" } },
    });
    expect(await gateway.usagePlans()).toMatchObject({
      known: false,
      because: "api-gateway had more than 50 pages of usage plans",
    });
    expect(asked()).toHaveLength(52);
  });

  it("are unknown where the keys of one are", async () => {
    const { gateway } = await gatewayOf({
      ...APIS,
      "/usageplans": { body: { item: [plan("p1", `${settings.namePrefix}-web-app`)] } },
      "/usageplans/p1/keys": refusal("TooManyRequestsException", 429),
    });
    expect(await gateway.usagePlans()).toMatchObject({ known: false });
  });
});

describe("the gateway's execution logs", () => {
  const { gateway: rest, voice } = settings;

  it("are named after the APIs' ids, which may stand on any page", async () => {
    const { gateway, asked } = await gatewayOf({
      "/restapis": [
        { body: { item: [{ id: "x", name: "x" }], position: "next" } },
        APIS["/restapis"] as ServiceReply,
      ],
      "/v2/apis": [
        { body: { items: [{ apiId: "y", name: "y" }], nextToken: "next" } },
        APIS["/v2/apis"] as ServiceReply,
      ],
    });
    expect(await gateway.executionLogGroups()).toMatchObject({
      known: true,
      value: [
        `API-Gateway-Execution-Logs_rest000001/${rest.stageName}`,
        `/aws/apigateway/sock000001/${voice.stageName}`,
      ],
    });
    expect(asked()).toEqual([
      "GET /restapis?limit=500",
      "GET /restapis?limit=500&position=next",
      "GET /v2/apis",
      "GET /v2/apis?nextToken=next",
    ]);
  });

  it.each([
    ["/restapis", { item: [] }, settings.namePrefix],
    ["/v2/apis", { items: [] }, `${settings.namePrefix}-voice`],
  ])("are unknown where an API is not there (%s)", async (path, body, name) => {
    const { gateway } = await gatewayOf({ ...APIS, [path]: { body } });
    expect(await gateway.executionLogGroups()).toMatchObject({
      known: false,
      because: `there is no API ${name}`,
    });
  });

  it.each([
    ["/restapis", { item: [], position: "again" }],
    ["/v2/apis", { items: [], nextToken: "again" }],
  ])("are unknown where pages never end (%s)", async (path, body) => {
    const { gateway } = await gatewayOf({ ...APIS, [path]: { body } });
    expect(await gateway.executionLogGroups()).toMatchObject({
      known: false,
      because: "api-gateway had too many pages of APIs",
    });
  });
});
