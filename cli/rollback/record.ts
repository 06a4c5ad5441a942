import type { KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compactInstant } from "../../infra/evidence/evidenceNames";
import { canonicalBytes } from "../../infra/evidence/record/canonical";
import { sealEnvelope, sha256 } from "../../infra/evidence/record/envelope";
import { ROLES } from "../../infra/evidence/record/findings.schema";
import { STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE } from "../../infra/evidence/record/statement";
import { codeOf, writeWhole } from "../wholeFile";

/**
 * What is kept of a rollback: an in-toto statement as evidence is, of a type of its own. No clause is judged by it, so that it lies beside
 * the evidence and not in it: stacks/<stack>/rollbacks/ here, evidence/B7.4/rollback/ in the bucket.
 */
export const ROLLBACK_TYPE = "https://example.com/fase-b/evidence/rollback/v1";

export const MAX_BECAUSE = 500;

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
  because: z.string().min(1).max(MAX_BECAUSE),
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
  /** Why it is not in its file, where it is not: the stage is changed by then, and the record must not be lost with that. */
  readonly lost?: string;
}

export const rollbacksFolder = (projectDir: string, stack: string): string =>
  join(projectDir, "stacks", stack, "rollbacks");

/** Writes the record, where nothing stands, once the stage is changed: it throws nothing. Without a key it is a statement that nobody signed. */
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
  const record = { bucketPath: `B7.4/rollback/${name}`, file, bytes };
  try {
    writeWhole(file, bytes, { refuse: (got) => new Error(got) });
    return record;
  } catch (error) {
    return { ...record, lost: (error as Error).message };
  }
}

/** What the records say. */
export interface Left {
  /** Ids of deployments that rollbacks went away from, less those that one came back to later. */
  readonly ids: ReadonlySet<string>;
  /** Names of files that are no record: what they would say is not known. */
  readonly unreadable: readonly string[];
}

export function leftDeployments(folder: string): Left {
  const ids = new Set<string>();
  const unreadable: string[] = [];
  for (const name of namesIn(folder)) {
    const rollback = readRecord(join(folder, name));
    if (rollback === undefined) {
      unreadable.push(name);
      continue;
    }
    // Whoever goes forward again leaves nothing that is no good.
    if (rollback.to.createdAt < rollback.from.createdAt) ids.add(rollback.from.id);
    if (rollback.verdict === "met") ids.delete(rollback.to.id);
  }
  return { ids, unreadable };
}

/** Of a folder that cannot be read nothing is known either, and that must not hold up a rollback. */
function namesIn(folder: string): readonly string[] {
  try {
    // What begins with a dot was never finished.
    return readdirSync(folder)
      .filter((name) => !name.startsWith("."))
      .sort();
  } catch (error) {
    return codeOf(error) === "ENOENT" ? [] : [""];
  }
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
