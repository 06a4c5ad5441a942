import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { valid } from "../../contract/testSupport";
import { contract, correlationId, createBench, eventOf, goodBodies, limits, type Path } from "./testSupport";

/** The judge: another ajv, reading the contract's own schemas, with Node's own reading of base64. */
const ajv = new Ajv({ strict: false });
addFormats(ajv);
/** But for the last character before the padding, whose spare bits are a decoder's affair (RFC 4648, section 3.5). */
const withoutSpareBits = (text: string): string => text.replace(/[^=](=*)$/, "$1");
ajv.addFormat("byte", (text: string) => {
  const canonical = Buffer.from(text, "base64").toString("base64");
  return withoutSpareBits(canonical) === withoutSpareBits(text) && canonical.length === text.length;
});
ajv.addSchema({ components: { schemas: contract.document.components.schemas } }, "contract");
const oracleOf = (name: string) => ajv.compile({ $ref: `contract#/components/schemas/${name}` });
const isProblem = oracleOf("Problem");

const names = { "/chat": "ChatRequest", "/vision": "VisionRequest", "/avatar": "AvatarRequest" } as const;
const bodyLimits = { "/chat": "chat", "/vision": "vision", "/avatar": "avatar" } as const;

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    -1,
    0,
    1.5,
    1e308,
    2 ** 53,
    "",
    "x".repeat(70_000),
    [],
    {},
    null,
    true,
    "line\nbreak",
    "AAAA\n",
  ),
);

/** One place of a value, anywhere in it, changed: another value, another key, gone. */
function mutate(value: unknown, choose: (count: number) => number, by: unknown): unknown {
  if (typeof value !== "object" || value === null || choose(3) === 0) return by;
  const entries = Object.entries(value);
  const at = choose(entries.length + 1);
  const [key, inner] = entries[at] ?? [`extra${choose(9)}`, undefined];
  if (Array.isArray(value)) {
    if (inner === undefined) return [...(value as unknown[]), by];
    return value.map((each: unknown, index) => (index === at ? mutate(each, choose, by) : each));
  }
  if (inner !== undefined && choose(4) === 0)
    return Object.fromEntries(entries.filter(([each]) => each !== key));
  return { ...value, [key]: inner === undefined ? by : mutate(inner, choose, by) };
}

const bodies = (path: Path): fc.Arbitrary<unknown> => {
  const good = valid(contract.document, contract.document.components.schemas[names[path]] ?? {});
  const mutated = fc
    .tuple(good, odd, fc.infiniteStream(fc.nat()))
    .map(([body, by, stream]) => mutate(body, (count) => Number(stream.next().value) % count, by));
  return fc.oneof(
    { weight: 1, arbitrary: good },
    { weight: 3, arbitrary: mutated },
    { weight: 1, arbitrary: odd },
  );
};

const paths = Object.keys(goodBodies) as Path[];

describe("requests made from the contract (B2.2)", () => {
  it.each(paths)("to %s: never a 5xx, never an invalid body taken, every refusal a problem", async (path) => {
    const oracle = oracleOf(names[path]);
    const bench = createBench({ quota: 1_000_000 });
    const counts = { taken: 0, refused: 0 };
    let key = 0;
    await fc.assert(
      fc.asyncProperty(bodies(path), fc.boolean(), async (body, isBase64Encoded) => {
        const text = JSON.stringify(body) ?? "";
        // JSON.stringify and back: what a text holds, e.g. no infinity.
        const accepted = text !== "" && oracle(JSON.parse(text));
        const fits = Buffer.byteLength(text) <= (limits.bodies[bodyLimits[path]]?.maxBytes ?? 0);
        key += 1;
        const sentBefore = bench.sent.length;
        const answer = await bench.call(
          eventOf(path, isBase64Encoded ? Buffer.from(text).toString("base64") : text, {
            isBase64Encoded,
            headers: { "Idempotency-Key": `"key-${key}"` },
          }),
        );
        expect(answer.statusCode).toBe(!fits ? 413 : accepted ? (path === "/avatar" ? 202 : 200) : 400);
        expect(bench.sent.length - sentBefore).toBe(fits && accepted ? 1 : 0);
        if (fits && accepted) {
          counts.taken += 1;
          return;
        }
        counts.refused += 1;
        const problem = JSON.parse(answer.body) as Record<string, unknown>;
        expect(isProblem(problem)).toBe(true);
        expect(answer.headers?.["Content-Type"]).toBe("application/problem+json");
        expect([problem["correlationId"], answer.headers?.["X-Correlation-Id"]]).toEqual([
          correlationId,
          correlationId,
        ]);
      }),
      { numRuns: 500 },
    );
    // Both sides were played.
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(30);
  });

  it.each(paths)("to %s with any text as body or header: never a 5xx", async (path) => {
    const bench = createBench();
    const headers = fc.dictionary(
      fc.constantFrom(
        "Content-Type",
        "Idempotency-Key",
        "X-Subject",
        "Content-Encoding",
        "X-Correlation-Id",
        "x-api-key",
      ),
      fc.oneof(fc.string(), fc.constantFrom("application/json", '"a"', '""', `"${"k".repeat(256)}"`)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary" }),
        headers,
        fc.boolean(),
        async (text, sent, isBase64Encoded) => {
          const body = isBase64Encoded ? Buffer.from(text).toString("base64") : text;
          const answer = await bench.call(eventOf(path, body, { headers: sent, isBase64Encoded }));
          expect([400, 403, 415]).toContain(answer.statusCode);
          expect(isProblem(JSON.parse(answer.body))).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
    expect(bench.sent).toEqual([]);
  });
});
