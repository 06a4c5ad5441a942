/**
 * The program's judgement of evidence and the pack's are two implementations that know nothing of each other. On the same files they come
 * to the same: neither lets through what the other would stop.
 */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evidence } from "../../infra/evidence/evidence.schema";
import { canonicalBytes } from "../../infra/evidence/record/canonical";
import { parseCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { sealEnvelope } from "../../infra/evidence/record/envelope";
import { demandsOf } from "../../infra/evidence/record/judge";
import {
  clauseOfPath,
  EVIDENCE_CLAUSES,
  EXPECTED_SBOMS,
  requirements,
  type EvidenceClause,
} from "../../infra/evidence/record/requirements";
import { STATEMENT_PAYLOAD_TYPE, writeStatement } from "../../infra/evidence/record/statement";
import {
  complete,
  fileOf,
  good,
  HOUR_MS,
  iso,
  named,
  NOW_MS,
  SOURCE,
  statementOf,
  testKey,
  verifyOf,
  type Said,
  type TestKey,
} from "../../infra/evidence/record/testSupport";
import type { EvidenceFile } from "../../infra/evidence/record/verify";
import { believedIn, judgeEvidence } from "../../policies/lib/release/evidence";
import { askedOf } from "../../policies/lib/release/evidenceKinds";
import { agents } from "../../policies/lib/orderedAgents";
import { functions, logs, spokenLogs } from "../../policies/lib/release/evidenceStaging";
import { stagingSettings } from "../support/staging";

const key = testKey();
const at = (hoursAgo: number): string => iso(NOW_MS - hoursAgo * HOUR_MS);

const entryOf = ({ entry }: TestKey): object => ({
  keyId: entry.keyId,
  publicKeyPem: entry.publicKey.export({ type: "spki", format: "pem" }),
  name: entry.name,
  validFrom: iso(entry.validFromMs),
  validUntil: iso(entry.validUntilMs),
  ...(entry.revokedAtMs === undefined ? {} : { revokedAt: iso(entry.revokedAtMs) }),
});
const collectorsOf = (keys: readonly TestKey[]): string => JSON.stringify(keys.map(entryOf));

interface Asked {
  readonly keys?: readonly TestKey[];
  readonly nowMs?: number;
  readonly sourceDigest?: string;
}

interface Came {
  readonly clause: EvidenceClause;
  readonly verdict: string;
  readonly believed: readonly string[];
}

/** The program refuses a whole copy for a file that is of no clause; the pack leaves every clause open for it. */
function byProgram(
  files: readonly EvidenceFile[],
  { keys = [key], nowMs, sourceDigest }: Asked,
): readonly Came[] {
  const { clauses, refusals, pieces } = verifyOf(files, keys, {
    ...(nowMs === undefined ? {} : { nowMs }),
    ...(sourceDigest === undefined ? {} : { sourceDigest }),
  });
  const hasStray = refusals.some(({ what }) => clauseOfPath(what) === undefined);
  return clauses.map(({ clause, verdict }) => ({
    clause,
    verdict: hasStray && verdict === "met" ? "unknown" : verdict,
    believed: pieces.filter((piece) => piece.clause === clause).map(({ path }) => path),
  }));
}

function byPack(
  evidence: readonly EvidenceFile[],
  { keys = [key], nowMs = NOW_MS, sourceDigest = SOURCE }: Asked,
  collectors = collectorsOf(keys),
): readonly Came[] {
  const record = { letters: [], collectors: Buffer.from(collectors), evidence, defects: [] };
  return [...judgeEvidence(record, sourceDigest, nowMs)].map(([clause, { verdict, pieces }]) => ({
    clause,
    verdict,
    believed: pieces.map(({ path }) => path),
  }));
}

/** @returns what both come to */
function bothOf(files: readonly EvidenceFile[], asked: Asked = {}): readonly Came[] {
  const came = byPack(files, asked);
  expect(came).toEqual(byProgram(files, asked));
  return came;
}
const verdictOf = (came: readonly Came[], clause: string): string | undefined =>
  came.find((one) => one.clause === clause)?.verdict;

const kindsOfAll: readonly Said[] = EVIDENCE_CLAUSES.flatMap((clause) =>
  requirements[clause].map((kind) => ({ clause, kind })),
);

describe("what both hold", () => {
  const demands = demandsOf(stagingSettings());

  it("are the same clauses, kinds, agents, functions and logs, each in lists of its own", () => {
    expect(askedOf).toEqual(requirements);
    const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);
    expect([...agents].sort(byId)).toEqual([...demands.agents].sort(byId));
    expect(["program", ...functions].sort()).toEqual([...EXPECTED_SBOMS].sort());
    expect([...logs].sort()).toEqual([...demands.logGroups].sort());
    expect([...spokenLogs].sort()).toEqual([...demands.spokenLogGroups].sort());
  });

  it("is as old and as long as the pack takes it, whatever a stack's settings would like", () => {
    const { evidence: ours } = stagingSettings();
    const takes = (changes: object): boolean => evidence.safeParse({ ...ours, ...changes }).success;
    const lasting = (windowHours: number): boolean => takes({ metrics: { ...ours.metrics, windowHours } });
    expect([24, 25, 168].map((maximumAgeHours) => takes({ maximumAgeHours }))).toEqual([true, false, false]);
    expect([23, 24, 26, 27].map(lasting)).toEqual([false, true, true, false]);
  });

  it("is met in every clause where all is there, and unknown where nothing is", () => {
    expect(bothOf(complete(key)).map(({ verdict }) => verdict)).toEqual(EVIDENCE_CLAUSES.map(() => "met"));
    expect(bothOf([]).map(({ verdict }) => verdict)).toEqual(EVIDENCE_CLAUSES.map(() => "unknown"));
  });

  it("is no clause's where a file lies among them that is none", () => {
    for (const path of ["README.md", "B1.1/metrics/x.json", "B8.1.json"]) {
      const came = bothOf([...complete(key), { path, bytes: Buffer.from("x") }]);
      expect(came.map(({ verdict }) => verdict)).toEqual(EVIDENCE_CLAUSES.map(() => "unknown"));
    }
  });

  it("lets a letter's condition rest on a file that is believed, of a clause that is met", () => {
    const files = complete(key);
    const record = {
      letters: [],
      collectors: Buffer.from(collectorsOf([key])),
      evidence: files,
      defects: [],
    };
    const believed = believedIn(judgeEvidence(record, SOURCE, NOW_MS));
    const [sbom, , latency] = files;
    if (!sbom || !latency) throw new Error("no files");
    const digest = (path: string): string => /[0-9a-f]{64}/.exec(path)?.[0] ?? "";
    expect(believed("B8.1", digest(latency.path))).toBe(true);
    expect(believed("B8.2", digest(latency.path))).toBe(false);
    expect(believed("B6.2", digest(sbom.path))).toBe(true);
    expect(believed("B8.1", "0".repeat(64))).toBe(false);
    const stale = believedIn(judgeEvidence(record, SOURCE, NOW_MS + 24 * HOUR_MS));
    expect(stale("B8.1", digest(latency.path))).toBe(false);
  });
});

