import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectorsOf, type Sources } from "../../cli/evidence/collectors";
import { known, unknown } from "../../cli/evidence/sources/answer";
import { ledgerReader } from "../../cli/evidence/sources/findingsReader";
import type { CompleteRun } from "../../cli/evidence/sources/scanRuns";
import { testContext } from "../../cli/evidence/testSupport";
import { evidencePath } from "../../infra/evidence/evidenceNames";
import type { CollectorKey } from "../../infra/evidence/record/collectorKeys";
import type { Predicate } from "../../infra/evidence/record/predicates";
import { keyIdOf, sealEnvelope, sha256 } from "../../infra/evidence/record/envelope";
import { demandsOf } from "../../infra/evidence/record/judge";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import {
  STATEMENT_PAYLOAD_TYPE,
  writeStatement,
  type Statement,
} from "../../infra/evidence/record/statement";
import { verifyEvidence, type Verification } from "../../infra/evidence/record/verify";
import { SCANS } from "../../infra/scanning/scanning.schema";
import { stagingSettings } from "../support/staging";
import { fuzz, prepareFuzzer } from "./support/fuzzer";
import { projectDir, Running } from "./support/running";

const SECONDS = Number(process.env["LOCAL_FUZZ_SECONDS"] ?? 15);
const LIMIT_MS = (SECONDS + 180) * 1000;

let running: Running;
let python: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "fase-b-evidence-"));
  mkdirSync(join(folder, "stacks", "staging"), { recursive: true });
  python = await prepareFuzzer();
  running = await Running.start(["--quiet"]);
});

