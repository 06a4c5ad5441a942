import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAuthorizer } from "../authorizer/authorizer";
import { denyReasons } from "../authorizer/denyReasons";
import { voiceDenyReasons } from "../voice-authorizer/denyReasons";
import { prepareSources, type Sources } from "../authorizer/sources";
import { goodEvent, issuer, newLeaf, nowMs, plainSources } from "../authorizer/testSupport";
import {
  asGatewayId,
  asUuid,
  correlationHeaders,
  correlationId,
  correlationIdOf,
} from "../correlation/correlation";
import { errorClasses, errorCodes, errorFields } from "./errors";
import { functionNames, logFieldTypes, outcomes, routeIds, type LogFields } from "./fields";
import { NUMBER_LIMIT } from "./fieldTypes";
import { createLog, type Log } from "./log";
import { metricNames, metrics, type MetricValues } from "./metrics";

/** Reserved names and numbers, and made-up ones in the forms that people's data has. */
const corpus = [
  "jane.doe@example.com",
  "JANE.DOE+chat@EXAMPLE.COM",
  "maría.garcía@example.es",
  "+34 600 123 456",
  "34600123456",
  "+1-202-555-0143",
  "12345678Z",
  "X1234567L",
  "078-05-1120",
  "ES9121000418450200051332",
  "4111111111111111",
  "4111 1111 1111 1111",
  "5555-5555-5555-4444",
  "Jane Doe",
  "María-José",
  "JaneDoe",
  "Calle de Alcalá 42, 28014 Madrid",
  "192.0.2.44",
  "2001:db8::8a2e:370:7334",
  "1984-07-09",
  "Exif\0\0II*\0 Artist=Jane Doe",
  "GPSLatitude=40.4167754",
  "<x:xmpmeta><dc:creator>Jane Doe</dc:creator></x:xmpmeta>",
  "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQEASABIAAD/4QBWRXhpZgAA",
  "line\nbreak jane.doe@example.com",
] as const;

const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join(""));
const word = fc.stringMatching(/^[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{3,10}$/);
const planted = fc.oneof(
  fc.constantFrom(...corpus),
  fc.emailAddress(),
  digits(9, 15),
  digits(9, 15).map((number) => `+${number}`),
  digits(16, 16),
  fc.tuple(digits(8, 8), fc.constantFrom(..."TRWAGMYFPDXBNJZSQVHLCKE")).map((parts) => parts.join("")),
  fc.tuple(word, word).map((parts) => parts.join(" ")),
);

const names = { clientIds: ["web-app", "qa-security"], agentIds: ["chat-01", "vision-01"] };
const words = new Set<string>([
  "fase-b-staging/functions",
  ...functionNames,
  ...routeIds,
  ...outcomes,
  ...denyReasons,
  ...voiceDenyReasons,
  ...errorClasses,
  ...errorCodes,
  ...names.clientIds,
  ...names.agentIds,
  ...metricNames,
  ...metricNames.map((name) => metrics[name].unit),
  ...Object.keys(logFieldTypes(names)),
  "_aws",
  "Timestamp",
  "CloudWatchMetrics",
  "Namespace",
  "Dimensions",
  "Metrics",
  "Name",
  "Unit",
]);

const leavesOf = (value: unknown): unknown[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [
        ...(Array.isArray(value) ? [] : [key]),
        ...leavesOf(inner),
      ])
    : [value];

/** Nothing that was planted is in the line; and nothing else than known words, ids and small numbers is. */
function expectClean(line: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      btoa(encodeURIComponent(secret)),
    ]) {
      expect(line).not.toContain(form);
    }
  }
  for (const leaf of leavesOf(JSON.parse(line))) {
    const clean =
      typeof leaf === "boolean" ||
      (typeof leaf === "number" && (leaf < NUMBER_LIMIT || leaf === nowMs)) ||
      (typeof leaf === "string" &&
        (words.has(leaf) || asUuid(leaf) !== undefined || leaf === "JJbxmplHFiAFk4A="));
    expect(clean, `the line holds ${JSON.stringify(leaf)}`).toBe(true);
  }
}

function start(functionName: "authorizer" | "edge"): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({
    ...names,
    functionName,
    namePrefix: "fase-b-staging",
    memoryLimitMb: 512,
    write: (line) => lines.push(line),
    nowMs: () => nowMs,
  });
  return { log, lines };
}

const sources = prepareSources(plainSources);
async function authorizeAndRead(
  event: unknown,
  loadSources: () => Promise<Sources> = () => Promise.resolve(sources),
): Promise<string> {
  const { log, lines } = start("authorizer");
  await createAuthorizer({
    loadSources,
    log,
    agentIdOf: (domain) => domain.split(".")[0],
    nowMs: () => nowMs,
  })(event);
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

type Path = readonly string[];
const pathsOf = (value: unknown, at: Path = []): Path[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...pathsOf(inner, [...at, key])])
    : [];
function replaced(target: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const record = (typeof target === "object" && target !== null ? target : {}) as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, value) };
}

