import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { readContract } from "../../contract/contract";
import { asGatewayId, asUuid } from "../correlation/correlation";
import { functionNames as bundledFunctions } from "../../edge/functionNames";
import { errorClasses, errorCodes, errorFields } from "./errors";
import { functionNames, logFieldTypes, routeIds, type LogFieldName, type LogFields } from "./fields";
import { integer, knownName, knownPath, NUMBER_LIMIT } from "./fieldTypes";
import { formatLine } from "./line";
import { createLog, type LogOptions } from "./log";
import { breakerStates, metricNames, metrics, type MetricName, type MetricValues } from "./metrics";
import { sampleUsage, usageMetrics } from "./usage";

const nowMs = Date.UTC(2026, 10, 22, 12);
const names = {
  clientIds: ["web-app"],
  agentIds: ["chat-01"],
  secretNames: ["fase-b-staging/clients/web-app/api-key"],
};
const types = logFieldTypes(names);

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("got nothing; fix: give the test a value that is accepted");
  return value;
}
const correlationId = present(asUuid("0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f"));

interface Line extends Readonly<Record<string, unknown>> {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

const lineOf = (fields: LogFields, values: MetricValues = {}): Line =>
  JSON.parse(formatLine(types, "fase-b-staging/functions", fields, values, nowMs)) as Line;
/** As a caller without a compiler would pass it. */
const forced = (fields: unknown): LogFields => fields as LogFields;

function start(changes: Partial<LogOptions> = {}) {
  const lines: Line[] = [];
  const log = createLog({
    ...names,
    functionName: "edge",
    namePrefix: "fase-b-staging",
    memoryLimitMb: 512,
    write: (line) => lines.push(JSON.parse(line) as Line),
    nowMs: () => nowMs,
    ...changes,
  });
  return { log, lines };
}

describe("a field of the log (B8.3)", () => {
  it("is written when it is on the list and has its form", () => {
    const { log } = start();
    const fields = {
      functionName: "edge",
      correlationId,
      requestId: correlationId,
      extendedRequestId: present(asGatewayId("JJbxmplHFiAFk4A=")),
      invocationId: correlationId,
      route: "POST /chat",
      agentId: present(log.agentId("chat-01")),
      clientId: present(log.clientId("web-app")),
      secret: present(log.secret("fase-b-staging/clients/web-app/api-key")),
      secretVersion: correlationId,
      step: "finishSecret",
      authority: "root",
      outcome: "denied",
      denyReason: "certificate-expired",
      closeCode: 4029,
      status: 200,
      upstreamStatus: 503,
      attempts: 2,
      requestBytes: 1_000,
      responseBytes: 0,
      coldStart: false,
      errorClass: "TypeError",
      errorCode: "ECONNRESET",
    } as const satisfies Required<LogFields>;
    expect(lineOf(fields)).toMatchObject(fields);
    expect(Object.keys(fields)).toEqual(Object.keys(types));
  });

  it("has no type that a text fits, so that free text does not compile", () => {
    type Texts = { [K in LogFieldName]: string extends LogFields[K] ? K : never }[LogFieldName];
    expectTypeOf<Texts>().toBeNever();
    expectTypeOf<{ correlationId: string }>().not.toExtend<LogFields>();
    expectTypeOf<{ clientId: string }>().not.toExtend<LogFields>();
    expectTypeOf<{ outcome: string }>().not.toExtend<LogFields>();
    expectTypeOf<"subject" | "message" | "stack" | "path" | "sourceIp">()
      .exclude<LogFieldName>()
      .toEqualTypeOf<"subject" | "message" | "stack" | "path" | "sourceIp">();
  });

  it.each<[string, unknown]>([
    ["a name that is not on the list", { message: "hello" }],
    ["a subject", { subject: "u_7f3b2c9a1d4e4f60" }],
    ["a text where an id belongs", { correlationId: "jane.doe@example.com" }],
    ["a client that the settings do not know", { clientId: "jane-doe" }],
    ["a word that is not on its list", { outcome: "jane" }],
    ["a number out of bounds", { status: 600_123_456 }],
    ["a number with a fraction", { attempts: 1.5 }],
    ["a number as text", { status: "200" }],
    [
      "an object that reads as a good text",
      { route: { toString: () => "POST /chat", toJSON: () => "jane" } },
    ],
    ["a text object", { route: new String("POST /chat") }],
    ["a list", { route: ["POST /chat"] }],
    ["a property of every object", JSON.parse('{"__proto__": "jane"}')],
    ["null", { route: null }],
  ])("is not written, and counted, when it is %s", (_, fields) => {
    const line = lineOf(forced({ functionName: "edge", ...(fields as object) }), {});
    expect(line).toEqual({ _aws: line._aws, functionName: "edge", RefusedFields: 1 });
  });

  it("is not taken from a prototype", () => {
    const inherited = forced(
      Object.assign(Object.create({ status: 200 }) as object, { functionName: "edge" }),
    );
    expect(lineOf(inherited)).not.toHaveProperty("status");
  });

  it("names the contract's operations and the bundled functions, none missing", () => {
    const operations = readContract().routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(routeIds.filter((route) => !route.startsWith("$"))).toEqual(operations);
    expect(functionNames).toEqual([...bundledFunctions]);
  });

  it("cannot be made wide enough for a telephone number", () => {
    expect(() => integer(0, NUMBER_LIMIT)).toThrow(/choose a larger unit/);
    expect(() => integer(0, Number.NaN)).toThrow(/choose a larger unit/);
    expect(String(NUMBER_LIMIT - 1)).toHaveLength(8);
    for (const name of metricNames) expect(metrics[name].max).toBeLessThan(NUMBER_LIMIT);
  });

  it("takes only the settings' kind of names for known ones", () => {
    expect(() => knownName(["web-app", "Jane Doe"])).toThrow(/index 1/);
    expect(() => knownPath(["fase-b-staging/web-app", "fase-b-staging//web-app"])).toThrow(/index 1/);
    expect(() => start({ namePrefix: "jane@example.com" })).toThrow(/pass the stack's prefix/);
  });
});

describe("the line (B1.1, B1.6)", () => {
  it("is one a request, on one line, written once, with what was gathered on the way", () => {
    const written: string[] = [];
    const { log } = start({ write: (line) => written.push(line) });
    const request = log.begin();
    request.set({ correlationId, route: "POST /chat" });
    request.measure({ StoreLatency: 2.5, Replays: 1 });
    request.measure({ StoreLatency: 1.25 });
    request.set({ outcome: "replayed", status: 200 });
    request.end();
    request.end();
    expect(written).toHaveLength(1);
    expect(written[0]).not.toContain("\n");
    expect(JSON.parse(written[0] ?? "")).toMatchObject({
      functionName: "edge",
      correlationId,
      outcome: "replayed",
      Requests: 1,
      Replays: 1,
      StoreLatency: 3.75,
    });
  });

  it("goes to the standard output as it is, past the console that the runtime wraps", () => {
    const output = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    start({ write: undefined }).log.begin().end();
    const calls = output.mock.calls.map(([chunk]) => String(chunk));
    output.mockRestore();
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^\{"_aws":.*\}\n$/);
  });

  it("is all that functions write: none of them uses the console", () => {
    const root = join(__dirname, "..");
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".ts") && !/\.test\.ts$|testSupport/.test(file),
    );
    expect(files.length).toBeGreaterThan(10);
    const writing = files.filter((file) => /\bconsole\s*[.[]/.test(readFileSync(join(root, file), "utf8")));
    expect(writing).toEqual([]);
  });

  it("keeps the last value of a gauge and the sum of a count", () => {
    const { log, lines } = start();
    const request = log.begin();
    request.set({ agentId: log.agentId("chat-01") });
    request.measure({ BreakerState: breakerStates.open, Retries: 1 });
    request.measure({ BreakerState: breakerStates["half-open"], Retries: 2 });
    request.end();
    expect(lines[0]).toMatchObject({ BreakerState: 1, Retries: 3 });
  });
});