afterAll(async () => {
  await running?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The fuzzer against this machine, with its report. */
async function fuzzed(
  checks: readonly string[],
  name: string,
): Promise<{ status: number | null; junit: string; output: string }> {
  const junit = join(folder, `${name}.xml`);
  const domain = "chat-01.staging.example.com";
  const ended = await fuzz({ python, running, domain, path: "/chat", checks, seconds: SECONDS, junit });
  return { ...ended, junit: readFileSync(junit, "utf8") };
}

const nobody = (): never => {
  throw new Error("nobody asks this here");
};

/** A run whose report lies in the bucket; of the two others, which are ZAP's, there is none on this machine. */
const sourcesWith = (fuzzed: CompleteRun): Sources => ({
  requests: { windowOf: nobody, latency: nobody, errors: nobody },
  metrics: { series: nobody },
  logs: { sample: nobody, isMasked: nobody },
  gateway: { domain: nobody, usagePlans: nobody, executionLogGroups: nobody },
  certificates: { certificate: nobody },
  audit: { audit: nobody },
  scans: {
    lastRun: (scan) => {
      const asked = [{ system: "bucket", asked: `scans/${scan}/` }];
      return Promise.resolve(
        scan === "fuzz" ? known(fuzzed, asked) : unknown(`${scan} is not run on this machine`, asked),
      );
    },
  },
  scanFindings: ledgerReader(({ scans }) =>
    scans.some((scan) => (SCANS as readonly string[]).includes(scan)),
  ),
  dependencyFindings: { read: nobody },
});

const keys = generateKeyPairSync("ed25519");
const collectorKey = (nowMs: number): CollectorKey => ({
  keyId: keyIdOf(keys.publicKey),
  name: "evidence-collector",
  publicKey: keys.publicKey,
  validFromMs: nowMs - 86_400_000,
  validUntilMs: nowMs + 86_400_000,
});

/** From the tool's report to a signed piece, by the ways of the command. */
async function signed(
  junit: string,
  exitCode: number,
): Promise<{ path: string; bytes: Buffer; nowMs: number; digest: string }> {
  const nowMs = Date.now();
  const digest = sourceDigest(projectDir);
  const endedAt = new Date(nowMs - 1_000).toISOString();
  const sha = createHash("sha256").update(junit, "utf8").digest("hex");
  const run: CompleteRun = {
    run: {
      scan: "fuzz",
      startedAt: endedAt,
      endedAt,
      exitCode,
      tool: { name: "Schemathesis", version: "4.32.5" },
      stack: "staging",
      reports: [{ file: "junit.xml", sha256: sha }],
    },
    reports: [{ key: "scans/fuzz/20261126T051700Z/junit.xml", text: junit, sha256: sha }],
    laterWithoutEnd: 0,
  };
  const context = testContext({ projectDir: folder, nowMs: () => nowMs, sourceDigest: digest });
  const [collected] = await collectorsOf(sourcesWith(run))["B8.5"](context);
  if (collected?.kind !== "findings") throw new Error("no findings");
  const predicate = {
    ...collected.predicate,
    collectedAt: new Date(nowMs).toISOString(),
    collector: { name: "fase-b", version: "0.1.0" },
  };
  const statement = { stack: "staging", sourceDigest: digest, kind: "findings", predicate } as Statement;
  const bytes = sealEnvelope(STATEMENT_PAYLOAD_TYPE, writeStatement(statement), [keys.privateKey]);
  const path = evidencePath({
    clause: "B8.5",
    kind: "findings",
    collectedAtMs: nowMs,
    sha256: sha256(bytes),
  });
  return { path, bytes, nowMs, digest };
}

function verified(piece: { path: string; bytes: Uint8Array; nowMs: number; digest: string }): Verification {
  return verifyEvidence({
    files: [{ path: piece.path, bytes: piece.bytes }],
    keys: [collectorKey(piece.nowMs)],
    stack: "staging",
    sourceDigest: piece.digest,
    nowMs: piece.nowMs,
    demands: demandsOf(stagingSettings()),
    clauses: ["B8.5"],
  });
}

describe("B2.2, B8.5, B0.4: the whole path on one machine", () => {
  it(
    "what the fuzzer found not is read, signed and verified; with one byte changed it is refused",
    async () => {
      const { status, junit, output } = await fuzzed(
        ["not_a_server_error", "negative_data_rejection"],
        "well",
      );
      if (status !== 0) throw new Error(output);
      const piece = await signed(junit, status);
      const verification = verified(piece);
      expect(verification.refusals).toEqual([]);
      const [believed] = verification.pieces;
      expect(believed?.signedBy).toEqual(["evidence-collector"]);
      expect(believed?.statement.predicate).toMatchObject({
        clause: "B8.5",
        // ZAP did not run here, and what did not run says nothing.
        verdict: "unknown",
        because: expect.stringContaining("0 critical and 0 high open") as string,
        runs: [{ scan: "fuzz", tool: { name: expect.stringMatching(/schemathesis/i) as string } }],
        findings: [],
      });
      expect(verification.clauses[0]?.verdict).toBe("unknown");

      for (const at of [0, Math.floor(piece.bytes.length / 2), piece.bytes.length - 3]) {
        const changed = Buffer.from(piece.bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        const { refusals, pieces } = verified({ ...piece, bytes: changed });
        expect(pieces).toEqual([]);
        expect(refusals[0]?.why).toMatch(/its bytes have the digest/);
        // Also where somebody gives it the name that its bytes ask for.
        const renamed = piece.path.replace(/[0-9a-f]{64}/, sha256(changed));
        const again = verified({ ...piece, path: renamed, bytes: changed });
        expect(again.pieces).toEqual([]);
        expect(again.refusals).toHaveLength(1);
      }
    },
    LIMIT_MS,
  );

  it(
    "what it did find is in the evidence",
    async () => {
      await running.tell("agent", "chat-01", "--fail", "100%");
      const { status, junit } = await fuzzed(["not_a_server_error"], "finding");
      expect(status).toBe(1);
      const { pieces } = verified(await signed(junit, status ?? -1));
      const predicate = pieces[0]?.statement.predicate;
      expect(predicate).toMatchObject({ clause: "B8.5" });
      const { findings } = predicate as Predicate<"findings">;
      expect(findings.length).toBeGreaterThan(0);
      for (const { tool, place, status: state } of findings)
        expect([tool, place, state]).toEqual(["schemathesis", "POST /chat", { state: "open" }]);
    },
    LIMIT_MS,
  );
});