/** Headers that callers and proxies send, ours among them. */
const headerNames = [
  "X-Correlation-Id",
  "X-Subject",
  "X-Api-Key",
  "Idempotency-Key",
  "Authorization",
  "Cookie",
  "From",
  "Host",
  "Referer",
  "User-Agent",
  "X-Amzn-Trace-Id",
  "X-Forwarded-For",
] as const;

/** An error with the secret everywhere that an error has room. */
function errorWith(secret: string): Error {
  const cause = Object.assign(new Error(secret), { code: secret, name: secret });
  return Object.assign(new TypeError(secret, { cause }), {
    code: secret,
    stack: `Error: ${secret}`,
    [secret]: secret,
  });
}

describe("no line holds personal data (B8.3)", () => {
  it.each(corpus)("when %j stands in any field of the event", async (secret) => {
    for (const path of pathsOf(goodEvent())) {
      expectClean(await authorizeAndRead(replaced(goodEvent(), path, secret)), [secret]);
    }
  });

  it.each(corpus)("when %j stands in any header, once or twice, or is a header's name", async (secret) => {
    const event = goodEvent();
    for (const name of [...headerNames, secret]) {
      for (const values of [[secret], [secret, secret], [`${secret}, ${secret}`]]) {
        const changed = {
          ...event,
          headers: { ...event.headers, [name]: values.at(-1) },
          multiValueHeaders: { ...event.multiValueHeaders, [name]: values },
        };
        expectClean(await authorizeAndRead(changed), [secret]);
      }
    }
  });

  it.each(corpus)("when %j stands in the certificate's names", async (secret) => {
    const event = goodEvent();
    for (const value of [secret, `urn:fase-b:client:${secret}`]) {
      event.requestContext.identity.clientCert.clientCertPem = newLeaf(issuer, {
        subject: secret,
        names: [{ type: "uri", value: Buffer.from(value).toString("latin1") }],
      });
      expectClean(await authorizeAndRead(event), [secret]);
    }
  });

  it.each(corpus)("when an error carries %j", async (secret) => {
    const failing = (): Promise<Sources> => Promise.reject(errorWith(secret));
    expectClean(await authorizeAndRead(goodEvent(), failing), [secret]);
    const { log, lines } = start("edge");
    const request = log.begin();
    request.set(errorFields(errorWith(secret)));
    request.end();
    expectClean(lines[0] ?? "", [secret]);
  });

  it.each(corpus)("when a careless function logs %j in every field, known and unknown", (secret) => {
    const fields = Object.keys(logFieldTypes(names)).filter((name) => name !== "functionName");
    const numbered = Number(secret.replace(/\D/g, "")) + NUMBER_LIMIT;
    for (const value of [secret, [secret], { [secret]: secret }, { toString: () => secret }, numbered]) {
      const everywhere = (known: readonly string[]): unknown =>
        Object.fromEntries([...known, "message", secret].map((name) => [name, value]));
      const { log, lines } = start("edge");
      const request = log.begin();
      request.set(everywhere(fields) as LogFields);
      request.measure(everywhere(metricNames) as MetricValues);
      request.end();
      expectClean(lines[0] ?? "", [secret]);
      expect(JSON.parse(lines[0] ?? "")).not.toHaveProperty("extendedRequestId");
      expect(lines[0]).toContain("RefusedFields");
    }
  });

  it.each(corpus)("when %j is sent as correlation id, or stands where the gateway's id should", (secret) => {
    const id = correlationIdOf({ headers: { "X-Correlation-Id": secret } });
    const headers = JSON.stringify(correlationHeaders({ correlationId: id, extendedRequestId: secret }));
    expect(headers).not.toContain(JSON.stringify(secret).slice(1, -1));
    const { log, lines } = start("edge");
    const request = log.begin();
    request.set({ correlationId: id, extendedRequestId: asGatewayId(secret), requestId: asUuid(secret) });
    request.end();
    expectClean(lines[0] ?? "", [secret]);
  });

  it("whatever is planted, wherever, several at once", async () => {
    const paths = pathsOf(goodEvent());
    const plants = fc.array(fc.tuple(fc.constantFrom(...paths), planted), { minLength: 1, maxLength: 5 });
    const headers = fc.dictionary(fc.constantFrom(...headerNames), planted);
    await fc.assert(
      fc.asyncProperty(plants, headers, fc.boolean(), async (list, sent, fails) => {
        const secrets = [...list.map(([, secret]) => secret), ...Object.values(sent)];
        const base: unknown = { ...goodEvent(), headers: sent };
        const event = list.reduce((at, [path, secret]) => replaced(at, path, secret), base);
        const load = fails ? () => Promise.reject(errorWith(secrets.join())) : undefined;
        expectClean(await authorizeAndRead(event, load), secrets);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the caller's correlation id when it is well-formed: 122 bits that the contract calls opaque", () => {
    const own = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";
    expect(correlationId([own])).toBe(own);
  });
});
