import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { evidencePath, parseEvidencePath } from "../../infra/evidence/evidenceNames";
import { sealEnvelope, sha256 } from "../../infra/evidence/record/envelope";
import { EvidenceError } from "../../infra/evidence/record/problem";
import type { Predicate } from "../../infra/evidence/record/predicates";
import { readCopy } from "../../infra/evidence/record/readCopy";
import { requirements, type EvidenceClause } from "../../infra/evidence/record/requirements";
import {
  STATEMENT_PAYLOAD_TYPE,
  writeStatement,
  type Statement,
} from "../../infra/evidence/record/statement";
import {
  newest,
  openPiece,
  type EvidenceFile,
  type Piece,
  type VerifyInput,
} from "../../infra/evidence/record/verify";
import { withBaseline } from "./baseline";
import type { Bucket } from "./bucket";
import type { Collected, Collector, CollectorContext } from "./collector";
import { writeOnce } from "./copy";

export interface CollectPorts {
  /** The copy here. */
  readonly folder: string;
  /** None with `--local`. */
  readonly bucket?: Bucket;
  readonly key: KeyObject;
  readonly keys: VerifyInput["keys"];
  readonly collector: { readonly name: string; readonly version: string };
  readonly commit?: string;
  /** The source's digest as it is now: what was collected while it changed is of neither. */
  readonly sourceDigest: () => string;
  /** Makes the measure the one of before the work. */
  readonly baseline?: boolean;
}

/** What was kept of a clause. */
export interface Kept {
  readonly path: string;
  readonly statement: Statement;
}

/**
 * Collects one clause, signs what was collected and keeps it: here first, so that what the bucket has is never more than what the copy
 * can show. What an earlier run kept here only is put with it, oldest first.
 *
 * @throws EvidenceError
 */
export async function collectClause(
  clause: EvidenceClause,
  collector: Collector,
  context: CollectorContext,
  ports: CollectPorts,
): Promise<readonly Kept[]> {
  if (ports.bucket) await pull(clause, ports.bucket, { folder: ports.folder, progress: context.progress });
  const chain = chainOf(clause, context, ports);
  const collected = (await collector(context)).map((one) =>
    withBaseline(one, chain, ports.baseline ?? false),
  );
  checkKinds(clause, collected);
  const sourceDigest = ports.sourceDigest();
  if (sourceDigest !== context.sourceDigest)
    throw new EvidenceError({
      what: `the source while ${clause} was collected`,
      got: `${sourceDigest} after ${context.sourceDigest}`,
      allowed: "one source from begin to end",
      fix: "collect again, and change nothing meanwhile",
    });
  // After what came before, be this machine's clock a little behind the one that collected it.
  const nowMs = Math.max(context.nowMs(), chain?.collectedAtMs ?? 0);
  let previous = chain?.sha256;
  const files: (EvidenceFile & Kept)[] = [];
  for (const one of collected) {
    const statement = {
      stack: context.settings.stack,
      sourceDigest: context.sourceDigest,
      kind: one.kind,
      predicate: {
        ...one.predicate,
        collectedAt: new Date(nowMs).toISOString(),
        collector: ports.collector,
        ...(ports.commit === undefined ? {} : { commit: ports.commit }),
        ...(previous === undefined ? {} : { previous }),
      } as Predicate,
    } as Statement;
    const bytes = sealEnvelope(STATEMENT_PAYLOAD_TYPE, writeStatement(statement), [ports.key]);
    const digest = sha256(bytes);
    const path = evidencePath({ clause, kind: one.kind, collectedAtMs: nowMs, sha256: digest });
    const refused = openPiece(
      { path, bytes },
      { keys: ports.keys, stack: context.settings.stack, nowMs: context.nowMs() },
    );
    if (typeof refused === "string")
      throw new EvidenceError({
        what: path,
        got: `evidence that nobody would believe: ${refused}`,
        allowed: "what verify believes",
        fix: "mend the collector, or the clock",
      });
    files.push({ path, bytes, statement });
    previous = digest;
  }
  for (const { path, bytes } of files) writeOnce(join(ports.folder, path), bytes);
  if (ports.bucket) await push(clause, ports.bucket, ports.folder);
  return files.map(({ path, statement }) => ({ path, statement }));
}

function checkKinds(clause: EvidenceClause, collected: readonly Collected[]): void {
  const [got, wanted] = [collected.map(({ kind }) => kind).sort(), [...requirements[clause]].sort()];
  if (got.join() !== wanted.join() || collected.some(({ predicate }) => predicate.clause !== clause))
    throw new EvidenceError({
      what: clause,
      got: got.join(" and ") || "nothing",
      allowed: wanted.join(" and "),
      fix: "mend the collector",
    });
}

/** The end of the clause's chain. One that nobody believes cannot be followed: what follows it would not be believed either. */
function chainOf(
  clause: EvidenceClause,
  { settings, nowMs }: CollectorContext,
  { folder, keys }: CollectPorts,
): Piece | undefined {
  const pieces = readCopy(folder)
    .filter(({ path }) => path.startsWith(`${clause}/`))
    .map((file) => {
      const piece = openPiece(file, { keys, stack: settings.stack, nowMs: nowMs() });
      if (typeof piece === "string")
        throw new EvidenceError({
          what: join(folder, file.path),
          got: `a file that is not believed: ${piece}`,
          allowed: "a copy that verify believes",
          fix: "npm run evidence -- verify says what is wrong; restore the copy",
        });
      return piece;
    });
  return newest(pieces);
}

/** What the bucket has and the copy has not. What is no evidence by its name shows nothing, and is told. */
async function pull(
  clause: string,
  bucket: Bucket,
  { folder, progress }: { readonly folder: string; readonly progress: (text: string) => void },
): Promise<void> {
  const here = new Set(readCopy(folder).map(({ path }) => path));
  for (const path of [...(await bucket.list(clause))].sort()) {
    if (here.has(path)) continue;
    const place = parseEvidencePath(path);
    if (place?.clause !== clause) {
      progress(`left in the bucket, since its name is none of evidence: ${path.replace(/[^!-~]/g, "?")}`);
      continue;
    }
    const bytes = await bucket.get(path);
    // Whole, before it lies here: what came in part would stand in the way of all that follows.
    if (sha256(bytes) !== place.sha256)
      throw new EvidenceError({
        what: `evidence/${path} of the bucket`,
        got: `bytes of the digest ${sha256(bytes)}`,
        allowed: "the one in its name",
        fix: "collect again; where it stays so, find out who put it",
      });
    writeOnce(join(folder, path), bytes);
  }
}

async function push(clause: string, bucket: Bucket, folder: string): Promise<void> {
  const there = new Set(await bucket.list(clause));
  const missing = readCopy(folder).filter(({ path }) => path.startsWith(`${clause}/`) && !there.has(path));
  const time = ({ path }: EvidenceFile): string => path.split("/")[2] ?? "";
  for (const file of [...missing].sort((a, b) => (time(a) < time(b) ? -1 : 1))) await bucket.put(file);
}
