import type { KeyObject } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compactInstant } from "../../infra/evidence/evidenceNames";
import { canonicalBytes } from "../../infra/evidence/record/canonical";
import { sealEnvelope, sha256 } from "../../infra/evidence/record/envelope";
import { ROLES } from "../../infra/evidence/record/findings.schema";
import { STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE } from "../../infra/evidence/record/statement";
import { writeWhole } from "../wholeFile";
import { RollbackError } from "./problem";

/**
 * What is kept of a rollback: an in-toto statement as evidence is, of a type of its own. No clause is judged by it, so that it lies beside
 * the evidence and not in it: stacks/<stack>/rollbacks/ here, evidence/B7.4/rollback/ in the bucket.
 */
export const ROLLBACK_TYPE = "https://example.com/fase-b/evidence/rollback/v1";

const instant = z.iso.datetime({ precision: 3 });
const deployment = z.strictObject({
  id: z.string(),
  createdAt: instant,
  modelSha256: z.string().optional(),
  commit: z.string().optional(),
});

export const rollbackSchema = z.strictObject({
  clause: z.literal("B7.4"),
  /** `unknown` where nobody called. */
  verdict: z.enum(["met", "not-met", "unknown"]),
  because: z.string().min(1).max(500),
  startedAt: instant,
  endedAt: instant,
  api: z.string(),
  stageName: z.string(),
  from: deployment,
  to: deployment,
  by: z.enum(ROLES),
  reason: z.string(),
  /** Absent where nobody called. */
  calls: z
    .strictObject({
      domain: z.string(),
      route: z.string(),
      made: z.number().int(),
      failed: z.number().int(),
      answers: z.record(z.string(), z.number().int()),
    })
    .optional(),
  /** Live values that were left as they are, by their name in the table. */
  leftAlone: z.array(z.string()),
  warnings: z.array(z.string()),
});
export type Rollback = z.infer<typeof rollbackSchema>;

export interface Kept {
  /** Below `evidence/` of the bucket. */
  readonly bucketPath: string;
  readonly file: string;
  readonly bytes: Buffer;
}

export const rollbacksFolder = (projectDir: string, stack: string): string =>
  join(projectDir, "stacks", stack, "rollbacks");

/** Writes the record where nothing stands. Without a key it is a statement that nobody signed. */
export function keep(
  rollback: Rollback,
  where: { readonly folder: string; readonly stack: string },
  key: KeyObject | undefined,
): Kept {
  const predicate = rollbackSchema.parse(rollback);
  // Of what is in force now; a deployment that was made by hand has no digest but that of what is known of it.
  const inForce = predicate.to.modelSha256 ?? sha256(canonicalBytes(predicate.to));
  const statement = canonicalBytes({
    _type: STATEMENT_TYPE,
    subject: [{ name: `fase-b/${where.stack}/gateway`, digest: { sha256: inForce } }],
    predicateType: ROLLBACK_TYPE,
    predicate,
  });
  const bytes = key === undefined ? statement : sealEnvelope(STATEMENT_PAYLOAD_TYPE, statement, [key]);
  const name = `${compactInstant(Date.parse(rollback.endedAt))}-${sha256(bytes)}.json`;
  const file = join(where.folder, name);
  writeWhole(file, bytes, {
    refuse: (got) =>
      new RollbackError({
        what: file,
        got,
        allowed: "a place without a file, in a folder that can be written to",
        fix: "the stage is pointed back all the same; write down what was printed",
      }),
  });
  return { bucketPath: `B7.4/rollback/${name}`, file, bytes };
}

/** The deployments that rollbacks went away from, less those that one came back to later. What cannot be read is no record. */
export function leftDeployments(folder: string): ReadonlySet<string> {
  const left = new Set<string>();
  if (!existsSync(folder)) return left;
  for (const name of readdirSync(folder).sort()) {
    const rollback = readRecord(join(folder, name));
    if (rollback === undefined) continue;
    // Whoever goes forward again leaves nothing that is no good.
    if (rollback.to.createdAt < rollback.from.createdAt) left.add(rollback.from.id);
    if (rollback.verdict === "met") left.delete(rollback.to.id);
  }
  return left;
}

function readRecord(path: string): Rollback | undefined {
  try {
    const outer = JSON.parse(readFileSync(path, "utf8")) as { readonly payload?: unknown };
    const inner: unknown =
      typeof outer.payload === "string"
        ? JSON.parse(Buffer.from(outer.payload, "base64").toString("utf8"))
        : outer;
    const { predicateType, predicate } = inner as { predicateType?: unknown; predicate?: unknown };
    const read = rollbackSchema.safeParse(predicate);
    return predicateType === ROLLBACK_TYPE && read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
