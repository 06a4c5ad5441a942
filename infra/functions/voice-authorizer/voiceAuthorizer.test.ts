import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLog } from "../log/log";
import { formsOf, personalData, replaced, stepsOf } from "../log/testSupport/personalData";
import { MemoryStore } from "../store/memoryStore";
import { grant, sessionId } from "../tickets/testSupport";
import { Tickets } from "../tickets/tickets";
import { voiceDenyReasons } from "./denyReasons";
import { allowedOrigins } from "./originRules";
import { createVoiceAuthorizer, type VoiceAuthorizerPorts } from "./voiceAuthorizer";

const methodArn = "arn:aws:execute-api:eu-west-1:123456789012:abcdef1234/v1/$connect";
const ticket = Buffer.alloc(32, 7).toString("base64url");
const origin = "https://app.example.com";

interface Event {
  type: string;
  methodArn: string;
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  requestContext: Record<string, unknown>;
}
const goodEvent = (): Event => ({
  type: "REQUEST",
  methodArn,
  headers: { "Sec-WebSocket-Protocol": `fase-b.voice.v1, fase-b.ticket.${ticket}`, Origin: origin },
  multiValueHeaders: {
    "Sec-WebSocket-Protocol": [`fase-b.voice.v1, fase-b.ticket.${ticket}`],
    Origin: [origin],
  },
  requestContext: {
    routeKey: "$connect",
    eventType: "CONNECT",
    apiId: "abcdef1234",
    stage: "v1",
    domainName: "voice-01.staging.example.com",
    connectionId: "JJbxmcC5FiACE9g=",
    extendedRequestId: "JJbxmplHFiAFk4A=",
    requestId: "JJbxmplHFiAFk4A=",
  },
});
const withHeader = (name: string, ...values: string[]): Event => {
  const event = goodEvent();
  event.multiValueHeaders[name] = values;
  delete event.headers[name];
  return event;
};
const withContext = (changes: object): Event => {
  const event = goodEvent();
  Object.assign(event.requestContext, changes);
  return event;
};

