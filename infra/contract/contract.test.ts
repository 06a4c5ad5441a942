import fc from "fast-check";
import { load } from "js-yaml";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { formatProblem } from "../shared/problem";
import { loadContract, readContract } from "./contract";
import { contractText, edited, problemsOf } from "./testSupport";

const text = contractText();

describe("the contract as it stands", () => {
  it("has the four operations of the order, each with its classes, lock and session", () => {
    const { routes, webSocketPath } = readContract();
    const facts = routes.map((r) => [
      r.method,
      r.path,
      r.bodyLimitClass,
      r.rateClass,
      r.lock?.resource,
      r.session,
    ]);
    expect(facts).toEqual([
      ["post", "/chat", "chat", "chat", undefined, null],
      ["post", "/vision", "vision", "vision", undefined, null],
      ["post", "/avatar", "avatar", "avatar", "/avatarId", null],
      ["post", "/realtime-voice/tickets", "voice-ticket", "voice-ticket", undefined, "/realtime-voice"],
    ]);
    expect(webSocketPath).toBe("/realtime-voice");
  });

  it("asks for an idempotency key on every POST (B3.1)", () => {
    const posts = readContract().routes.filter((route) => route.method === "post");
    expect(posts).toHaveLength(4);
    expect(posts.filter((route) => route.idempotency !== "required")).toEqual([]);
    expect(posts.filter((route) => !route.requiredHeaders.includes("Idempotency-Key"))).toEqual([]);
  });

  it("asks for the subject where a lock or a session is held for one (B3.2, B4.2), and nowhere else", () => {
    const { routes } = readContract();
    const asked = routes.filter((route) => route.requiresSubject);
    expect(asked).toEqual(routes.filter((route) => route.lock !== null || route.session !== null));
    expect(asked.map(({ path }) => path)).toEqual(["/avatar", "/realtime-voice/tickets"]);
  });

  it("takes JSON alone", () => {
    const types = new Set(readContract().routes.flatMap((route) => route.contentTypes));
    expect(types).toEqual(new Set(["application/json"]));
  });

  it("answers every error that the order names, and says when to try again where one can wait", () => {
    const { routes, document } = readContract();
    const errors = [400, 401, 403, 409, 413, 415, 422, 429, 500, 502, 503, 504];
    for (const route of routes) expect(route.statuses).toEqual(expect.arrayContaining(errors));
    const { Conflict, TooManyRequests, ServiceUnavailable, GatewayTimeout } =
      document.components.responses ?? {};
    for (const response of [Conflict, TooManyRequests, ServiceUnavailable, GatewayTimeout]) {
      expect(response?.headers).toHaveProperty("Retry-After");
    }
  });

  it("describes the WebSocket channel and the ticket that the tickets' operation issues", () => {
    const text = readFileSync(join(__dirname, "realtime-voice.asyncapi.yaml"), "utf8");
    const protocol = z.object({ "Sec-WebSocket-Protocol": z.object({ pattern: z.string() }) });
    const channel = z.object({
      bindings: z.object({ ws: z.object({ headers: z.object({ properties: protocol }) }) }),
    });
    const { channels } = z.object({ channels: z.record(z.string(), channel) }).parse(load(text));
    const { webSocketPath } = readContract();
    expect(Object.keys(channels)).toEqual([webSocketPath]);
    const headers = channels[webSocketPath]?.bindings.ws.headers.properties;
    const offered = new RegExp(headers?.["Sec-WebSocket-Protocol"].pattern ?? "^$");
    const { VoiceTicket } = readContract().document.components.schemas;
    const ticket = VoiceTicket?.properties?.ticket?.pattern ?? "";
    const subprotocol = VoiceTicket?.properties?.subprotocols?.items?.pattern ?? "";
    fc.assert(
      fc.property(fc.stringMatching(new RegExp(ticket)), (issued) => {
        const both = ["fase-b.voice.v1", `fase-b.ticket.${issued}`];
        for (const one of both) expect(one).toMatch(new RegExp(subprotocol));
        expect(both.join(", ")).toMatch(offered);
      }),
    );
  });
});

