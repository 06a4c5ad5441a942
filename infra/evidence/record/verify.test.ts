import { sign } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalBytes } from "./canonical";
import {
  MAX_ENVELOPE_BYTES,
  openEnvelope,
  sealEnvelope,
  sha256,
  signedBytes,
  writeEnvelope,
} from "./envelope";
import { ROLES } from "./findings.schema";
import { STATEMENT_PAYLOAD_TYPE, writeStatement } from "./statement";
import {
  complete,
  fileOf,
  good,
  HOUR_MS,
  iso,
  named,
  NOW_MS,
  statementOf,
  testKey,
  verifyOf,
  type Said,
  type TestKey,
} from "./testSupport";
import { holds, type EvidenceFile, type VerifyInput } from "./verify";

const key = testKey();
const keys: readonly TestKey[] = [key];
const p95: Said = { clause: "B8.1", kind: "metrics" };
const at = (hoursAgo: number): string => iso(NOW_MS - hoursAgo * HOUR_MS);

/** What one clause comes to, and what is refused. */
function outcome(files: readonly EvidenceFile[], changes: Partial<VerifyInput> = {}, clause = "B8.1") {
  const verification = verifyOf(files, keys, changes);
  const result = verification.clauses.find((one) => one.clause === clause);
  return {
    verdict: result?.verdict,
    because: result?.because,
    refusals: verification.refusals.map(({ why }) => why),
    holds: holds(verification),
  };
}
const judged = (said: Said, changes: Partial<VerifyInput> = {}) =>
  outcome([fileOf(said, key)], changes, said.clause);

describe("a copy of the evidence", () => {
  it("is met in every clause where it is complete, fresh and true (B0.4)", () => {
    const verification = verifyOf(complete(key), keys);
    expect(verification.refusals).toEqual([]);
    expect(verification.clauses.map(({ clause, verdict }) => `${clause} ${verdict}`)).toEqual(
      ["B6.2", "B6.3", "B8.1", "B8.2", "B8.3", "B8.4", "B8.5", "B8.6", "B8.7", "B8.8"].map(
        (one) => `${one} met`,
      ),
    );
    expect(holds(verification)).toBe(true);
  });

  it("is unknown in a clause of which there is nothing", () => {
    const verification = verifyOf([], keys);
    expect(verification.clauses.every(({ verdict }) => verdict === "unknown")).toBe(true);
    expect(holds(verification)).toBe(false);
  });

  it("misses what was announced and is not there, be it the last of its chain", () => {
    const one = fileOf(p95, key);
    const next = fileOf({ ...p95, predicate: { previous: one.sha256, value: 900, verdict: "not-met" } }, key);
    const announced = { expected: [one.sha256, next.sha256] };
    expect(outcome([one, next], announced)).toMatchObject({ verdict: "not-met", refusals: [] });
    expect(outcome([one], announced).refusals).toEqual([
      expect.stringMatching(/is missing: it was announced/),
    ]);
  });
});

