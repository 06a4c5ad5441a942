import { describe, expect, it } from "vitest";
import { joined, loopbackEndpoint, seriesTable, targetsOf, type Measurements } from "./dataPlaneRules";
import type { CallKind, LoadSeries } from "./loadDriver";
import { isMet } from "./statistics";

interface Changes {
  readonly ms?: readonly number[];
  readonly perSecond?: readonly number[];
  readonly edgeMs?: readonly number[];
  readonly roundTrips?: number;
}

const series = (subject: string, kind: CallKind, changes: Changes = {}): LoadSeries => ({
  subject,
  kind,
  atOnce: 1,
  ms: [...(changes.ms ?? [10, 11, 12])],
  perSecond: [...(changes.perSecond ?? [100])],
  ownMs: [1, 1, 1],
  edgeMs: [...(changes.edgeMs ?? [0.5, 0.5, 0.5])],
  roundTrips: changes.roundTrips ?? 1,
  operations: [],
});

/** Every target met, but for what the changes say of one subject's kind. */
function measured(subject = "", kind: CallKind = "replay", changes: Changes = {}): Measurements {
  const names = ["claims", "edge", "edge, with lock", "powertools, with count", "powertools"];
  return {
    series: names.flatMap((name) =>
      (["first call", "replay"] as const).map((each) =>
        series(name, each, name === subject && each === kind ? changes : {}),
      ),
    ),
    cold: [{ name: "edge", loadedMs: [90, 100, 110], answeredMs: [140, 150, 900], cpuMs: [140, 150, 160] }],
    deployed: [{ name: "voice", kilobytes: 400, loadedMs: [50, 60, 70], answeredMs: [], cpuMs: [1] }],
    sizes: { edge: 420, powertools: 400 },
  };
}

const beside = (what: string): string => `${what}: claims beside Powertools with the count`;
/** As fast as the other side but for the slowest two of a hundred. */
const ninetyEight = (usual: number, slowest: number): number[] => [
  ...Array<number>(98).fill(usual),
  slowest,
  slowest,
];

const missed = (measurements: Measurements): string[] =>
  targetsOf(measurements)
    .filter((target) => !isMet(target))
    .map(({ what }) => what);

describe("series of several processes", () => {
  it("are joined by subject, kind and level, round after round, with the most round trips of any", () => {
    const first = { ...series("claims", "replay", { ms: [1], perSecond: [10] }), operations: ["PutItem"] };
    const second = {
      ...series("claims", "replay", { ms: [2], perSecond: [20], roundTrips: 2 }),
      operations: ["two"],
    };
    const others = [series("edge", "replay"), series("claims", "first call"), { ...first, atOnce: 4 }];
    expect(joined([[first, ...others], [second], [first]])).toEqual([
      {
        ...second,
        ms: [1, 2, 1],
        perSecond: [10, 20, 10],
        ownMs: Array(9).fill(1),
        edgeMs: Array(9).fill(0.5),
      },
      ...others,
    ]);
  });
});

describe("the data plane's targets", () => {
  it("are met by claims that are exactly as fast", () => {
    expect(missed(measured())).toEqual([]);
  });

  it.each<[string, CallKind, Changes, string[]]>([
    ["claims", "replay", { ms: [10, 11.1, 12] }, ["replay, p50"].map(beside)],
    ["claims", "first call", { ms: [10, 11, 12.1] }, ["first call, p95", "first call, p99"].map(beside)],
    ["claims", "replay", { ms: ninetyEight(10.5, 12.1) }, ["replay, p99"].map(beside)],
    [
      "powertools, with count",
      "first call",
      { perSecond: [101] },
      ["first call, 1 at once: requests a second, claims beside Powertools with the count"],
    ],
    [
      "edge, with lock",
      "first call",
      { roundTrips: 4 },
      ["edge, with lock, first call: round trips in sequence"],
    ],
    ["edge", "replay", { roundTrips: 2 }, ["edge, replay: round trips in sequence"]],
    ["edge", "first call", { edgeMs: [0.5, 0.5, 2.01] }, ["edge, first call: the edge's own time, p95"]],
  ])("are missed by %s, %s: %j", (subject, kind, changes, expected) => {
    expect(missed(measured(subject, kind, changes))).toEqual(expected);
  });

  it("compare requests a second round by round, not one side's good round with the other's bad one", () => {
    const whole = measured("claims", "replay", { perSecond: [300, 90, 100] });
    const theirs = series("powertools, with count", "replay", { perSecond: [100, 100, 110] });
    const changed = whole.series.map((each) =>
      each.subject === theirs.subject && each.kind === theirs.kind ? theirs : each,
    );
    const [ratio] = targetsOf({ ...whole, series: changed }).filter(({ what }) =>
      what.startsWith("replay, 1 at once"),
    );
    expect(ratio?.value).toBeCloseTo(100 / 110);
  });

  it("judge nothing by Powertools without the count, which writes less", () => {
    expect(missed(measured("powertools", "replay", { ms: [1, 1, 1], perSecond: [900] }))).toEqual([]);
  });

  it("hold bundles against 500 kB and fresh processes against 200 ms, by the median", () => {
    const { series: all } = measured();
    const large: Measurements = {
      series: all,
      cold: [{ name: "edge", loadedMs: [1, 1, 1], answeredMs: [100, 201, 201], cpuMs: [1, 1, 1] }],
      deployed: [
        { name: "voice", kilobytes: 500.1, loadedMs: [201, 201, 1], answeredMs: [], cpuMs: [1] },
        { name: "edge", kilobytes: 400, loadedMs: [1], answeredMs: [201], cpuMs: [1] },
      ],
      sizes: { edge: 500.1, powertools: 900 },
    };
    expect(missed(large)).toEqual([
      "the edge's bundle",
      "edge: from a fresh process to the first answer, median",
      "voice as deployed: bundle",
      "voice as deployed: a fresh process has loaded it, median",
      "edge as deployed: from a fresh process to the first answer, median",
    ]);
  });

  it("are not met by being left out", () => {
    const whole = measured();
    const without = whole.series.filter(({ subject }) => subject !== "edge, with lock");
    expect(() => targetsOf({ ...whole, series: without })).toThrow("no measurement of edge, with lock");
    expect(() => targetsOf({ ...whole, cold: [] })).toThrow("cold start");
  });

  it("are printed beside a table with a row for each subject and kind", () => {
    const rows = seriesTable(measured()).filter((line) => line.startsWith("  "));
    expect(rows).toHaveLength(5 * 2 + 2);
  });
});

describe("the store's address", () => {
  it.each([
    ["http://127.0.0.1:8000/", "http://127.0.0.1:8000"],
    ["http://localhost:4566", "http://localhost:4566"],
    ["http://[::1]:8000", "http://[::1]:8000"],
  ])("may be %s", (text, endpoint) => {
    expect(loopbackEndpoint(text)).toBe(endpoint);
  });

  it.each([
    "https://dynamodb.eu-west-1.amazonaws.com",
    "http://192.0.2.1:8000",
    "http://127.0.0.1.example.com",
    "localhost:8000",
    "8000",
  ])("is nothing off this machine: %s", (text) => {
    expect(() => loopbackEndpoint(text)).toThrow("--endpoint: got");
  });
});