describe("the headers' patterns", () => {
  const pattern = (name: string): RegExp => {
    const source = readContract().document.components.parameters?.[name]?.schema.pattern;
    if (source === undefined) throw new Error(`no pattern of the parameter ${name}`);
    return new RegExp(source);
  };

  it.each([
    ['"a"', true],
    [`"${"k".repeat(255)}"`, true],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', true],
    [`"${"k".repeat(256)}"`, false],
    ['""', false],
    ["unquoted", false],
    ['"half', false],
    ['"in"side"', false],
    ['"back\\slash"', false],
    ['"two words"', false],
    ['"ünicode"', false],
    ['"line\n"', false],
  ])("Idempotency-Key %j is accepted: %s", (value, accepted) => {
    expect(pattern("IdempotencyKey").test(value)).toBe(accepted);
  });

  it.each([
    ["0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f", true],
    ["0193A1E2-5F6B-7C3D-9E8F-1A2B3C4D5E6F", false],
    ["0193a1e25f6b7c3d9e8f1a2b3c4d5e6f", false],
    ["0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f\n", false],
    ["ana.perez@example.com", false],
    ["+34600000000", false],
    ["", false],
  ])("X-Correlation-Id %j is accepted: %s (B1.6, B8.3)", (value, accepted) => {
    expect(pattern("CorrelationId").test(value)).toBe(accepted);
  });

  it.each([
    ["u_7f3b2c9a1d4e4f60", true],
    ["short", false],
    ["a".repeat(65), false],
    ["ana.perez@example.com", false],
    ["Ana Perez de la Cruz", false],
  ])("X-Subject %j is accepted: %s (B8.3)", (value, accepted) => {
    expect(pattern("Subject").test(value)).toBe(accepted);
    expect(pattern("OptionalSubject").test(value)).toBe(accepted);
  });
});

