import { describe, expect, it } from "vitest";
import { formatProblem } from "../shared/problem";
import { toApiGatewayBody } from "./apiGatewayBody";
import { loadContract, readContract } from "./contract";
import { checkLimits, limits, MAX_BODY_BYTES, type Limits } from "./limits.schema";
import { bodyLimits, methodThrottles } from "./limitsRules";
import { bodyArgs, contractText, edited } from "./testSupport";

const staging: Limits = {
  bodies: {
    chat: { maxBytes: 262_144 },
    vision: { maxBytes: 4_194_304 },
    avatar: { maxBytes: 65_536 },
    "voice-ticket": { maxBytes: 4_096 },
  },
  rates: {
    chat: { requestsPerSecond: 100, burst: 200 },
    vision: { requestsPerSecond: 20, burst: 40 },
    avatar: { requestsPerSecond: 10, burst: 20 },
    "voice-ticket": { requestsPerSecond: 5, burst: 10 },
  },
};

describe("the numbers of the contract's classes", () => {
  it("are accepted when every class has them and none is left over", () => {
    expect(limits.parse(staging)).toEqual(staging);
    expect(checkLimits(readContract(), staging)).toEqual([]);
  });

  it.each([
    ["more than a function can be given", { maxBytes: MAX_BODY_BYTES + 1 }],
    ["next to nothing", { maxBytes: 1_023 }],
    ["half a byte", { maxBytes: 2_000.5 }],
    ["another unit", { maxKilobytes: 64 }],
    ["an unknown key beside", { maxBytes: 4_096, minBytes: 1 }],
  ])("refuses a body limit of %s", (_what, chat) => {
    expect(limits.safeParse({ ...staging, bodies: { ...staging.bodies, chat } }).success).toBe(false);
  });

  it.each([
    ["more than the account has", { requestsPerSecond: 10_001, burst: 10 }],
    ["a burst over the account's", { requestsPerSecond: 10, burst: 5_001 }],
    ["none at all", { requestsPerSecond: 0, burst: 10 }],
    ["no burst", { requestsPerSecond: 10, burst: 0 }],
    ["no burst given", { requestsPerSecond: 10 }],
  ])("refuses a rate of %s", (_what, chat) => {
    expect(limits.safeParse({ ...staging, rates: { ...staging.rates, chat } }).success).toBe(false);
  });

  it("takes the vendor's bounds themselves", () => {
    const atTheBound: Limits = {
      bodies: { ...staging.bodies, vision: { maxBytes: MAX_BODY_BYTES } },
      rates: { ...staging.rates, chat: { requestsPerSecond: 10_000, burst: 5_000 } },
    };
    expect(limits.safeParse(atTheBound).success).toBe(true);
  });

  it("names each class without numbers and each that the contract does not know, in one go", () => {
    const { vision, ...bodies } = staging.bodies;
    const settings: Limits = {
      bodies,
      rates: { ...staging.rates, visions: { requestsPerSecond: 1, burst: 1 } },
    };
    expect(vision).toBeDefined();
    expect(checkLimits(readContract(), settings).map(formatProblem)).toEqual([
      expect.stringMatching(
        /^limits\.bodies\.vision: got nothing; allowed: \{ maxBytes \}.*; fix: add limits\.bodies\.vision/,
      ),
      expect.stringMatching(
        /^limits\.rates\.visions: got \{.*\}; allowed: the contract's classes: avatar, chat, .*; fix: remove it/,
      ),
    ]);
  });
});

