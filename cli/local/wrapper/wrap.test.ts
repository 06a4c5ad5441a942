import { beforeAll, describe, expect, it } from "vitest";
import { Authority } from "../authority/authority";
import { seal, ENVELOPE_HEADER, type Envelope } from "./envelope";
import { completeEvent, markAnswer } from "./wrap";

const secret = "s".repeat(43);
let envelope: Envelope;

beforeAll(async () => {
  const authority = await Authority.create({ organization: "Fase B", rootDays: 2, issuerDays: 2 });
  const { certificatePem } = await authority.client("web-app");
  envelope = {
    domainName: "chat-01.staging.example.com",
    requestId: "7c2c2f0a-4b1c-4f3e-8d56-1b2c3d4e5f60",
    extendedRequestId: "JJbxmplHFiAFk4A=",
    sourceIp: "192.0.2.1",
    protocol: "HTTP/1.1",
    clientCertPem: certificatePem,
    headers: [
      ["X-Api-Key", "a"],
      ["X-Subject", "one"],
      ["X-Subject", "two"],
    ],
  };
});

/** As the emulator hands it over. */
const emulated = (sealed: string) => ({
  httpMethod: "POST",
  headers: { "x-api-key": "a", [ENVELOPE_HEADER]: sealed },
  multiValueHeaders: { "x-api-key": ["a"], [ENVELOPE_HEADER]: [sealed] },
  requestContext: {
    requestId: "emulator's",
    identity: { sourceIp: "127.0.0.1" },
    authorizer: { clientId: "web-app" },
  },
});

describe("an event behind the front door", () => {
  it("has the certificate, the domain, the ids and the headers as they were sent", () => {
    expect(completeEvent(emulated(seal(secret, envelope)), secret)).toMatchObject({
      httpMethod: "POST",
      headers: { "X-Api-Key": "a", "X-Subject": "two" },
      multiValueHeaders: { "X-Api-Key": ["a"], "X-Subject": ["one", "two"] },
      requestContext: {
        domainName: envelope.domainName,
        requestId: envelope.requestId,
        extendedRequestId: envelope.extendedRequestId,
        authorizer: { clientId: "web-app" },
        identity: {
          apiKey: "a",
          clientCert: { clientCertPem: envelope.clientCertPem, subjectDN: "CN=web-app" },
        },
      },
    });
  });

  it("keeps a header whose name means something to JavaScript", () => {
    const headers = [...envelope.headers, ["__proto__", "x"], ["constructor", "y"]] as const;
    const event = completeEvent(emulated(seal(secret, { ...envelope, headers })), secret);
    const { multiValueHeaders } = event as { readonly multiValueHeaders: object };
    expect(Object.entries(multiValueHeaders)).toContainEqual(["__proto__", ["x"]]);
    expect(Object.entries(multiValueHeaders)).toContainEqual(["constructor", ["y"]]);
  });

  it.each([
    ["another secret", () => seal("t".repeat(43), envelope)],
    [
      "a changed text",
      () => `${Buffer.from("{}").toString("base64url")}.${seal(secret, envelope).split(".")[1]}`,
    ],
    ["no signature", () => seal(secret, envelope).split(".")[0] ?? ""],
    ["nothing", () => ""],
  ])("has none of it by %s, and no trace of the header", (_, sealed) => {
    const event = completeEvent(emulated(sealed()), secret) as ReturnType<typeof emulated>;
    expect(event.requestContext).toEqual(emulated("").requestContext);
    expect(JSON.stringify(event)).not.toContain(ENVELOPE_HEADER);
  });

  it("passes on what is no request, a voice event for one, as it is", () => {
    const event = { requestContext: { routeKey: "$connect" }, headers: {} };
    expect(completeEvent(event, secret)).toBe(event);
  });
});

describe("an answer", () => {
  it("is marked with its headers' names; an authorizer's is left as it is", () => {
    const answer = {
      statusCode: 200,
      headers: { "X-A": "1" },
      multiValueHeaders: { "X-B": ["2"] },
      body: "",
    };
    expect(markAnswer(answer, "m")).toEqual({
      ...answer,
      headers: { "X-A": "1", "x-fase-b-local-answer": "m X-A X-B" },
    });
    const policy = { principalId: "x", policyDocument: {} };
    expect(markAnswer(policy, "m")).toBe(policy);
  });
});