describe("what is unread leaves every clause open", () => {
  it.each([
    ["a folder that could not be read", { defects: ["stacks/staging/evidence: EACCES"] }],
    ["no collectors", { collectors: undefined }],
    ["collectors that are no JSON", { collectors: Buffer.from("[") }],
  ])("for the pack: %s", (_, changes) => {
    const { collectors, ...record } = {
      letters: [],
      evidence: complete(key),
      defects: [] as readonly string[],
      collectors: Buffer.from(collectorsOf([key])) as Buffer | undefined,
      ...changes,
    };
    const judged = judgeEvidence({ ...record, ...(collectors ? { collectors } : {}) }, SOURCE, NOW_MS);
    expect([...judged.values()].map(({ verdict }) => verdict)).toEqual(EVIDENCE_CLAUSES.map(() => "unknown"));
  });
});

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Place = readonly (string | number)[];

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

function placesOf(value: Json, place: Place = []): readonly Place[] {
  if (typeof value !== "object" || value === null) return [place];
  const entries: readonly (readonly [string | number, Json])[] = isList(value)
    ? value.map((one, index) => [index, one] as const)
    : Object.entries(value);
  return [place, ...entries.flatMap(([name, one]) => placesOf(one, [...place, name]))];
}

/** `undefined` takes the place out. */
function changed(value: Json, [name, ...rest]: Place, to: Json | undefined): Json | undefined {
  if (name === undefined) return to;
  if (typeof value !== "object" || value === null) return value;
  if (isList(value))
    return value.flatMap((one, index) => {
      const next = index === name ? changed(one, rest, to) : one;
      return next === undefined ? [] : [next];
    });
  return Object.fromEntries(
    Object.entries(value).flatMap(([key_, one]) => {
      const next = key_ === name ? changed(one, rest, to) : one;
      return next === undefined ? [] : [[key_, next]];
    }),
  );
}