describe("the embedded metrics (B1.1)", () => {
  const every = Object.fromEntries(metricNames.map((name) => [name, 1])) as Record<MetricName, number>;
  const split: LogFields = {
    functionName: "edge",
    route: "POST /chat",
    agentId: start().log.agentId("chat-01"),
    clientId: start().log.clientId("web-app"),
    secret: start().log.secret("fase-b-staging/clients/web-app/api-key"),
    authority: "root",
    outcome: "answered",
  };

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
  function expectEmbedded(line: Line): string[] {
    expect(Number.isSafeInteger(line._aws.Timestamp)).toBe(true);
    return line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) => {
      expect(Namespace).toBe("fase-b-staging/functions");
      expect(Metrics.length).toBeLessThanOrEqual(100);
      for (const set of Dimensions) {
        expect(set.length).toBeLessThanOrEqual(30);
        for (const dimension of set) expect(line[dimension]).toEqual(expect.stringMatching(/^.{1,1024}$/));
      }
      for (const { Name, Unit } of Metrics) {
        expect(line[Name]).toEqual(expect.any(Number));
        expect(metrics[Name as MetricName].unit).toBe(Unit);
        expect([metrics[Name as MetricName].dimensions]).toEqual(Dimensions);
      }
      return Metrics.map(({ Name }) => Name);
    });
  }

  it("have the form that CloudWatch reads, each once, each with its unit and dimensions", () => {
    const { RefusedFields: _, ...given } = every;
    const found = expectEmbedded(lineOf(split, given));
    expect(found.toSorted()).toEqual(metricNames.filter((name) => name !== "RefusedFields").toSorted());
  });

  it("count what was refused themselves: nobody else sets that number", () => {
    const line = lineOf(split, { RefusedFields: 77 });
    expect(expectEmbedded(line)).toEqual(["RefusedFields"]);
    expect(line["RefusedFields"]).toBe(1);
  });

  it.each<[string, MetricValues]>([
    ["negative", { Replays: -1 }],
    ["too large", { QuotaUse: 1_001 }],
    ["not a number", { StoreLatency: Number.NaN }],
    ["a text", { StoreLatency: "jane" } as unknown as MetricValues],
    ["unknown", { Jane: 1 } as unknown as MetricValues],
  ])("leave out a value that is %s", (_, values) => {
    expect(expectEmbedded(lineOf(split, values))).toEqual(["RefusedFields"]);
  });

  it("leave out a metric whose dimension the line lacks", () => {
    expect(expectEmbedded(lineOf({ functionName: "edge" }, { Replays: 1, Requests: 1 })).toSorted()).toEqual([
      "RefusedFields",
      "Requests",
    ]);
  });

  it("are well-formed whatever is passed", () => {
    const anything = fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom(...Object.keys(types))),
      fc.anything(),
    );
    const numbers = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom(...metricNames)), fc.anything());
    fc.assert(
      fc.property(anything, numbers, (fields, values) => {
        expectEmbedded(lineOf(forced({ functionName: "edge", ...fields }), values as MetricValues));
      }),
      { numRuns: 300 },
    );
  });

  it("say memory and CPU, which Lambda does not publish", () => {
    const before = { atMs: 1_000, cpuMicroseconds: 500_000, residentBytes: 1 };
    const after = { atMs: 1_010, cpuMicroseconds: 505_000, residentBytes: 268_435_456 };
    expect(usageMetrics(before, after, 512)).toEqual({
      MemoryUsed: 268.435456,
      MemoryUse: 50,
      CpuTime: 5,
      CpuUse: 50,
    });
    expect(usageMetrics(before, before, 512)).not.toHaveProperty("CpuUse");
    // Booked by ticks: four milliseconds in a tenth of one.
    const short = { ...after, atMs: 1_000.1, cpuMicroseconds: 504_000 };
    expect(usageMetrics(before, short, 512)["CpuUse"]).toBe(metrics.CpuUse.max);
    const real = sampleUsage();
    expect(real.residentBytes).toBeGreaterThan(1_000_000);
    expect(real.cpuMicroseconds).toBeGreaterThan(0);
  });

  it("are in every line of a request", () => {
    const { log, lines } = start();
    log.begin().end();
    for (const name of ["Requests", "MemoryUsed", "MemoryUse", "CpuTime"])
      expect(lines[0]).toHaveProperty(name);
  });
});