async function start(changes: Partial<VoiceAuthorizerPorts> = {}) {
  const store = new MemoryStore();
  const tickets = new Tickets(
    { store, nowMs: () => 0, random32Bytes: () => Buffer.alloc(32, 7), newUuid: () => sessionId },
    { table: "voice", skewAllowanceMs: 1_000 },
  );
  await tickets.issue(grant, "voice-01.staging.example.com");
  const lines: Record<string, unknown>[] = [];
  const authorize = createVoiceAuthorizer({
    redeem: (value, agentId) => tickets.redeem(value, agentId),
    agentIdOf: (domain) =>
      /^voice-\d\d\.staging\.example\.com$/.test(domain) ? domain.split(".")[0] : undefined,
    origins: allowedOrigins({ "web-app": [origin], "qa-security": ["https://qa.example.com"] }),
    log: createLog({
      functionName: "voice-authorizer",
      namePrefix: "fase-b-staging",
      memoryLimitMb: 256,
      clientIds: ["web-app"],
      agentIds: ["voice-01"],
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
    ...changes,
  });
  return { authorize, lines, store };
}

const policy = (Effect: "Allow" | "Deny", Resource: string): object => ({
  Version: "2012-10-17",
  Statement: [{ Action: "execute-api:Invoke", Effect, Resource }],
});

describe("the voice authorizer (B5.3, B4.2)", () => {
  it("allows exactly that API's $connect, once, with what the ticket says", async () => {
    const { authorize, lines } = await start();
    expect(await authorize(goodEvent())).toEqual({
      principalId: "web-app",
      policyDocument: policy("Allow", methodArn),
      context: { ...grant, sessionId },
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      functionName: "voice-authorizer",
      route: "$connect",
      outcome: "allowed",
      clientId: "web-app",
      agentId: "voice-01",
      correlationId: grant.correlationId,
    });
    expect(lines[0]).not.toHaveProperty("RefusedFields");
    expect(await authorize(goodEvent())).toEqual({
      principalId: "unknown",
      policyDocument: policy("Deny", methodArn),
    });
    expect(lines[1]).toMatchObject({ outcome: "denied", denyReason: "ticket-refused", Denials: 1 });
    expect(JSON.stringify(lines)).not.toContain(ticket);
    expect(JSON.stringify(lines)).not.toContain(grant.subject);
  });

  it.each<[string, Event]>([
    ["subprotocol-missing", withHeader("Sec-WebSocket-Protocol")],
    [
      "subprotocol-missing",
      withHeader("Sec-WebSocket-Protocol", `fase-b.voice.v1, fase-b.ticket.${ticket}`, "other"),
    ],
    ["subprotocol-malformed", withHeader("Sec-WebSocket-Protocol", `fase-b.ticket.${ticket}`)],
    ["origin-missing", withHeader("Origin")],
    ["origin-unknown", withHeader("Origin", "null")],
    ["origin-unknown", withHeader("Origin", origin, "https://evil.example.com")],
    ["origin-unknown", withHeader("Origin", `${origin}.evil.example.com`)],
    ["origin-unknown", withHeader("Origin", "http://app.example.com")],
    ["domain-unknown", withContext({ domainName: "abcdef1234.execute-api.eu-west-1.amazonaws.com" })],
    ["ticket-refused", withContext({ domainName: "voice-02.staging.example.com" })],
    ["event-malformed", withContext({ routeKey: "$default" })],
    ["event-malformed", withContext({ apiId: "zzzzzz1234" })],
    ["event-malformed", { ...goodEvent(), methodArn: methodArn.replace("$connect", "*") }],
  ])("denies for %s, and the ticket is still good", async (denyReason, event) => {
    const { authorize, lines, store } = await start();
    const answer = await authorize(event);
    expect(answer.policyDocument.Statement[0]?.Effect).toBe("Deny");
    expect(answer.context).toBeUndefined();
    expect(lines).toEqual([expect.objectContaining({ denyReason })]);
    expect(store.items).toHaveLength(1);
    expect((await authorize(goodEvent())).policyDocument.Statement[0]?.Effect).toBe("Allow");
  });

  it("denies another client's origin; the ticket is gone", async () => {
    const { authorize, lines, store } = await start();
    const answer = await authorize(withHeader("Origin", "https://qa.example.com"));
    expect(answer.policyDocument.Statement[0]?.Effect).toBe("Deny");
    expect(lines[0]).toMatchObject({ denyReason: "origin-not-allowed" });
    expect(store.items).toEqual([]);
    for (const reason of voiceDenyReasons) expect(JSON.stringify(answer)).not.toContain(reason);
  });

  it("denies when the store fails, when the log fails, and never throws", async () => {
    const failing = await start({ redeem: () => Promise.reject(new Error("jane@example.com")) });
    expect((await failing.authorize(goodEvent())).policyDocument.Statement[0]?.Effect).toBe("Deny");
    expect(failing.lines[0]).toMatchObject({ denyReason: "fault", errorClass: "Error", Faults: 1 });
    const { authorize } = await start({
      log: {
        clientId: () => undefined,
        agentId: () => undefined,
        secret: () => undefined,
        begin: () => {
          throw new Error("no log");
        },
      },
    });
    expect((await authorize(goodEvent())).policyDocument.Statement[0]?.Effect).toBe("Deny");
  });

  it.each(personalData)("says nothing of %j, wherever it stands in the event (B8.3)", async (secret) => {
    for (const steps of stepsOf(goodEvent()))
      for (const event of [
        replaced(goodEvent(), steps, secret),
        replaced(goodEvent(), [...steps.slice(0, -1), secret], secret),
      ]) {
        const { authorize, lines } = await start();
        const said = JSON.stringify([await authorize(event), lines]);
        expect(lines).toHaveLength(1);
        for (const form of formsOf(secret)) expect(said).not.toContain(form);
        expect(said).not.toContain("RefusedFields");
      }
  });

  it("denies whatever else it is sent", async () => {
    const { authorize, store } = await start();
    await fc.assert(
      fc.asyncProperty(fc.anything(), async (event) => {
        const answer = await authorize(event);
        expect(answer.policyDocument).toEqual(policy("Deny", "*"));
      }),
    );
    expect(store.items).toHaveLength(1);
  });
});

describe("the lists of origins", () => {
  it.each<Record<string, string[]>>([
    {},
    { "web-app": [] },
    { "web-app": ["https://app.example.com/"] },
    { "web-app": ["*"] },
  ])("are refused when they are %j", (lists) =>
    expect(() => allowedOrigins(lists)).toThrow(/allowed: .*fix: /),
  );
});