/** One key more than anybody knows, in the object that is there or that the value stands in. */
function withMore(value: Json, place: Place): Json {
  const there = place.reduce<Json>(
    (inner, name) => (inner as Readonly<Record<string | number, Json>>)[name] ?? null,
    value,
  );
  return typeof there === "object" && there !== null && !isList(there)
    ? (changed(value, place, { ...there, more: 1 }) ?? null)
    : withMore(value, place.slice(0, -1));
}

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;

/** Words of the vocabulary itself, so that many a change is one that makes sense. */
const someJson: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(
    ...[
      null,
      true,
      false,
      0,
      -1,
      0.5,
      0.7,
      1,
      9.99,
      10,
      95,
      95.01,
      699,
      700,
      700.01,
      999,
      1_000,
      1e21,
      2 ** 53,
    ],
    ...[
      "",
      "met",
      "not-met",
      "unknown",
      "ms",
      "percent",
      "critical",
      "high",
      "ISSUED",
      "program",
      "edge",
      "x",
    ],
    ...["idempotency", "breaker", "rate-limit", "B8.1", "B8.2", "npm-audit", "fuzz", "f".repeat(64), SOURCE],
    ...[
      at(0),
      at(1),
      at(24),
      at(24.01),
      at(25),
      at(26),
      at(-1),
      "2026-02-30T00:00:00.000Z",
      "2026-11-26T12:00Z",
    ],
    ...["2026-11-26", "2026-11-25", "2026-02-29", "x".repeat(501), "chat-01", "chat-01.staging.example.com"],
    ...[[], {}, [[]], ["x"], { x: 1 }],
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value)),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);

const found = (severity: string, status: object, lastSeen = at(3)): object => ({
  id: "0123456789abcdef",
  tool: "zap",
  rule: "10010",
  title: "Cookie without a flag",
  severity,
  classes: {
    owaspTop10: ["A05:2021"],
    owaspApiTop10: ["API8:2023"],
    cwe: ["CWE-1004"],
    advisories: ["CVE-2026-12345"],
  },
  place: "POST /chat",
  evidence: "",
  fix: "",
  status,
  firstSeen: at(30),
  lastSeen,
  reopened: 0,
});
const acceptedAs = (severity: string, until = "2026-11-26", on = at(30)): object => ({
  state: "accepted",
  until,
  by: "lead-security",
  reason: "Nobody can reach it from there.",
  severity,
  at: on,
});
const fixed = (on = at(3)): object => ({ state: "fixed", commit: "a".repeat(40), at: on });
const grave = { "B6.3": "critical", "B8.5": "high" } as const;
const isSearched = (clause: string): clause is keyof typeof grave => Object.hasOwn(grave, clause);

/** Each kind of each clause, findings with something in them too. */
const statements: readonly (Said & { readonly statement: Json; readonly places: readonly Place[] })[] =
  kindsOfAll
    .flatMap((said): readonly Said[] =>
      isSearched(said.clause)
        ? [
            said,
            // Each by itself: beside one that is open, what is said of the others would not count.
            ...[{ state: "open" }, fixed(), acceptedAs(grave[said.clause])].map((status) => ({
              ...said,
              predicate: { findings: [found(grave[said.clause as keyof typeof grave], status)] },
            })),
          ]
        : [said],
    )
    .map((said) => {
      const statement = JSON.parse(writeStatement(statementOf(said)).toString()) as Json;
      return { ...said, statement, places: placesOf(statement) };
    });

