import * as fc from "fast-check";
import * as vm from "node:vm";
import { describe, expect, it } from "vitest";
import { loadContract, readContract } from "../contract/contract";
import { contractText, edited, valid } from "../contract/testSupport";
import { headersValidator, type CompiledValidators } from "../functions/validation/contractFacts";
import { contractRoutes } from "./contractRoutes";
import { compileValidators } from "./validators";

const contract = readContract();
const text = compileValidators(contract);
const load = (code: string): CompiledValidators => {
  const exports = {};
  (vm.runInThisContext(`(function (exports) {${code}})`) as (into: object) => void)(exports);
  return exports;
};
const validators = load(text);
const judge = (name: string, value: unknown): string =>
  validators[name]?.(value) === true ? "valid" : (validators[name]?.errors?.[0]?.keyword ?? "no validator");

const chat = (more: object): object => ({ messages: [{ role: "user", content: "x" }], ...more });
const vision = (data: string): object => ({ image: { mediaType: "image/png", data }, prompt: "x" });
const avatar = (more: object): object => ({ avatarId: "av_12345678", text: "x", voice: "es", ...more });

describe("the compiled validators", () => {
  it("are the same text in every run, require nothing, evaluate no text and stay small", () => {
    expect(compileValidators(readContract())).toBe(text);
    expect(text).not.toMatch(/require\s*\(|import\s*\(|\beval\b|new Function/);
    expect(text.length).toBeLessThan(80_000);
  });

  it("are one for each operation's body and headers", () => {
    const names = contract.routes.flatMap(({ operationId }) => [operationId, headersValidator(operationId)]);
    expect(Object.keys(validators).sort()).toEqual(names.sort());
  });

  it.each([
    ["additionalProperties", "createChatCompletion", chat({ extra: 1 })],
    ["additionalProperties", "createChatCompletion", JSON.parse('{"messages":[],"__proto__":{}}')],
    ["required", "createChatCompletion", Object.create(chat({}))],
    ["minItems", "createChatCompletion", { messages: [] }],
    ["maxItems", "createChatCompletion", chat({ stop: ["a", "b", "c", "d", "e"] })],
    ["uniqueItems", "createChatCompletion", chat({ stop: ["a", "a"] })],
    ["exclusiveMinimum", "createChatCompletion", chat({ topP: 0 })],
    ["format", "createChatCompletion", chat({ conversationId: "z".repeat(36) })],
    ["type", "createChatCompletion", chat({ temperature: Infinity })],
    ["format", "describeImage", vision("AAA\n")],
    ["format", "describeImage", vision("AAAAA")],
    ["format", "describeImage", vision("AA=A")],
    ["multipleOf", "renderAvatar", avatar({ output: { mediaType: "video/mp4", widthPixels: 129 } })],
    ["pattern", "createChatCompletionHeaders", { "Idempotency-Key": "abc" }],
    ["required", "renderAvatarHeaders", { "Idempotency-Key": '"abc"' }],
  ])("hold %s, in %s", (keyword, name, value) => {
    expect(judge(name, value)).toBe(keyword);
  });

  it("count a text in code points, as OpenAPI does", () => {
    expect(judge("createChatCompletion", chat({ stop: ["😀".repeat(64)] }))).toBe("valid");
    expect(judge("createChatCompletion", chat({ stop: ["😀".repeat(65)] }))).toBe("maxLength");
    expect(judge("createChatCompletion", chat({ stop: ["\udc00\ud800".repeat(32)] }))).toBe("valid");
  });

  it("judge the largest image without running out of stack", () => {
    expect(judge("describeImage", vision("A".repeat(5_592_408)))).toBe("valid");
    expect(judge("describeImage", vision(`${"A".repeat(5_592_407)}!`))).toBe("format");
  });

  it("accept whatever the contract accepts", () => {
    for (const name of ["ChatRequest", "VisionRequest", "AvatarRequest", "VoiceTicketRequest"]) {
      const operationId = {
        ChatRequest: "createChatCompletion",
        VisionRequest: "describeImage",
        AvatarRequest: "renderAvatar",
        VoiceTicketRequest: "createVoiceTicket",
      }[name];
      const schema = contract.document.components.schemas[name] ?? {};
      fc.assert(
        fc.property(valid(contract.document, schema), (body) => judge(operationId ?? "", body) === "valid"),
        { numRuns: 100 },
      );
    }
  });

  it("know nullable", () => {
    const nullable = edited(
      contractText(),
      "        seed:\n          type: integer",
      "        seed:\n          nullable: true\n          type: integer",
    );
    const code = load(compileValidators(loadContract(nullable)));
    expect(code["createChatCompletion"]?.(chat({ seed: null }))).toBe(true);
    expect(judge("createChatCompletion", chat({ seed: null }))).toBe("type");
  });

  it("refuse a format that they do not know, and a body that is no JSON", () => {
    const format = edited(contractText(), "          format: byte", "          format: ipv4");
    expect(() => compileValidators(loadContract(format))).toThrow(/ipv4/);
    const [before = "", after = ""] = contractText().split("      operationId: describeImage");
    const image = edited(after, "application/json:", "image/png:");
    const other = loadContract(`${before}      operationId: describeImage${image}`);
    expect(() => compileValidators(other)).toThrow(RangeError);
  });
});

describe("the routes", () => {
  it("say what the edge must know of each operation", () => {
    const bodies = { chat: 1, vision: 2, avatar: 3, "voice-ticket": 4 };
    const limits = {
      bodies: Object.fromEntries(Object.entries(bodies).map(([name, maxBytes]) => [name, { maxBytes }])),
      rates: {},
    };
    const routes = contractRoutes(contract, limits);
    expect(
      routes.map(({ id, maximumBodyBytes, lockPointer }) => [id, maximumBodyBytes, lockPointer]),
    ).toEqual([
      ["POST /chat", 1, null],
      ["POST /vision", 2, null],
      ["POST /avatar", 3, "/avatarId"],
      ["POST /realtime-voice/tickets", 4, null],
    ]);
    expect(routes[0]).toMatchObject({
      contentTypes: ["application/json"],
      headers: ["Idempotency-Key", "X-Subject"],
      successes: { "200": ["application/json", "text/event-stream"] },
      idempotency: "required",
    });
  });
});