describe("an error in the log (B8.3)", () => {
  it("is its class and its code, also from its causes", () => {
    const cause = Object.assign(new Error("connect ECONNREFUSED 192.0.2.1:443"), { code: "ECONNREFUSED" });
    expect(errorFields(new TypeError("fetch failed", { cause }))).toEqual({
      errorClass: "TypeError",
      errorCode: "ECONNREFUSED",
    });
  });

  const looped: { cause?: unknown } = {};
  looped.cause = looped;
  it.each<[string, unknown]>([
    ["a text", "jane.doe@example.com"],
    ["nothing", undefined],
    ["null", null],
    ["a class of its own", Object.assign(new Error("x"), { name: "Jane", code: "DOE" })],
    ["a name that only reads like one", { name: { toString: () => "TypeError" } }],
    ["a loop of causes", looped],
    [
      "an object that throws when it is read",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("jane");
          },
        },
      ),
    ],
  ])("is of another class when it is %s", (_, thrown) => {
    expect(errorFields(thrown)).toEqual({ errorClass: "OtherError" });
  });

  it("has lists that its fields take whole", () => {
    for (const word of errorClasses) expect(types.errorClass.accepts(word)).toBe(true);
    for (const word of errorCodes) expect(types.errorCode.accepts(word)).toBe(true);
  });
});