describe("what is derived from them", () => {
  it("names a method as the stage's settings do, with every slash escaped, and as a usage plan does", () => {
    const throttles = methodThrottles(readContract(), staging);
    expect(throttles.map(({ methodPath, usagePlanPath }) => [methodPath, usagePlanPath])).toEqual([
      ["~1chat/POST", "/chat/POST"],
      ["~1vision/POST", "/vision/POST"],
      ["~1avatar/POST", "/avatar/POST"],
      ["~1realtime-voice~1tickets/POST", "/realtime-voice/tickets/POST"],
    ]);
    expect(throttles[1]).toMatchObject({
      path: "/vision",
      httpMethod: "POST",
      requestsPerSecond: 20,
      burst: 40,
    });
  });

  it("gives every method the size of its class (B4.3)", () => {
    expect(bodyLimits(readContract(), staging)).toContainEqual({
      path: "/vision",
      method: "post",
      bodyLimitClass: "vision",
      maxBytes: 4_194_304,
    });
  });

  it("throws where a class has no numbers, instead of leaving a method without a limit", () => {
    const { chat, ...rates } = staging.rates;
    expect(chat).toBeDefined();
    expect(() => methodThrottles(readContract(), { ...staging, rates })).toThrow(
      /limits\.rates\.chat: got nothing/,
    );
    expect(checkLimits(readContract(), { ...staging, rates }).map(({ path }) => path)).toEqual([
      "limits.rates.chat",
    ]);
  });

  it("does not take what every object has for a class of that name", () => {
    const text = edited(contractText(), "x-fase-b-rate-class: chat", "x-fase-b-rate-class: constructor");
    expect(checkLimits(loadContract(text), staging).map(({ path }) => path)).toContain(
      "limits.rates.constructor",
    );
    expect(() => methodThrottles(loadContract(text), staging)).toThrow(
      /limits\.rates\.constructor: got nothing/,
    );
  });
});

describe("a new route is one edit", () => {
  const responses = contractText().match(/ {8}"400": [\s\S]*?"504": .*\n/)?.[0] ?? "";
  const route = `
  /summary:
    post:
      operationId: createSummary
      summary: Sum up a text
      tags: [conversation]
      x-fase-b-body-limit: chat
      x-fase-b-rate-class: avatar
      x-fase-b-idempotency: required
      x-fase-b-lock: none
      x-fase-b-session: none
      parameters:
        - $ref: "#/components/parameters/IdempotencyKey"
        - $ref: "#/components/parameters/CorrelationId"
      requestBody:
        required: true
        content:
          application/json:
            schema:
              $ref: "#/components/schemas/AvatarOutput"
      responses:
        "200":
          description: The summary.
          headers:
            X-Extended-Request-Id: { $ref: "#/components/headers/ExtendedRequestId" }
${responses}`;

  it("of openapi.yaml: body, validator, authorizer, throttle and size limit follow", () => {
    const contract = loadContract(contractText().replace("\ncomponents:\n", `${route}\ncomponents:\n`));
    const { body } = toApiGatewayBody(contract, bodyArgs);
    expect((body.paths as Record<string, unknown>)["/summary"]).toMatchObject({
      post: {
        security: [{ clientAuthorizer: [], apiKey: [] }],
        "x-amazon-apigateway-request-validator": "body-and-parameters",
        "x-amazon-apigateway-integration": { uri: bodyArgs.edgeInvocationUri },
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/AvatarOutput" } } },
        },
      },
    });
    expect(methodThrottles(contract, staging)).toContainEqual(
      expect.objectContaining({ methodPath: "~1summary/POST", requestsPerSecond: 10, burst: 20 }),
    );
    expect(bodyLimits(contract, staging)).toContainEqual(
      expect.objectContaining({ path: "/summary", maxBytes: 262_144 }),
    );
    expect(contract.routes.at(-1)).toMatchObject({
      path: "/summary",
      idempotency: "required",
      requiresSubject: false,
    });
  });

  it("and a class that is new too is asked for by name", () => {
    const text = contractText().replace(
      "\ncomponents:\n",
      `${route.replace("limit: chat", "limit: summary")}\ncomponents:\n`,
    );
    expect(checkLimits(loadContract(text), staging).map(({ path }) => path)).toEqual([
      "limits.bodies.summary",
    ]);
  });
});
