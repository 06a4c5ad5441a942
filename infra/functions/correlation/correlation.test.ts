import * as fc from "fast-check";
import { describe, expect, expectTypeOf, it } from "vitest";
import { readContract } from "../../contract/contract";
import {
  asGatewayId,
  asUuid,
  correlationHeaders,
  correlationId,
  correlationIdOf,
  UUID_PATTERN,
  type Uuid,
} from "./correlation";
import { headerValues } from "./headers";

const own = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";
const fresh = "11111111-2222-4333-8444-555555555555";
const newUuid = (): string => fresh;

describe("the correlation id (B1.6)", () => {
  it("has the contract's pattern, in the request and in the answer", () => {
    const { parameters, headers } = readContract().document.components;
    expect(parameters?.["CorrelationId"]?.schema).toMatchObject({ pattern: UUID_PATTERN });
    expect(headers?.["CorrelationId"]?.schema).toMatchObject({ pattern: UUID_PATTERN });
  });

  it("is the caller's when it is one well-formed id", () => {
    expect(correlationId([own], newUuid)).toBe(own);
  });

  it.each([
    ["missing", []],
    ["empty", [""]],
    ["in upper case", [own.toUpperCase()]],
    ["sent twice, even alike", [own, own]],
    ["two ids in one header", [`${own}, ${own}`]],
    ["followed by a line break", [`${own}\n`]],
    ["preceded by a space", [` ${own}`]],
    ["the nil id", ["00000000-0000-0000-0000-000000000000"]],
    ["of no variant", ["0193a1e2-5f6b-7c3d-7e8f-1a2b3c4d5e6f"]],
    ["without hyphens", [own.replaceAll("-", "")]],
    ["an e-mail", ["jane.doe@example.com"]],
    ["a megabyte", ["a".repeat(1_000_000)]],
    ["no text", [{ toString: (): string => own }]],
  ])("is a new one where the header is %s", (_, received) => {
    expect(correlationId(received, newUuid)).toBe(fresh);
  });

  it("is random where it is new", () => {
    const made = new Set(Array.from({ length: 100 }, () => correlationId([])));
    expect(made.size).toBe(100);
    for (const id of made) expect(asUuid(id)).toBe(id);
  });

  it("is read whatever the case of the header's name, and replaced where two cases disagree on how often", () => {
    expect(correlationIdOf({ headers: { "x-correlation-id": own } }, newUuid)).toBe(own);
    expect(correlationIdOf({ multiValueHeaders: { "X-CORRELATION-ID": [own] } }, newUuid)).toBe(own);
    const twice = { "X-Correlation-Id": [own], "x-correlation-id": [own] };
    expect(correlationIdOf({ multiValueHeaders: twice }, newUuid)).toBe(fresh);
    expect(correlationIdOf({ headers: null, multiValueHeaders: null }, newUuid)).toBe(fresh);
  });

  it("refuses a source of ids that makes none", () => {
    expect(() => correlationId([], () => "jane")).toThrow(/fix: make it with crypto.randomUUID/);
  });

  it("never lets through what the pattern does not allow, whatever is sent", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.uuid(),
      fc.constant(own.toUpperCase()),
      fc.anything(),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 3 }), (received) => {
        const id = correlationId(received, newUuid);
        expect(id).toMatch(new RegExp(UUID_PATTERN));
        expect(id === fresh || (received.length === 1 && received[0] === id)).toBe(true);
      }),
    );
  });

  it("is a type of its own, which no text is without a look at it", () => {
    expectTypeOf<string>().not.toExtend<Uuid>();
    expectTypeOf<ReturnType<typeof correlationId>>().toEqualTypeOf<Uuid>();
  });
});

describe("the headers that carry the ids", () => {
  const id = correlationId([own]);

  it("are the correlation id and the gateway's own", () => {
    expect(correlationHeaders({ correlationId: id, extendedRequestId: "JJbxmplHFiAFk4A=" })).toEqual({
      "X-Correlation-Id": own,
      "X-Extended-Request-Id": "JJbxmplHFiAFk4A=",
    });
  });

  it.each([undefined, null, "", "jane.doe@example.com", "34600123456", "a\r\nSet-Cookie: x"])(
    "leave out a gateway's id that is none: %j",
    (extendedRequestId) => {
      expect(asGatewayId(extendedRequestId)).toBeUndefined();
      expect(correlationHeaders({ correlationId: id, extendedRequestId })).toEqual({
        "X-Correlation-Id": own,
      });
    },
  );
});

describe("a header's values", () => {
  it("are all that were sent, in any case of the name, each once where both forms of the event hold it", () => {
    const event = {
      headers: { "X-Api-Key": "b", other: "x" },
      multiValueHeaders: { "X-Api-Key": ["a", "b"], "x-api-key": ["c"] },
    };
    expect(headerValues(event, "x-api-key")).toEqual(["a", "b", "c"]);
  });

  it("hold what only one form of the event shows, so that neither can hide a second value", () => {
    expect(headerValues({ headers: { A: "1" }, multiValueHeaders: { a: ["2"] } }, "a")).toEqual(["2", "1"]);
  });

  it("hold an empty text for what is no text", () => {
    const broken = { multiValueHeaders: { a: [{}, 3] } } as unknown as Parameters<typeof headerValues>[0];
    expect(headerValues(broken, "a")).toEqual(["", ""]);
  });
});