describe("a file that is not what was signed is refused", () => {
  const file = fileOf(p95, key);

  it("in whichever byte, under its old name and under the one that its new bytes would have", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: file.bytes.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (position, change) => {
          const bytes = Uint8Array.from(file.bytes);
          bytes[position] = (bytes[position] ?? 0) ^ change;
          const kept = outcome([{ path: file.path, bytes }]);
          expect(kept).toMatchObject({ verdict: "unknown", holds: false });
          expect(kept.refusals).toEqual([expect.stringMatching(/digest .* not the one in its name/)]);
          const renamed = outcome([named(p95, good.common.collectedAt, bytes)]);
          expect(renamed).toMatchObject({ verdict: "unknown", holds: false });
          expect(renamed.refusals).toHaveLength(1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("by bytes that are put in or left out, under a name of their own", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: file.bytes.length }),
        fc.oneof(fc.constant(-1), fc.constantFrom(0x20, 0x0a, 0x22, 0x2c, 0x30, 0x7d)),
        (position, byte) => {
          const bytes = Buffer.concat([
            file.bytes.subarray(0, position),
            ...(byte < 0 ? [] : [Buffer.of(byte)]),
            file.bytes.subarray(position + (byte < 0 ? 1 : 0)),
          ]);
          fc.pre(!bytes.equals(file.bytes));
          expect(outcome([named(p95, good.common.collectedAt, bytes)]).refusals).toHaveLength(1);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("by another payload under the same signatures", () => {
    const other = openEnvelope(fileOf({ ...p95, predicate: { value: 1 } }, key).bytes);
    const own = openEnvelope(file.bytes);
    if (typeof other === "string" || typeof own === "string") throw new Error("no envelope");
    const swapped = writeEnvelope({ ...own, payload: other.payload });
    expect(outcome([named(p95, good.common.collectedAt, swapped)]).refusals).toEqual([
      expect.stringMatching(/the signature of evidence-collector .* is not of these bytes/),
    ]);
  });

  it("by another type of payload, be it signed", () => {
    const letter = sealEnvelope("application/vnd.example.letter+json", writeStatement(statementOf(p95)), [
      key.privateKey,
    ]);
    expect(outcome([named(p95, good.common.collectedAt, letter)]).refusals).toEqual([
      expect.stringMatching(/what is signed is application\/vnd\.example\.letter\+json/),
    ]);
    const own = openEnvelope(letter);
    if (typeof own === "string") throw new Error("no envelope");
    const retyped = writeEnvelope({ ...own, payloadType: STATEMENT_PAYLOAD_TYPE });
    expect(outcome([named(p95, good.common.collectedAt, retyped)]).refusals).toEqual([
      expect.stringMatching(/is not of these bytes/),
    ]);
  });

  it("by a key that stands twice in the envelope or in what is signed", () => {
    const text = Buffer.from(file.bytes).toString();
    const twice = Buffer.from(text.replace('"payloadType"', '"payloadType":"x","payloadType"'));
    expect(outcome([named(p95, good.common.collectedAt, twice)]).refusals).toEqual([
      expect.stringMatching(/no JSON in canonical form/),
    ]);
    const payload = Buffer.from(
      writeStatement(statementOf(p95)).toString().replace('"value":650', '"value":9000,"value":650'),
    );
    const signed = sealEnvelope(STATEMENT_PAYLOAD_TYPE, payload, [key.privateKey]);
    expect(outcome([named(p95, good.common.collectedAt, signed)]).refusals).toEqual([
      expect.stringMatching(/a payload that is no JSON in canonical form/),
    ]);
  });

  it.each([
    ["a predicate of its own making", { _type: "https://in-toto.io/Statement/v1" }, /no in-toto statement/],
    [
      "more than the schema knows",
      JSON.parse(
        writeStatement(statementOf(p95)).toString().replace('"value":650', '"value":650,"waived":true'),
      ) as unknown,
      /a predicate of metrics whose/,
    ],
    [
      "an unknown type",
      JSON.parse(
        writeStatement(statementOf(p95)).toString().replace("/metrics/v1", "/metrics/v2"),
      ) as unknown,
      /a predicate type that nobody here knows/,
    ],
  ])("by %s, be it signed", (_, value, says) => {
    const signed = sealEnvelope(STATEMENT_PAYLOAD_TYPE, canonicalBytes(value), [key.privateKey]);
    expect(outcome([named(p95, good.common.collectedAt, signed)]).refusals).toEqual([
      expect.stringMatching(says),
    ]);
  });

  it("by its size, before anything is read of it", () => {
    const bytes = Buffer.alloc(MAX_ENVELOPE_BYTES + 1, 0x20);
    const path = file.path;
    expect(outcome([{ path, bytes }]).refusals).toEqual([expect.stringMatching(/more than \d+ bytes/)]);
    expect(openEnvelope(bytes)).toMatch(/more than/);
  });

  it.each([
    ["nested beyond measure", "[".repeat(200_000)],
    ["a number that JSON cannot say", '{"payload":1e400}'],
    ["no Unicode", '{"payload":"\\ud800"}'],
    ["no UTF-8", Buffer.from([0xff, 0xfe])],
    ["nothing", ""],
  ])("by bytes that are %s", (_, text) => {
    expect(outcome([named(p95, good.common.collectedAt, Buffer.from(text))]).refusals).toEqual([
      expect.stringMatching(/it is no JSON in canonical form/),
    ]);
  });
});

describe("who signed", () => {
  it("is a collector that the stack knows", () => {
    expect(outcome([fileOf(p95, testKey())]).refusals).toEqual([expect.stringMatching(/is no collector's/)]);
  });

  it("may be several, and every one must hold", () => {
    const second = testKey("auditor");
    const both = fileOf(p95, key, second);
    const trusted = { keys: [key.entry, second.entry] };
    expect(outcome([both], trusted)).toMatchObject({ verdict: "met", refusals: [] });
    expect(outcome([both]).refusals).toEqual([expect.stringMatching(/is no collector's/)]);
    const own = openEnvelope(both.bytes);
    if (typeof own === "string") throw new Error("no envelope");
    const forged = writeEnvelope({
      ...own,
      signatures: own.signatures.map((one) =>
        one.keyId === second.entry.keyId ? { ...one, sig: Buffer.alloc(64, 7) } : one,
      ),
    });
    expect(outcome([named(p95, good.common.collectedAt, forged)], trusted).refusals).toEqual([
      expect.stringMatching(/the signature of auditor .* is not of these bytes/),
    ]);
  });

  it("does not count twice, nor out of order", () => {
    const own = openEnvelope(fileOf(p95, key).bytes);
    if (typeof own === "string") throw new Error("no envelope");
    const twice = writeEnvelope({ ...own, signatures: [...own.signatures, ...own.signatures] });
    expect(outcome([named(p95, good.common.collectedAt, twice)]).refusals).toEqual([
      expect.stringMatching(/signatures that are not one a key/),
    ]);
  });

  it("cannot hide behind another key's id", () => {
    const stranger = testKey();
    const payload = writeStatement(statementOf(p95));
    const forged = writeEnvelope({
      payloadType: STATEMENT_PAYLOAD_TYPE,
      payload,
      signatures: [
        {
          keyId: key.entry.keyId,
          sig: sign(null, signedBytes(STATEMENT_PAYLOAD_TYPE, payload), stranger.privateKey),
        },
      ],
    });
    expect(outcome([named(p95, good.common.collectedAt, forged)]).refusals).toEqual([
      expect.stringMatching(/is not of these bytes/),
    ]);
  });

  it.each([
    ["had ended", { validFrom: at(1_000), validUntil: at(2) }, /was in force until/],
    ["ended at that moment", { validFrom: at(1_000), validUntil: at(1) }, /was in force until/],
    ["was yet to begin", { validFrom: at(0.5), validUntil: at(-24) }, /in force only from/],
    ["was revoked", { revokedAt: at(1) }, /was revoked/],
  ])("had a key in force: refused where it %s", (_, changes, says) => {
    const one = testKey("old", changes);
    expect(outcome([fileOf(p95, one)], { keys: [one.entry] }).refusals).toEqual([
      expect.stringMatching(says),
    ]);
  });

  it("is believed for what was collected before the key was revoked or ended", () => {
    for (const changes of [{ revokedAt: at(0.5) }, { validFrom: at(1_000), validUntil: at(0.5) }]) {
      const one = testKey("old", changes);
      expect(outcome([fileOf(p95, one)], { keys: [one.entry] })).toMatchObject({ verdict: "met" });
    }
  });
});

describe("what it is about, and where it lies", () => {
  it("is this stack: another one's is refused", () => {
    expect(judged({ ...p95, stack: "production" }).refusals).toEqual([
      expect.stringMatching(/about the stack production, not about staging/),
    ]);
  });

  it("is this source: what was collected of another one does not count", () => {
    expect(judged({ ...p95, sourceDigest: "6".repeat(64) })).toMatchObject({
      verdict: "unknown",
      because: expect.stringMatching(/of another source/),
      refusals: [],
    });
  });

  it.each([
    ["another clause", "B8.2/metrics", /about B8\.1, and lies under B8\.2/],
    ["another kind", "B8.5/findings", /it is metrics, and lies under findings|about B8\.1/],
    ["a kind that its clause does not ask for", "B8.1/sbom", /B8\.1 asks for metrics, not for sbom/],
    ["a clause of which no evidence is asked for", "B1.1/metrics", /no evidence is asked for of B1\.1/],
    ["a folder more", "old/B8.1/metrics", /its name is none of evidence/],
  ])("is said by its place: %s is refused", (_, folder, says) => {
    const file = fileOf(p95, key);
    const path = file.path.replace("B8.1/metrics", folder);
    expect(verifyOf([{ ...file, path }], keys).refusals.map(({ why }) => why)).toEqual([
      expect.stringMatching(says),
    ]);
  });

  it.each([
    ["another time", /T110000000Z/, "T110000001Z", /not the time in its name/],
    ["a day that is none", /20261126T/, "20261131T", /its name is none/],
    ["another digest", /[0-9a-f]{64}/, "0".repeat(64), /not the one in its name/],
    ["a draft", /\.json$/, ".json.part", /its name is none/],
  ])("is in its name: %s is refused", (_, part, other, says) => {
    const file = fileOf(p95, key);
    expect(file.path).toMatch(part);
    expect(outcome([{ ...file, path: file.path.replace(part, other) }]).refusals).toEqual([
      expect.stringMatching(says),
    ]);
  });

  it("is not of a time to come, but for what clocks differ by", () => {
    const ahead = (minutes: number): Said => ({
      ...p95,
      predicate: { collectedAt: iso(NOW_MS + minutes * 60_000) },
    });
    expect(judged(ahead(4))).toMatchObject({ verdict: "met", refusals: [] });
    expect(judged(ahead(6)).refusals).toEqual([expect.stringMatching(/yet to come/)]);
  });
});

describe("the chain of a clause", () => {
  const first = fileOf(
    { ...p95, predicate: { collectedAt: at(3), window: { from: at(28), to: at(3) } } },
    key,
  );
  const second = fileOf(
    {
      ...p95,
      predicate: { collectedAt: at(2), window: { from: at(27), to: at(2) }, previous: first.sha256 },
    },
    key,
  );
  const third = fileOf({ ...p95, predicate: { previous: second.sha256 } }, key);

  it("is whole, in whatever order the files come", () => {
    for (const files of [
      [first, second, third],
      [third, first, second],
    ])
      expect(outcome(files)).toMatchObject({ verdict: "met", refusals: [] });
  });

  it.each([
    ["its first", [second, third]],
    ["one between", [first, third]],
  ])("misses what was removed: %s", (_, files) => {
    const result = outcome(files);
    expect(result).toMatchObject({ verdict: "unknown", holds: false });
    expect(result.refusals).toEqual([expect.stringMatching(/what it follows is missing/)]);
  });

  it("has one beginning, and no link to another clause or to what came later", () => {
    expect(outcome([first, fileOf({ ...p95, predicate: { value: 1 } }, key)]).refusals).toEqual([
      expect.stringMatching(/it follows nothing, and .* was the first of B8\.1/),
    ]);
    const errors = fileOf({ clause: "B8.2", kind: "metrics" }, key);
    const across = fileOf({ ...p95, predicate: { previous: errors.sha256 } }, key);
    expect(outcome([errors, across]).refusals).toEqual([expect.stringMatching(/missing: no file of B8\.1/)]);
    const backwards = fileOf({ ...p95, predicate: { collectedAt: at(4), previous: first.sha256 } }, key);
    expect(outcome([first, backwards]).refusals).toEqual([expect.stringMatching(/before what it follows/)]);
  });

  it("lets the newest count, be it worse", () => {
    const worse = fileOf(
      { ...p95, predicate: { previous: second.sha256, value: 701, verdict: "not-met" } },
      key,
    );
    expect(outcome([first, second, worse])).toMatchObject({ verdict: "not-met", refusals: [] });
  });

  it("can be asked about an earlier time", () => {
    expect(outcome([first, second, third], { atMs: NOW_MS - 2.5 * HOUR_MS })).toMatchObject({
      verdict: "met",
    });
    expect(outcome([first, second, third], { atMs: NOW_MS - 5 * HOUR_MS })).toMatchObject({
      verdict: "unknown",
      because: expect.stringMatching(/no metrics evidence was collected/),
    });
  });

  it("keeps the baseline that was measured, and takes none that was made up", () => {
    const baseline = { value: 812, samples: 4_000, window: { from: at(90), to: at(60) } };
    const measured = fileOf(
      {
        ...p95,
        predicate: { collectedAt: at(60), ...baseline, baseline, verdict: "not-met" },
      },
      key,
    );
    const later = (more: object): EvidenceFile =>
      fileOf({ ...p95, predicate: { previous: measured.sha256, baseline: { ...baseline, ...more } } }, key);
    expect(outcome([measured, later({})])).toMatchObject({ verdict: "met", refusals: [] });
    for (const made of [{ value: 2_000 }, { samples: 1 }, { window: { from: at(91), to: at(60) } }])
      expect(outcome([measured, later(made)]).refusals).toEqual([
        expect.stringMatching(/its baseline is neither its own figure nor/),
      ]);
    expect(outcome([fileOf({ ...p95, predicate: { baseline } }, key)]).refusals).toHaveLength(1);
    // Nor may it be left out, nor chosen later of what was measured.
    const without = fileOf({ ...p95, predicate: { previous: measured.sha256 } }, key);
    expect(outcome([measured, without]).refusals).toHaveLength(1);
    const plain = fileOf(
      { ...p95, predicate: { collectedAt: at(60), ...baseline, verdict: "not-met" } },
      key,
    );
    const chosen = fileOf({ ...p95, predicate: { previous: plain.sha256, baseline } }, key);
    expect(outcome([plain, chosen]).refusals).toHaveLength(1);
    const few = { ...baseline, samples: 999 };
    expect(
      outcome([fileOf({ ...p95, predicate: { collectedAt: at(60), ...few, baseline: few } }, key)]).refusals,
    ).toHaveLength(1);
  });
});

describe("what the figures say counts, whatever the collector's verdict", () => {
  it.each<[string, Said, "met" | "not-met" | "unknown", RegExp]>([
    ["700 ms", { ...p95, predicate: { value: 700 } }, "met", /it is/],
    [
      "over 700 ms",
      { ...p95, predicate: { value: 700.1 } },
      "not-met",
      /^700\.1 ms of 5000 requests .*; the collector says met: it is$/,
    ],
    ["a threshold of its own", { ...p95, predicate: { value: 900, threshold: 1_000 } }, "not-met", /900 ms/],
    [
      "999 requests",
      { ...p95, predicate: { samples: 999, minimumSamples: 1 } },
      "unknown",
      /999 requests are less/,
    ],
    ["no figure", { ...p95, predicate: { value: undefined } }, "unknown", /no figure/],
    [
      "seconds passed off as ms",
      { ...p95, predicate: { unit: "percent" } },
      "unknown",
      /in percent, not in ms/,
    ],
    [
      "its figure before the collector's words",
      { ...p95, predicate: { value: 640, samples: 1_200 } },
      "met",
      /^640 ms of 1200 requests; the collector says met: it is$/,
    ],
    [
      "26 h",
      { ...p95, predicate: { window: { from: at(27), to: at(1) } } },
      "met",
      /^650 ms of 5000 requests/,
    ],
    [
      "90 days, in which a bad one does not show",
      { ...p95, predicate: { window: { from: at(90 * 24), to: at(1) } } },
      "unknown",
      /2159\.0 h long, and 26 h are the most/,
    ],
    ["23 h", { ...p95, predicate: { window: { from: at(24), to: at(1) } } }, "unknown", /23\.0 h long/],
    [
      "an old window",
      { ...p95, predicate: { window: { from: at(55), to: at(30) } } },
      "unknown",
      /ended 30\.0 h ago/,
    ],
    [
      "a window of tomorrow",
      { ...p95, predicate: { window: { from: at(25), to: at(0.5) } } },
      "unknown",
      /after it was/,
    ],
    [
      "its own doubt",
      { ...p95, predicate: { verdict: "unknown", because: "half asked" } },
      "unknown",
      /half asked/,
    ],
    ["its own no", { ...p95, predicate: { verdict: "not-met", because: "worse" } }, "not-met", /worse/],
    ["0.7 %", { clause: "B8.2", kind: "metrics", predicate: { value: 0.7 } }, "not-met", /0\.7 percent/],
    ["0.69 %", { clause: "B8.2", kind: "metrics", predicate: { value: 0.69 } }, "met", /it is/],
    ["no line", { clause: "B8.3", kind: "logScan", predicate: { groups: [] } }, "unknown", /were not looked/],
    [
      "a log that nobody looked through",
      { clause: "B8.3", kind: "logScan", predicate: { groups: good.logScan.groups.slice(1) } },
      "unknown",
      /access.* were not looked through/,
    ],
    [
      "no line of what each request leaves one in",
      {
        clause: "B8.3",
        kind: "logScan",
        predicate: { groups: good.logScan.groups.map((group) => ({ ...group, lines: 0 })) },
      },
      "unknown",
      /no line of .*access.* was read/,
    ],
    [
      "an address in a line, whatever the masking says",
      {
        clause: "B8.3",
        kind: "logScan",
        predicate: {
          protectionFindings: undefined,
          groups: [{ logGroup: "a", lines: 9, found: { email: 1 } }],
        },
      },
      "not-met",
      /1 finds in the lines and an unknown number/,
    ],
    [
      "a masking that nobody asked",
      { clause: "B8.3", kind: "logScan", predicate: { protectionFindings: undefined } },
      "unknown",
      /what the masking found/,
    ],
    [
      "an hour of logs",
      { clause: "B8.3", kind: "logScan", predicate: { window: { from: at(2), to: at(1) } } },
      "unknown",
      /1\.0 h long/,
    ],
    [
      "logs of last week",
      { clause: "B8.3", kind: "logScan", predicate: { window: { from: at(185), to: at(160) } } },
      "unknown",
      /ended 160\.0 h ago/,
    ],
    [
      "a scan where an audit is asked for",
      { clause: "B6.3", kind: "findings", predicate: { runs: good.findings.runs.slice(0, 3) } },
      "unknown",
      /no run of npm-audit/,
    ],
    [
      "an audit of last week",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: { runs: good.findings.runs.map((run) => ({ ...run, endedAt: at(160) })) },
      },
      "unknown",
      /no run of npm-audit within 24 h/,
    ],
    [
      "a proof with an effect too many",
      { clause: "B8.6", kind: "proofRun", predicate: { figures: { requests: 9, keys: 2, effects: 3 } } },
      "not-met",
      /requests 9, keys 2, effects 3/,
    ],
    [
      "a proof without a repeat",
      {
        clause: "B8.6",
        kind: "proofRun",
        predicate: { figures: { requests: 200, keys: 200, effects: 200 } },
      },
      "not-met",
      /figures are others/,
    ],
    [
      "a proof of 99 keys",
      {
        clause: "B8.6",
        kind: "proofRun",
        predicate: { figures: { requests: 4_000, keys: 99, effects: 99 } },
      },
      "not-met",
      /keys 99/,
    ],
    [
      "a proof of 100 keys, ten times each, and as many repeats in the log",
      {
        clause: "B8.6",
        kind: "proofRun",
        predicate: {
          figures: { requests: 1_000, keys: 100, effects: 100 },
          observed: { answered: 100, replays: 100, takeovers: 0 },
        },
      },
      "met",
      /^requests 1000, keys 100, effects 100; the deployed stack: answered 100, replays 100, takeovers 0;/,
    ],
    [
      "a proof beside which the log was not asked",
      { clause: "B8.6", kind: "proofRun", predicate: { observed: {} } },
      "unknown",
      /the deployed stack did not count answered, replays, takeovers/,
    ],
    [
      "a log of 99 repeats",
      {
        clause: "B8.6",
        kind: "proofRun",
        predicate: { observed: { answered: 900, replays: 99, takeovers: 0 } },
      },
      "unknown",
      /does not show it: answered 900, replays 99/,
    ],
    [
      "a log in which a repeat reached an agent again",
      {
        clause: "B8.6",
        kind: "proofRun",
        predicate: { observed: { answered: 900, replays: 400, takeovers: 1 } },
      },
      "unknown",
      /takeovers 1/,
    ],
    [
      "a run of a day before, collected an hour ago",
      {
        clause: "B8.7",
        kind: "proofRun",
        predicate: { run: { ...good.proofRun("breaker").run, startedAt: at(25), endedAt: at(24.1) } },
      },
      "unknown",
      /the run ended 24\.1 h ago, and 24 h are the most/,
    ],
    [
      "a breaker that let nobody back in once",
      {
        clause: "B8.7",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("breaker").figures, letBackIn: 2 } },
      },
      "not-met",
      /letBackIn 2/,
    ],
    [
      "a breaker of two rounds",
      {
        clause: "B8.7",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("breaker").figures, rounds: 2, letBackIn: 2 } },
      },
      "not-met",
      /rounds 2/,
    ],
    [
      "a breaker of 99 calls",
      {
        clause: "B8.7",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("breaker").figures, cutOff: 99 } },
      },
      "not-met",
      /cutOff 99/,
    ],
    [
      "a limit that warned nobody at the deployed firewall",
      { clause: "B8.8", kind: "proofRun", predicate: { observed: { warned: 0, slowedDown: 9, blocked: 9 } } },
      "unknown",
      /does not show it: warned 0/,
    ],
    [
      "a limit of which the deployed firewall says nothing",
      { clause: "B8.8", kind: "proofRun", predicate: { observed: { slowedDown: 9, blocked: 9 } } },
      "unknown",
      /did not count warned/,
    ],
    [
      "a breaker that cut nobody off",
      {
        clause: "B8.7",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("breaker").figures, cutOff: 0 } },
      },
      "not-met",
      /cutOff 0/,
    ],
    [
      "a breaker that others felt",
      {
        clause: "B8.7",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("breaker").figures, othersP95MovedByPercent: 10 } },
      },
      "not-met",
      /othersP95MovedByPercent 10/,
    ],
    [
      "a limit that blocked nobody",
      {
        clause: "B8.8",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("rate-limit").figures, blocked: 0, requests: 50 } },
      },
      "not-met",
      /blocked 0/,
    ],
    [
      "a refusal that does not say for how long",
      {
        clause: "B8.8",
        kind: "proofRun",
        predicate: { figures: { ...good.proofRun("rate-limit").figures, refusalsWithRetryAfter: 29 } },
      },
      "not-met",
      /refusalsWithRetryAfter 29/,
    ],
    [
      "an address in a line",
      {
        clause: "B8.3",
        kind: "logScan",
        predicate: { groups: [{ logGroup: "a", lines: 9, found: { email: 1 } }] },
      },
      "not-met",
      /1 finds in the lines/,
    ],
    [
      "what the masking saw",
      { clause: "B8.3", kind: "logScan", predicate: { protectionFindings: 2 } },
      "not-met",
      /2 of/,
    ],
    ["no run", { clause: "B8.5", kind: "findings", predicate: { runs: [] } }, "unknown", /no run/],
    [
      "two scans of three",
      { clause: "B8.5", kind: "findings", predicate: { runs: good.findings.runs.slice(0, 2) } },
      "unknown",
      /no run of fuzz/,
    ],
    [
      "an old scan",
      {
        clause: "B8.5",
        kind: "findings",
        predicate: { runs: good.findings.runs.map((run) => ({ ...run, endedAt: at(400) })) },
      },
      "unknown",
      /no run of zap-baseline, zap-authenticated, fuzz/,
    ],
    [
      "counts that hide nothing of the list",
      { clause: "B8.5", kind: "findings", predicate: { findings: [finding("high", { state: "open" })] } },
      "not-met",
      /1 high open/,
    ],
    [
      "a count without its finding",
      { clause: "B8.5", kind: "findings", predicate: { open: { ...good.findings.open, critical: 1 } } },
      "not-met",
      /1 critical open/,
    ],
    [
      "an acceptance where the clause knows none",
      {
        clause: "B8.5",
        kind: "findings",
        predicate: { findings: [finding("high", accepted("2026-12-25"))] },
      },
      "not-met",
      /1 high open/,
    ],
    [
      "an acceptance of what is not grave",
      {
        clause: "B8.5",
        kind: "findings",
        predicate: { findings: [finding("medium", accepted("2026-11-26", "medium"))] },
      },
      "met",
      /it is/,
    ],
    [
      "a fix of what was seen no more",
      { clause: "B8.5", kind: "findings", predicate: { findings: [finding("high", fixed(at(3)))] } },
      "met",
      /it is/,
    ],
    [
      "a fix of what was seen again",
      { clause: "B8.5", kind: "findings", predicate: { findings: [finding("high", fixed(at(3.01)))] } },
      "not-met",
      /1 high open/,
    ],
    [
      "a fix that is yet to come",
      { clause: "B8.5", kind: "findings", predicate: { findings: [finding("high", fixed(at(0.9)))] } },
      "not-met",
      /1 high open/,
    ],
    [
      "an exception that has ended",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: { findings: [finding("critical", accepted("2026-11-25", "critical"))] },
      },
      "not-met",
      /1 critical open/,
    ],
    [
      "an exception of today",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: { findings: [finding("critical", accepted("2026-11-26", "critical"))] },
      },
      "met",
      /it is/,
    ],
    [
      "an exception of 30 days",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: { findings: [finding("critical", accepted("2026-12-25", "critical"))] },
      },
      "met",
      /it is/,
    ],
    [
      "an exception of 31 days",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: { findings: [finding("critical", accepted("2026-12-26", "critical"))] },
      },
      "not-met",
      /1 critical open/,
    ],
    [
      "an exception that begins after the collection",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: {
          findings: [finding("critical", { ...accepted("2026-11-27", "critical"), at: at(0.9) })],
        },
      },
      "not-met",
      /1 critical open/,
    ],
    [
      "an exception of something less grave",
      {
        clause: "B6.3",
        kind: "findings",
        predicate: { findings: [finding("critical", accepted("2026-12-01", "high"))] },
      },
      "not-met",
      /1 critical open/,
    ],
    [
      "a high advisory",
      { clause: "B6.3", kind: "findings", predicate: { findings: [finding("high", { state: "open" })] } },
      "met",
      /it is/,
    ],
    [
      "a critical advisory",
      { clause: "B6.3", kind: "findings", predicate: { findings: [finding("critical", { state: "open" })] } },
      "not-met",
      /1 critical open/,
    ],
    [
      "a proof of something else",
      { clause: "B8.7", kind: "proofRun", predicate: good.proofRun("idempotency") },
      "unknown",
      /not of breaker/,
    ],
    [
      "a proof of another source",
      {
        clause: "B8.6",
        kind: "proofRun",
        predicate: { run: { ...good.proofRun("idempotency").run, sourceDigest: "9".repeat(64) } },
      },
      "unknown",
      /another source/,
    ],
    [
      "a proof that counted nothing",
      { clause: "B8.6", kind: "proofRun", predicate: { figures: {} } },
      "unknown",
      /did not count requests, keys, effects/,
    ],
    [
      "nothing with a bill",
      { clause: "B6.2", kind: "sbom", predicate: { of: [] } },
      "not-met",
      /of program, edge, .*announce/,
    ],
    [
      "a function without a bill",
      {
        clause: "B6.2",
        kind: "sbom",
        predicate: { of: good.sbom.of.filter(({ name }) => name !== "voice") },
      },
      "not-met",
      /not one bill of materials of voice/,
    ],
    [
      "a bill of whatever is deployed",
      {
        clause: "B6.2",
        kind: "sbom",
        predicate: {
          of: good.sbom.of.map(({ name, sbomSha256, components }) => ({ name, sbomSha256, components })),
        },
      },
      "not-met",
      /of edge, /,
    ],
    [
      "two bills of one function",
      { clause: "B6.2", kind: "sbom", predicate: { of: [...good.sbom.of, ...good.sbom.of.slice(1, 2)] } },
      "not-met",
      /not one bill of materials of edge/,
    ],
    [
      "an empty bill of the program",
      {
        clause: "B6.2",
        kind: "sbom",
        predicate: { of: good.sbom.of.map((bill) => ({ ...bill, components: 0 })) },
      },
      "unknown",
      /no component/,
    ],
  ])("%s", (_, said, verdict, says) => {
    const result = judged(said);
    expect(result.refusals).toEqual([]);
    expect([result.verdict, result.because]).toEqual([verdict, expect.stringMatching(says)]);
  });

  it("18 certificates of 18, each once, installed and in force", () => {
    const { installed } = good.certificates;
    const [one, two, ...others] = installed;
    if (!one || !two) throw new Error("no certificate");
    const outcomeOf = (predicate: object) => {
      const certificates = fileOf({ clause: "B8.4", kind: "certificates", predicate }, key);
      const previous = certificates.sha256;
      const configurations = fileOf({ clause: "B8.4", kind: "configurations", predicate: { previous } }, key);
      return outcome([certificates, configurations], {}, "B8.4").verdict;
    };
    expect(outcomeOf({})).toBe("met");
    expect(outcomeOf({ installed: [two, ...others] })).toBe("not-met");
    expect(outcomeOf({ installed: [two, two, ...others] })).toBe("not-met");
    expect(outcomeOf({ installed: [{ ...one, agent: "chat-99" }, two, ...others] })).toBe("not-met");
    expect(outcomeOf({ installed: [{ ...one, domain: two.domain }, two, ...others] })).toBe("not-met");
    expect(outcomeOf({ installed: [{ ...one, installed: false }, two, ...others] })).toBe("not-met");
    expect(outcomeOf({ installed: [{ ...one, notAfter: at(0.1) }, two, ...others] })).toBe("not-met");
    expect(outcomeOf({ installed: [{ ...one, status: "EXPIRED" }, two, ...others] })).toBe("not-met");
    expect(outcomeOf({ expected: { issued: 12, all: 17 } })).toBe("unknown");
  });

  it("a clause of two kinds needs both", () => {
    const only = (kind: "certificates" | "configurations") => judged({ clause: "B8.4", kind });
    expect(only("certificates")).toMatchObject({
      verdict: "unknown",
      because: "no configurations evidence was collected",
    });
    expect(only("configurations")).toMatchObject({
      verdict: "unknown",
      because: "no certificates evidence was collected",
    });
    const open = {
      agents: good.configurations.agents.map((one, at) => (at === 3 ? { ...one, closed: false } : one)),
    };
    const first = fileOf({ clause: "B8.4", kind: "certificates" }, key);
    const second = fileOf(
      { clause: "B8.4", kind: "configurations", predicate: { ...open, previous: first.sha256 } },
      key,
    );
    expect(outcome([first, second], {}, "B8.4")).toMatchObject({
      verdict: "not-met",
      because: expect.stringMatching(/17 of 18 configurations/),
    });
  });

  it("for as long as it is fresh", () => {
    const old = (hours: number) =>
      judged({ clause: "B6.2", kind: "sbom", predicate: { collectedAt: at(hours) } });
    expect(old(24)).toMatchObject({ verdict: "met" });
    expect(old(24.01)).toMatchObject({ verdict: "unknown", because: expect.stringMatching(/not fresh/) });
  });
});

function finding(severity: string, status: object) {
  return {
    id: sha256(Buffer.from(severity)).slice(0, 16),
    tool: "zap",
    rule: "40018",
    title: "SQL Injection",
    severity,
    classes: { owaspTop10: [], owaspApiTop10: [], cwe: ["CWE-89"], advisories: [] },
    place: "POST /chat",
    evidence: "",
    fix: "",
    status,
    firstSeen: at(30),
    lastSeen: at(3),
    reopened: 0,
  };
}

const fixed = (on: string) => ({ state: "fixed", commit: "a".repeat(40), at: on });

function accepted(until: string, severity = "high") {
  return {
    state: "accepted",
    until,
    severity,
    by: ROLES[0],
    reason: "it is covered by something else",
    at: at(20),
  };
}
