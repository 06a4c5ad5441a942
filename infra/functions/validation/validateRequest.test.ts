import { describe, expect, it } from "vitest";
import { eventOf, good, goodBodies, routes, validators, type EventParts } from "../edge/testSupport";
import { validateRequest, type InvalidRequest, type ValidRequest } from "./validateRequest";

const [chat, vision] = routes;
const judge = (body: unknown, more: EventParts = {}, route = chat): ValidRequest | InvalidRequest => {
  if (route === undefined) throw new Error("the contract has no such route");
  return validateRequest(route, validators, eventOf(route.path, body, more));
};
const codeOf = (result: ValidRequest | InvalidRequest): string =>
  result.kind === "valid" ? "valid" : `${result.status} ${result.code}`;
const typed = (contentType: string | undefined): EventParts => ({ headers: { "Content-Type": contentType } });

describe("a request by the contract", () => {
  it.each([
    ["application/json", "valid"],
    ["Application/JSON ; charset=UTF-8", "valid"],
    ['application/json;charset="utf-8"', "valid"],
    ["application/json; charset=latin1", "415 unsupported-media-type"],
    ["application/json, text/plain", "415 unsupported-media-type"],
    ["application/jsonp", "415 unsupported-media-type"],
    ["text/plain", "415 unsupported-media-type"],
    ["image/png", "415 unsupported-media-type"],
    ["", "415 unsupported-media-type"],
    [undefined, "415 unsupported-media-type"],
  ])("with the content type %j is %s", (contentType, expected) => {
    expect(codeOf(judge(goodBodies["/chat"], typed(contentType)))).toBe(expected);
  });

  it("with two content types or a content coding is 415", () => {
    const two: EventParts = { headers: { "Content-Type": "application/json", "content-type": "text/plain" } };
    expect(codeOf(judge(goodBodies["/chat"], two))).toBe("415 unsupported-media-type");
    expect(codeOf(judge(goodBodies["/chat"], { headers: { "Content-Encoding": "gzip" } }))).toBe(
      "415 unsupported-media-type",
    );
    expect(codeOf(judge(goodBodies["/chat"], { headers: { "Content-Encoding": "identity" } }))).toBe("valid");
  });

  it("is measured in the bytes that were sent, text or base64 (B4.3)", () => {
    const limit = vision?.maximumBodyBytes ?? 0;
    const text = JSON.stringify(goodBodies["/vision"]);
    const padded = (bytes: number): string => text + " ".repeat(bytes - text.length);
    const sized = (body: string, isBase64Encoded: boolean): string =>
      codeOf(
        judge(isBase64Encoded ? Buffer.from(body).toString("base64") : body, { isBase64Encoded }, vision),
      );
    for (const isBase64Encoded of [false, true]) {
      expect(sized(padded(limit), isBase64Encoded)).toBe("valid");
      expect(sized(padded(limit + 1), isBase64Encoded)).toBe("413 body-too-large");
    }
    // Two bytes a letter, and bytes that are no text at all.
    expect(sized("é".repeat(limit / 2 + 1), false)).toBe("413 body-too-large");
    const binary = Buffer.alloc(limit + 1, 0xff).toString("base64");
    expect(codeOf(judge(binary, { isBase64Encoded: true }, vision))).toBe("413 body-too-large");
  });

  it.each([
    ["", false],
    ["{", false],
    ["\ufeff{}", false],
    [Buffer.from([0x22, 0xff, 0x22]).toString("base64"), true],
    [Buffer.from("\ufeff{}").toString("base64"), true],
  ])("with %j as body is no JSON", (body, isBase64Encoded) => {
    expect(codeOf(judge(body, { isBase64Encoded }))).toBe("400 invalid-json");
  });

  it("without a body is no JSON", () => {
    if (chat === undefined) throw new Error("no route");
    expect(codeOf(validateRequest(chat, validators, { ...good("/chat"), body: null }))).toBe(
      "400 invalid-json",
    );
  });

  it.each([
    [{ "Idempotency-Key": undefined }, "400 missing-header"],
    [{ "Idempotency-Key": "unquoted" }, "400 invalid-header"],
    [{ "Idempotency-Key": '""' }, "400 invalid-header"],
    [{ "Idempotency-Key": '"a"', "idempotency-key": '"b"' }, "400 invalid-header"],
    [{ "X-Subject": "jane.doe@example.com" }, "400 invalid-header"],
    [{ "X-Subject": undefined }, "valid"],
    [{ "X-Correlation-Id": "malformed: it is replaced, not refused" }, "valid"],
  ])("with the headers %j is %s", (headers, expected) => {
    expect(codeOf(judge(goodBodies["/chat"], { headers }))).toBe(expected);
  });

  it("is told the place and the keyword, never the value or a name of its own", () => {
    const secret = "jane.doe@example.com";
    const result = judge({ messages: [{ role: secret, content: "x" }] });
    expect(result).toMatchObject({
      detail: "The body does not match the schema of the contract, at /messages/0/role: must satisfy enum.",
      errors: [{ pointer: "/messages/0/role", detail: "must satisfy enum" }],
    });
    for (const body of [{ [secret]: 1 }, { messages: [{ [secret]: 1 }] }, { messages: secret }])
      expect(JSON.stringify(judge(body))).not.toContain(secret);
  });

  it("judged by another contract's validators is a mistake of ours", () => {
    if (chat === undefined) throw new Error("no route");
    expect(() => validateRequest(chat, {}, good("/chat"))).toThrow(ReferenceError);
  });
});