/** Signed by whoever has the key, whatever it says, and laid where it says that it belongs. */
function signed({ clause, kind }: Said, statement: Json): EvidenceFile {
  const said = (statement as { readonly predicate?: { readonly collectedAt?: unknown } } | null)?.predicate
    ?.collectedAt;
  const collectedAt = typeof said === "string" && hasName(said) ? said : good.common.collectedAt;
  const bytes = sealEnvelope(STATEMENT_PAYLOAD_TYPE, canonicalBytes(statement), [key.privateKey]);
  return named({ clause, kind }, collectedAt, bytes);
}
/** A time that a file's name can say. */
const hasName = (text: string): boolean => /^20\d\d-/.test(text) && !Number.isNaN(Date.parse(text));

/** Thousands of signatures, on a machine that may be busy. */
const patient = { timeout: 300_000 };

describe("both come to the same", () => {
  it("for whatever is signed: a value that is another, is gone, or is one too many", patient, () => {
    const verdicts = new Map<string, number>();
    const certificates = complete(key).filter(({ path }) => path.startsWith("B8.4/certificates"));
    fc.assert(
      fc.property(
        fc.constantFrom(...statements),
        fc.nat(),
        fc.oneof(
          { weight: 3, arbitrary: someJson },
          { weight: 1, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.constant("more" as const) },
        ),
        (said, pick, to) => {
          const place = said.places[pick % said.places.length] ?? [];
          const next = to === "more" ? withMore(said.statement, place) : changed(said.statement, place, to);
          const others = said.kind === "configurations" ? certificates : [];
          const came = bothOf([...others, signed(said, next ?? null)]);
          const verdict = verdictOf(came, said.clause) ?? "none";
          verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
        },
      ),
      { numRuns: 4_000 },
    );
    // Otherwise the changes would have been of one sort only.
    expect([...verdicts.keys()].sort()).toEqual(["met", "not-met", "unknown"]);
    expect(Math.min(...verdicts.values())).toBeGreaterThan(100);
  });

  it("for bytes that nobody signed, and neither believes one of them", patient, () => {
    const file = fileOf({ clause: "B8.1", kind: "metrics" }, key);
    fc.assert(
      fc.property(
        fc.nat({ max: file.bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        fc.boolean(),
        (position, change, isInserted, isRenamed) => {
          const bytes = isInserted
            ? Buffer.concat([
                file.bytes.subarray(0, position),
                Buffer.of(change),
                file.bytes.subarray(position),
              ])
            : Buffer.from(file.bytes);
          if (!isInserted) bytes[position] = (bytes[position] ?? 0) ^ change;
          const tampered = isRenamed
            ? named({ clause: "B8.1", kind: "metrics" }, good.common.collectedAt, bytes)
            : { path: file.path, bytes };
          expect(verdictOf(bothOf([tampered]), "B8.1")).toBe("unknown");
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("for names that are written otherwise", () => {
    const [file] = complete(key).slice(2);
    if (!file) throw new Error("no file");
    fc.assert(
      fc.property(
        fc.nat({ max: file.path.length - 1 }),
        fc.constantFrom("", "/", "0", "9", "B", "x", ".", " ", "f"),
        (position, by) => {
          const path = file.path.slice(0, position) + by + file.path.slice(position + 1);
          bothOf([{ ...file, path }]);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("for chains of any form, with and without a figure of before", patient, () => {
    const link = fc.record({
      hoursAgo: fc.constantFrom(0.5, 1, 1, 2, 3, 23.9, 24, 24.1, -0.05, -0.1),
      /** Of those before it, another clause's, none that is there, or none. */
      previous: fc.oneof(fc.nat({ max: 3 }), fc.constantFrom("other", "missing", undefined)),
      said: fc.constantFrom<(readonly [string, Said["kind"]])[]>(
        ["B8.1", "metrics"],
        ["B8.2", "metrics"],
        ["B8.4", "certificates"],
        ["B8.4", "configurations"],
      ),
      value: fc.constantFrom(0.1, 650, 701, undefined),
      samples: fc.constantFrom(999, 1_000, 5_000),
      baseline: fc.constantFrom("own", "handed", "made up", undefined),
      isOfThisSource: fc.boolean(),
      verdict: fc.constantFrom("met", "met", "not-met", "unknown"),
    });
    fc.assert(
      fc.property(fc.array(link, { minLength: 1, maxLength: 6 }), (links) => {
        const files: (EvidenceFile & {
          readonly sha256: string;
          readonly said: Said;
          readonly figure: object;
        })[] = [];
        for (const one of links) {
          const [clause, kind] = one.said;
          const same = files.filter(({ said }) => said.clause === clause);
          const before =
            one.previous === "other"
              ? files.find(({ said }) => said.clause !== clause)
              : typeof one.previous === "number"
                ? same[one.previous]
                : undefined;
          const previous = one.previous === "missing" ? "0".repeat(64) : before?.sha256;
          const window = { from: at(one.hoursAgo + 24), to: at(one.hoursAgo) };
          const figure = { value: one.value ?? 1, samples: one.samples, window };
          const baseline =
            one.baseline === "own"
              ? figure
              : one.baseline === "handed"
                ? (before?.figure ?? figure)
                : one.baseline === "made up"
                  ? { ...figure, value: 800 }
                  : undefined;
          const said: Said = {
            clause,
            kind,
            ...(one.isOfThisSource ? {} : { sourceDigest: "6".repeat(64) }),
            predicate: {
              collectedAt: at(one.hoursAgo),
              verdict: one.verdict,
              previous,
              ...(kind === "metrics" ? { window, value: one.value, samples: one.samples, baseline } : {}),
            },
          };
          files.push({ ...fileOf(said, key), said, figure: baseline ?? figure });
        }
        bothOf(files.filter(({ path }, index) => files.findIndex((other) => other.path === path) === index));
      }),
      { numRuns: 1_000 },
    );
  });

  it("for a figure of before that is kept, lost, changed or made up on its way", () => {
    const window = { from: at(28), to: at(3) };
    const figure = { value: 790, samples: 2_000, window };
    const outcomes = (first: object, second: object): readonly string[] => {
      const measured = { clause: "B8.1", kind: "metrics" } as const;
      const one = fileOf({ ...measured, predicate: { ...figure, collectedAt: at(3), ...first } }, key);
      const next = fileOf({ ...measured, predicate: { previous: one.sha256, ...second } }, key);
      return [
        [one, next],
        [next, one],
      ].map((files) => verdictOf(bothOf(files), "B8.1") ?? "none");
    };
    const kept = { baseline: figure };
    expect(outcomes(kept, kept)).toEqual(["met", "met"]);
    expect(outcomes({}, {})).toEqual(["met", "met"]);
    for (const other of [
      {},
      { baseline: { ...figure, value: 791 } },
      { baseline: { ...figure, samples: 2_001 } },
      { baseline: { ...figure, window: { ...window, from: at(29) } } },
      { baseline: { ...figure, window: { ...window, to: at(2.9) } } },
    ])
      expect(outcomes(kept, other)).toEqual(["unknown", "unknown"]);
    expect(
      outcomes({ baseline: { ...figure, value: 800 } }, { baseline: { ...figure, value: 800 } }),
    ).toEqual(["unknown", "unknown"]);
    const few = { samples: 999, baseline: { ...figure, samples: 999 } };
    expect(outcomes(few, { baseline: few.baseline })).toEqual(["unknown", "unknown"]);
  });

  it("to the end of the day to which a critical advisory is accepted", () => {
    const findings = [found("critical", acceptedAs("critical"))];
    const file = fileOf({ clause: "B6.3", kind: "findings", predicate: { findings } }, key);
    const midnight = Date.parse("2026-11-27T00:00:00.000Z");
    const verdicts = [-1, 0, 1].map((ms) => verdictOf(bothOf([file], { nowMs: midnight + ms }), "B6.3"));
    expect(verdicts).toEqual(["met", "not-met", "not-met"]);
  });

  it("at every edge of a fix and of an exception, of which B8.5 knows none", patient, () => {
    const verdicts = new Map<string, number>();
    const times = fc.constantFrom(...[0.9, 1, 1.1, 2, 3, 30, 12, 13].map(at));
    const days = fc.constantFrom("2026-11-25", "2026-11-26", "2026-12-24", "2026-12-25", "2026-12-26");
    const severity = fc.constantFrom("critical", "high", "medium");
    const status = fc.oneof(
      times.map(fixed),
      fc.tuple(severity, days, times).map((all) => acceptedAs(...all)),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("B6.3", "B8.5"),
        fc.array(fc.tuple(severity, status, times), { minLength: 1, maxLength: 2 }),
        (clause, all) => {
          const predicate = { findings: all.map((one) => found(...one)) };
          const verdict = verdictOf(bothOf([fileOf({ clause, kind: "findings", predicate }, key)]), clause);
          verdicts.set(`${clause} ${verdict}`, (verdicts.get(`${clause} ${verdict}`) ?? 0) + 1);
          const isAccepted = all.some(([one]) => one !== "medium") && all.every(([, one]) => "until" in one);
          expect(clause === "B8.5" && isAccepted ? verdict : "not-met").toBe("not-met");
        },
      ),
      { numRuns: 1_000 },
    );
    expect([...verdicts.keys()].sort()).toEqual(["B6.3 met", "B6.3 not-met", "B8.5 met", "B8.5 not-met"]);
  });

  it("at every edge of a window, of a run's age, and of what was counted least", patient, () => {
    const verdicts = new Map<string, number>();
    /** Mostly well, so that one thing alone is at its edge; `undefined` is not counted. */
    const mostly = (well: number, ...others: readonly (number | undefined)[]) =>
      fc.oneof(
        { weight: 8, arbitrary: fc.constant(well) },
        { weight: 1, arbitrary: fc.constantFrom(...others) },
      );
    const counted = {
      "B8.6": fc.record({
        figures: fc.record({
          requests: mostly(1_000, 999, undefined),
          keys: mostly(100, 99, 101),
          effects: mostly(100, 99, 101),
        }),
        observed: fc.record({
          answered: mostly(100, 99, undefined),
          replays: mostly(100, 99, undefined),
          takeovers: mostly(0, 1, undefined),
        }),
      }),
      "B8.7": fc.record({
        figures: fc.record({
          rounds: mostly(3, 2, 4),
          cutOff: mostly(100, 99, undefined),
          letBackIn: mostly(3, 2, 4, undefined),
          loadFellByPercent: mostly(95.1, 95),
          othersP95MovedByPercent: mostly(9.9, 10),
        }),
      }),
      "B8.8": fc.record({
        figures: fc.record({
          requests: mostly(60, 61),
          passed: mostly(30, 50, 0),
          slowedDown: mostly(20, 0),
          blocked: mostly(10, 0),
          refusalsWithRetryAfter: mostly(30, 29),
        }),
        observed: fc.record({
          warned: mostly(1, 0, undefined),
          slowedDown: mostly(1, 0, undefined),
          blocked: mostly(1, 0, undefined),
        }),
      }),
    };
    const run = fc.record({
      startedAt: mostly(2, 0.9, 1, 24.1),
      endedAt: mostly(1, 0.9, 24, 24.1),
    });
    const ran = fc.constantFrom("B8.6" as const, "B8.7" as const, "B8.8" as const).chain((clause) =>
      fc.tuple(run, counted[clause]).map(([times, said]): Said => {
        const { predicate } = statementOf({ clause, kind: "proofRun" }) as ReturnType<typeof statementOf> & {
          readonly kind: "proofRun";
        };
        const { startedAt = 2, endedAt = 1 } = times;
        const when = { startedAt: at(startedAt), endedAt: at(endedAt) };
        return {
          clause,
          kind: "proofRun",
          predicate: { ...(plain(said) as object), run: { ...predicate.run, ...when } },
        };
      }),
    );
    const measured = fc
      .tuple(
        fc.constantFrom("B8.1", "B8.2", "B8.3"),
        mostly(25, 24.9, 26, 27, 27.1, 90 * 24),
        mostly(1, 0.9, 2, 24, 24.1),
      )
      .map(([clause, from = 25, to = 1]): Said => ({
        clause,
        kind: clause === "B8.3" ? "logScan" : "metrics",
        predicate: { window: { from: at(from), to: at(to) } },
      }));
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: ran }, { weight: 1, arbitrary: measured }), (said) => {
        const verdict = verdictOf(bothOf([fileOf(said, key)]), said.clause) ?? "none";
        verdicts.set(`${said.clause} ${verdict}`, (verdicts.get(`${said.clause} ${verdict}`) ?? 0) + 1);
      }),
      { numRuns: 4_000 },
    );
    for (const clause of ["B8.1", "B8.2", "B8.3", "B8.6", "B8.7", "B8.8"])
      expect([clause, (verdicts.get(`${clause} met`) ?? 0) > 10]).toEqual([clause, true]);
  });

  it("at every edge of the clock and of a key's life", () => {
    const lives = [
      testKey("of-the-hour", { validFrom: at(1), validUntil: at(-1) }),
      testKey("ended", { validFrom: at(100), validUntil: at(1) }),
      testKey("revoked", { revokedAt: at(1) }),
      testKey("revoked-after", { revokedAt: at(0.99) }),
    ];
    for (const one of [key, ...lives]) {
      const keys = [...new Set([key, one])];
      const files = complete(one);
      for (const hoursLater of [-1 - 1 / 12, -1, 0, 1, 22, 23, 24, 26, 100 * 24])
        for (const ms of [-1, 0, 1]) bothOf(files, { keys, nowMs: NOW_MS + hoursLater * HOUR_MS + ms });
    }
    const met = (nowMs: number): number =>
      bothOf(complete(key), { nowMs }).filter(({ verdict }) => verdict === "met").length;
    const aDayOld = NOW_MS + 23 * HOUR_MS;
    // All was collected an hour before; the audit, which B6.3 asks for within a day, had run two hours earlier.
    expect([met(aDayOld), met(aDayOld + 1)]).toEqual([EVIDENCE_CLAUSES.length - 1, 0]);
  });

  it("for several signatures, of which every one must hold", () => {
    const [second, stranger] = [testKey("auditor"), testKey("stranger")];
    const keys = [key, second];
    const said: Said = { clause: "B8.1", kind: "metrics" };
    expect(verdictOf(bothOf([fileOf(said, key, second)], { keys }), "B8.1")).toBe("met");
    expect(verdictOf(bothOf([fileOf(said, key, stranger)], { keys }), "B8.1")).toBe("unknown");
    expect(verdictOf(bothOf([fileOf(said, stranger)], { keys }), "B8.1")).toBe("unknown");
  });

  it("for another stack, another source and another type of what is signed", () => {
    const said: Said = { clause: "B8.1", kind: "metrics" };
    expect(verdictOf(bothOf([fileOf({ ...said, stack: "production" }, key)]), "B8.1")).toBe("unknown");
    expect(verdictOf(bothOf(complete(key), { sourceDigest: "6".repeat(64) }), "B8.1")).toBe("unknown");
    const letter = sealEnvelope("application/vnd.example.letter+json", writeStatement(statementOf(said)), [
      key.privateKey,
    ]);
    expect(verdictOf(bothOf([named(said, good.common.collectedAt, letter)]), "B8.1")).toBe("unknown");
  });

  it("for lists of collectors that are changed in any place", patient, () => {
    const files = [fileOf({ clause: "B8.1", kind: "metrics" }, key)];
    const list = plain([key, testKey("auditor")].map(entryOf));
    const places = placesOf(list);
    let refused = 0;
    fc.assert(
      fc.property(fc.nat({ max: places.length - 1 }), fc.option(someJson, { nil: undefined }), (pick, to) => {
        const text = JSON.stringify(changed(list, places[pick] ?? [], to) ?? null);
        let parsed: ReturnType<typeof parseCollectorKeys>;
        try {
          parsed = parseCollectorKeys(text, "collectors.json");
        } catch {
          refused += 1;
          parsed = [];
        }
        const keys = parsed.map((entry) => ({ entry, privateKey: key.privateKey }));
        expect(byPack(files, {}, text).map(({ verdict }) => verdict)).toEqual(
          byProgram(files, { keys }).map(({ verdict }) => verdict),
        );
      }),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(500);
    expect(refused).toBeLessThan(2_000);
  });
});
