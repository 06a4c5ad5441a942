import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLog } from "../log/log";
import { createAuthorizer, type AuthorizerPorts } from "./authorizer";
import { denyReasons } from "./denyReasons";
import { readRequest } from "./authorizerEvent";
import { prepareSources } from "./sources";
import { apiKeys, goodEvent, goodScan, nowMs, ownCorrelationId, plainSources } from "./testSupport";

const sources = prepareSources(plainSources);
const fresh = "11111111-2222-4333-8444-555555555555";

interface Run {
  readonly authorize: ReturnType<typeof createAuthorizer>;
  readonly lines: Record<string, unknown>[];
}

function start(changes: Partial<AuthorizerPorts> = {}): Run {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    functionName: "authorizer",
    namePrefix: "fase-b-staging",
    memoryLimitMb: 512,
    clientIds: ["web-app", "qa-security", "scanner"],
    agentIds: ["chat-01", "vision-01"],
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    nowMs: () => nowMs,
  });
  const authorize = createAuthorizer({
    loadSources: () => Promise.resolve(sources),
    log,
    agentIdOf: (domain) => domain.split(".")[0],
    nowMs: () => nowMs,
    newUuid: () => fresh,
    ...changes,
  });
  return { authorize, lines };
}

/** The good event, as the scans' client sends it from the scans' address. */
function scanEvent(): ReturnType<typeof goodEvent> {
  const event = goodEvent();
  const { identity } = event.requestContext;
  identity.clientCert.clientCertPem = goodScan.clientCertPem;
  identity.sourceIp = goodScan.sourceIp;
  identity.apiKey = event.headers["X-Api-Key"] = apiKeys.scanner;
  event.multiValueHeaders["X-Api-Key"] = [apiKeys.scanner];
  return event;
}

const denied = (resource: string): object => ({
  principalId: "unknown",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: "Deny", Resource: resource }],
  },
});