describe("a contract that is not right is refused", () => {
  const chat = "/paths/~1chat/post";
  const cases: readonly [what: string, passage: string, replacement: string, path: string][] = [
    [
      "a mark that does not exist",
      "x-fase-b-rate-class: chat",
      "x-fase-b-rateclass: chat",
      `${chat}/x-fase-b-rateclass`,
    ],
    ["a mark that is missing", "      x-fase-b-rate-class: chat\n", "", `${chat}/x-fase-b-rate-class`],
    [
      "a class that is no name",
      "x-fase-b-body-limit: chat",
      "x-fase-b-body-limit: Chat 2",
      `${chat}/x-fase-b-body-limit`,
    ],
    [
      "an idempotency that is no such thing",
      "x-fase-b-idempotency: required",
      "x-fase-b-idempotency: optional",
      `${chat}/x-fase-b-idempotency`,
    ],
    [
      "an idempotency key that nothing reads",
      "x-fase-b-idempotency: required",
      "x-fase-b-idempotency: none",
      `${chat}/x-fase-b-idempotency`,
    ],
    [
      "idempotency without its header",
      '        - $ref: "#/components/parameters/IdempotencyKey"\n',
      "",
      `${chat}/parameters`,
    ],
    [
      "no correlation id",
      '        - $ref: "#/components/parameters/CorrelationId"\n',
      "",
      `${chat}/parameters`,
    ],
    [
      "a lock without a subject",
      "x-fase-b-lock: none",
      "x-fase-b-lock: { resource: $request.body#/seed }",
      `${chat}/parameters`,
    ],
    [
      "a lock on what a body may lack",
      "resource: $request.body#/avatarId",
      "resource: $request.body#/style",
      "/paths/~1avatar/post/x-fase-b-lock/resource",
    ],
    [
      "a lock on what no body has",
      "resource: $request.body#/avatarId",
      "resource: $request.body#/avatar",
      "/paths/~1avatar/post/x-fase-b-lock/resource",
    ],
    [
      "a lock on a header",
      "resource: $request.body#/avatarId",
      "resource: $request.header.X-Subject",
      "/paths/~1avatar/post/x-fase-b-lock/resource",
    ],
    ["no channel", "x-fase-b-session: /realtime-voice", "x-fase-b-session: none", "/paths"],
    [
      "a missing 429",
      '        "429": { $ref: "#/components/responses/TooManyRequests" }\n',
      "",
      `${chat}/responses/429`,
    ],
    [
      "a missing 503",
      '        "503": { $ref: "#/components/responses/ServiceUnavailable" }\n',
      "",
      `${chat}/responses/503`,
    ],
    [
      "a 429 that does not say when to try again",
      '"429": { $ref: "#/components/responses/TooManyRequests" }',
      '"429": { $ref: "#/components/responses/BadRequest" }',
      `${chat}/responses/429/headers`,
    ],
    [
      "a reference to nothing",
      '"400": { $ref: "#/components/responses/BadRequest" }',
      '"400": { $ref: "#/components/responses/BadRequests" }',
      `${chat}/responses/400/$ref`,
    ],
    [
      "a reference into another section",
      '"400": { $ref: "#/components/responses/BadRequest" }',
      '"400": { $ref: "#/components/schemas/Problem" }',
      `${chat}/responses/400/$ref`,
    ],
    [
      "a reference to what every object has",
      '$ref: "#/components/schemas/ChatRequest"',
      '$ref: "#/components/schemas/constructor"',
      `${chat}/requestBody/content/application~1json/schema/$ref`,
    ],
    [
      "a reference to another file",
      '$ref: "#/components/schemas/ChatRequest"',
      '$ref: "other.yaml#/ChatRequest"',
      `${chat}/requestBody/content/application~1json/schema/$ref`,
    ],
    [
      "a text without maxLength",
      "          minLength: 1\n          maxLength: 32768\n",
      "          minLength: 1\n",
      "/components/schemas/ChatMessage/properties/content/maxLength",
    ],
    [
      "a number without maximum",
      "        temperature:\n          type: number\n          minimum: 0\n          maximum: 2\n",
      "        temperature:\n          type: number\n          minimum: 0\n",
      "/components/schemas/ChatRequest/properties/temperature/maximum",
    ],
    [
      "a list without maxItems",
      "          maxItems: 128\n",
      "",
      "/components/schemas/ChatRequest/properties/messages/maxItems",
    ],
    [
      "an open object",
      "    ChatMessage:\n      type: object\n      additionalProperties: false\n",
      "    ChatMessage:\n      type: object\n",
      "/components/schemas/ChatMessage/additionalProperties",
    ],
    [
      "an object that says it is open",
      "    ChatMessage:\n      type: object\n      additionalProperties: false\n",
      "    ChatMessage:\n      type: object\n      additionalProperties: true\n",
      "/components/schemas/ChatMessage/additionalProperties",
    ],
    [
      "bounds that cross",
      "minLength: 1, maxLength: 8192",
      "minLength: 9000, maxLength: 8192",
      "/components/schemas/VisionRequest/properties/prompt/minLength",
    ],
    [
      "a required property that is not there",
      "required: [messages]",
      "required: [message]",
      "/components/schemas/ChatRequest/required",
    ],
    [
      "a pattern that is no regular expression",
      'pattern: "^wss://"',
      'pattern: "^wss://("',
      "/components/schemas/VoiceTicket/properties/url/pattern",
    ],
    [
      "a keyword that is misspelt",
      "maxItems: 128",
      "maxItem: 128",
      "/components/schemas/ChatRequest/properties/messages/maxItem",
    ],
    [
      "a keyword beside $ref",
      'items: { $ref: "#/components/schemas/ChatMessage" }',
      'items: { $ref: "#/components/schemas/ChatMessage", nullable: true }',
      "/components/schemas/ChatRequest/properties/messages/items/nullable",
    ],
    [
      "a model name that the gateway refuses",
      "    ChatMessage:\n",
      "    Chat_Message:\n",
      "/components/schemas/Chat_Message",
    ],
    [
      "a schema without type",
      "          type: boolean\n",
      "",
      "/components/schemas/ChatRequest/properties/stream",
    ],
    [
      "one operation id twice",
      "operationId: describeImage",
      "operationId: createChatCompletion",
      "/paths/~1vision/post/operationId",
    ],
    [
      "a path parameter that nobody declares",
      "  /vision:\n",
      "  /vision/{imageId}:\n",
      "/paths/~1vision~1{imageId}/post/parameters",
    ],
    ["a greedy path", "  /vision:\n", "  /{proxy+}:\n", "/paths/~1{proxy+}"],
    [
      "a GET with a body",
      "  /vision:\n    post:\n",
      "  /vision:\n    get:\n",
      "/paths/~1vision/get/requestBody",
    ],
    ["an API without the key", "security:\n  - apiKey: []\n", "security: []\n", "/security"],
    ["another version of OpenAPI", "openapi: 3.0.3", "openapi: 3.1.0", "/openapi"],
  ];

  it.each(cases)("%s", (_what, passage, replacement, path) => {
    const problems = problemsOf(edited(text, passage, replacement));
    expect(problems.map((problem) => problem.path)).toContain(path);
  });

  it("with every problem at once, each in one line that says what, got, allowed and fix", () => {
    let broken = edited(text, "          maxItems: 128\n", "");
    broken = edited(broken, "operationId: describeImage", "operationId: createChatCompletion");
    broken = edited(broken, "required: [messages]", "required: [message]");
    const problems = problemsOf(broken);
    expect(problems).toHaveLength(3);
    for (const problem of problems) {
      expect(formatProblem(problem)).toMatch(/^\/\S+: got .+; allowed: .+; fix: .+$/);
    }
    expect(() => loadContract(broken)).toThrow(/^openapi\.yaml: 3 problems\n {2}\/components/);
  });

  it("where it is no YAML, with the line", () => {
    const [problem] = problemsOf(edited(text, "info:\n", "info: [\n"));
    expect(problem?.path).toMatch(/^line \d+$/);
    expect(problemsOf("")[0]?.path).toBe("(the whole file)");
    expect(problemsOf("a: 1\na: 2\n")[0]?.got).toMatch(/duplicated mapping key/);
  });

  it("never by anything but a ContractError, whatever line is lost", () => {
    const lines = text.split("\n");
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: lines.length - 1 }),
        fc.integer({ min: 1, max: 4 }),
        (at, count) => {
          const mutilated = [...lines.slice(0, at), ...lines.slice(at + count)].join("\n");
          // problemsOf throws on any other error.
          for (const problem of problemsOf(mutilated))
            expect(formatProblem(problem)).toMatch(/^\S.*; fix: .+$/);
        },
      ),
      { numRuns: 40 },
    );
  });
});
