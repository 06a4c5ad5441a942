import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/** What each proof is run by, for who asks for it and finds none. */
export const PROOF_RUNS = {
  idempotency: "npm run test:local -- oneEffect",
  breaker: "npm run load",
  "rate-limit": "npm run test:local -- firewall",
} as const;
export type ProofRunName = keyof typeof PROOF_RUNS;

const instant = z.iso.datetime({ precision: 3 });

/** The report that a proof leaves of itself when all of it held. */
export const proofRun = z
  .strictObject({
    run: z.enum(["idempotency", "breaker", "rate-limit"]),
    /** Of the source that ran. */
    sourceDigest: z.string().regex(/^[0-9a-f]{64}$/),
    startedAt: instant,
    endedAt: instant,
    /** What was counted. */
    figures: z.record(z.string().regex(/^[a-z][A-Za-z0-9]{0,63}$/), z.number()),
    verdict: z.enum(["met", "not-met"]),
    because: z.string().min(1).max(500),
  })
  .refine(({ startedAt, endedAt }) => startedAt <= endedAt, "startedAt not after endedAt");
export type ProofRun = z.infer<typeof proofRun>;

const folderOf = (projectDir: string): string => join(projectDir, ".build", "runs");
export const proofRunFile = (projectDir: string, run: ProofRunName): string =>
  join(folderOf(projectDir), `${run}.json`);

/** Written whole or not at all. */
export function writeProofRun(projectDir: string, report: ProofRun): void {
  const text = `${JSON.stringify(proofRun.parse(report), undefined, 2)}\n`;
  const file = proofRunFile(projectDir, report.run);
  mkdirSync(folderOf(projectDir), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

/** A proof that is run again has no report until it holds again: an earlier one would hide that it failed. */
export const forgetProofRun = (projectDir: string, run: ProofRunName): void =>
  rmSync(proofRunFile(projectDir, run), { force: true });

export type FoundRun =
  | { readonly kind: "none" }
  /** Something stands there that is no report. */
  | { readonly kind: "broken"; readonly because: string }
  | { readonly kind: "run"; readonly report: ProofRun; readonly sha256: string };

export function readProofRun(projectDir: string, run: ProofRunName): FoundRun {
  let text: string;
  try {
    text = readFileSync(proofRunFile(projectDir, run), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? { kind: "none" } : { kind: "broken", because: `it cannot be read (${code})` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "broken", because: "it is no JSON" };
  }
  const parsed = proofRun.safeParse(value);
  if (!parsed.success)
    return {
      kind: "broken",
      because: `${parsed.error.issues[0]?.path.join(".") || "it"} is not as it should be`,
    };
  if (parsed.data.run !== run) return { kind: "broken", because: `it is of ${parsed.data.run}` };
  return { kind: "run", report: parsed.data, sha256: createHash("sha256").update(text).digest("hex") };
}