describe("the authorizer (B5.3, B1.6)", () => {
  it("allows exactly the method that was asked for, with correlation id, client and subject", async () => {
    const { authorize, lines } = start();
    expect(await authorize(goodEvent())).toEqual({
      principalId: "web-app",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: goodEvent().methodArn }],
      },
      context: {
        correlationId: ownCorrelationId,
        clientId: "web-app",
        traffic: "client",
        subject: "u_7f3b2c9a1d4e4f60",
      },
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      functionName: "authorizer",
      correlationId: ownCorrelationId,
      requestId: goodEvent().requestContext.requestId,
      extendedRequestId: "JJbxmplHFiAFk4A=",
      route: "POST /chat",
      agentId: "chat-01",
      clientId: "web-app",
      outcome: "allowed",
      Requests: 1,
    });
  });

  it("says why it denies in its log line, and in the answer nothing", async () => {
    const { authorize, lines } = start();
    const event = goodEvent();
    event.requestContext.identity.clientCert.clientCertPem = "";
    const answer = await authorize(event);
    expect(answer).toEqual(denied(event.methodArn));
    for (const reason of denyReasons) expect(JSON.stringify(answer)).not.toContain(reason);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ outcome: "denied", denyReason: "certificate-missing", Denials: 1 });
    expect(lines[0]).not.toHaveProperty("clientId");
  });

  it("gives a request without a good correlation id a new one, in context and log alike", async () => {
    const { authorize, lines } = start();
    const event = goodEvent();
    event.headers["X-Correlation-Id"] = event.multiValueHeaders["X-Correlation-Id"][0] =
      "jane.doe@example.com";
    expect((await authorize(event)).context).toMatchObject({ correlationId: fresh });
    expect(lines[0]).toMatchObject({ correlationId: fresh });
  });

  it.each<[string, (event: ReturnType<typeof goodEvent>) => unknown]>([
    [
      "another path in the ARN",
      (event) => ({ ...event, methodArn: event.methodArn.replace("chat", "vision") }),
    ],
    [
      "another method in the ARN",
      (event) => ({ ...event, methodArn: event.methodArn.replace("POST", "GET") }),
    ],
    ["another stage in the ARN", (event) => ({ ...event, methodArn: event.methodArn.replace("v1", "v2") })],
    [
      "another API in the ARN",
      (event) => ({ ...event, methodArn: event.methodArn.replace("abcdef1234", "zzz") }),
    ],
    ["another resource", (event) => ({ ...event, resource: "/vision" })],
    ["another kind of authorizer", (event) => ({ ...event, type: "TOKEN" })],
  ])("denies an event with %s", async (_, change) => {
    const { authorize, lines } = start();
    const event = change(goodEvent());
    expect(await authorize(event)).toEqual(denied((event as { methodArn: string }).methodArn));
    expect(lines[0]).toMatchObject({ denyReason: "event-malformed", Denials: 1 });
    expect(lines[0]).not.toHaveProperty("route");
    expect(lines[0]).not.toHaveProperty("RefusedFields");
  });

  it.each([
    "*",
    "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/v1/POST/*",
    "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/*/POST/chat",
    "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/v1/POST/chat\n",
    "",
  ])("never allows by a method ARN that is more than one method: %j", async (methodArn) => {
    expect(await start().authorize({ ...goodEvent(), methodArn })).toEqual(denied("*"));
  });

  it("finds the key and the domain in any case, and a key that the gateway meters apart from the header's ambiguous", async () => {
    const event = goodEvent();
    const lower = {
      ...event,
      headers: {},
      multiValueHeaders: { "x-api-key": [apiKeys["web-app"]] },
      requestContext: { ...event.requestContext, domainName: "CHAT-01.staging.example.com" },
    };
    const { authorize, lines } = start();
    expect((await authorize(lower)).policyDocument.Statement[0]?.Effect).toBe("Allow");
    event.requestContext.identity.apiKey = apiKeys["qa-security"];
    expect(await authorize(event)).toEqual(denied(event.methodArn));
    expect(lines[1]).toMatchObject({ denyReason: "key-ambiguous" });
  });

  it("denies a key that is sent in two headers whose names differ in case", async () => {
    const event = goodEvent();
    const twice = { ...event.multiValueHeaders, "x-api-key": ["other"] };
    expect(readRequest({ ...event, multiValueHeaders: twice }).apiKeys).toEqual([
      apiKeys["web-app"],
      "other",
    ]);
    expect(await start().authorize({ ...event, multiValueHeaders: twice })).toEqual(denied(event.methodArn));
  });

  it.each([
    ["rejects", (): Promise<never> => Promise.reject(new TypeError("jane.doe@example.com"))],
    [
      "throws",
      (): never => {
        throw new TypeError("jane.doe@example.com");
      },
    ],
  ])("denies when a source %s, with the error's class in the log and no message", async (_, loadSources) => {
    const { authorize, lines } = start({ loadSources });
    expect(await authorize(goodEvent())).toEqual(denied(goodEvent().methodArn));
    expect(lines[0]).toMatchObject({ denyReason: "fault", errorClass: "TypeError", Faults: 1 });
    expect(JSON.stringify(lines)).not.toContain("jane");
  });

  it("marks a scan, and writes its address nowhere", async () => {
    const { authorize, lines } = start();
    const event = scanEvent();
    expect((await authorize(event)).context).toEqual({
      correlationId: ownCorrelationId,
      clientId: "scanner",
      traffic: "scan",
      subject: "u_7f3b2c9a1d4e4f60",
    });
    event.requestContext.identity.sourceIp = "198.51.100.23";
    expect(await authorize(event)).toEqual(denied(event.methodArn));
    expect(lines[1]).toMatchObject({ denyReason: "address-not-scans", Denials: 1 });
    expect(JSON.stringify(lines)).not.toMatch(/203\.0\.113|198\.51\.100/);
  });

  it.each([
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Traffic",
    "traffic",
    "X-Fase-B-Traffic",
    "X-Amzn-Source-Ip",
  ])("lets no header make a request a scan, or a scan's a client's: %s", async (name) => {
    for (const value of ["203.0.113.7", "scan", "for=203.0.113.7", "client", "192.0.2.1"]) {
      const withHeader = (event: ReturnType<typeof goodEvent>): object => ({
        ...event,
        headers: { ...event.headers, [name]: value },
        multiValueHeaders: { ...event.multiValueHeaders, [name]: [value] },
      });
      const { authorize } = start();
      expect((await authorize(withHeader(goodEvent()))).context).toMatchObject({ traffic: "client" });
      expect((await authorize(withHeader(scanEvent()))).context).toMatchObject({ traffic: "scan" });
      const elsewhere = scanEvent();
      elsewhere.requestContext.identity.sourceIp = "192.0.2.1";
      expect(await authorize(withHeader(elsewhere))).toEqual(denied(elsewhere.methodArn));
    }
  });

  it("denies when the line cannot be written: no access without a trace", async () => {
    const log = createLog({
      functionName: "authorizer",
      namePrefix: "fase-b-staging",
      memoryLimitMb: 512,
      clientIds: ["web-app"],
      agentIds: [],
      write: () => {
        throw new Error("disk full");
      },
    });
    expect(await start({ log }).authorize(goodEvent())).toEqual(denied(goodEvent().methodArn));
  });

  it("never throws and never allows whatever is sent instead of an event", async () => {
    const { authorize, lines } = start();
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.anything({ withNullPrototype: true, maxDepth: 4 }), async (event) => {
        runs += 1;
        expect((await authorize(event)).policyDocument.Statement[0]?.Effect).toBe("Deny");
        expect(lines).toHaveLength(runs);
      }),
      { numRuns: 300 },
    );
  });

  it("never throws, and allows only the good event, when any field of it is something else", async () => {
    const { authorize } = start();
    const paths = pathsOf(goodEvent());
    const deciding = paths.filter((path) =>
      /methodArn|resource$|^httpMethod|apiId|domainName|\.stage|clientCertPem|^type/.test(path.join(".")),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.anything(), async (path, value) => {
        const event = goodEvent();
        replace(event, path, value);
        const { Effect } = (await authorize(event)).policyDocument.Statement[0] ?? {};
        expect(Effect === "Allow" && deciding.includes(path)).toBe(false);
      }),
      { numRuns: 500 },
    );
    expect(deciding.length).toBeGreaterThanOrEqual(8);
  });
});

type Path = readonly string[];
const pathsOf = (value: unknown, at: Path = []): Path[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...pathsOf(inner, [...at, key])])
    : [];

function replace(target: unknown, [key, ...rest]: Path, value: unknown): void {
  if (key === undefined || typeof target !== "object" || target === null) return;
  const record = target as Record<string, unknown>;
  if (rest.length === 0) record[key] = value;
  else replace(record[key], rest, value);
}
