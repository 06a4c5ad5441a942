import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { EvidenceError } from "./problem";
import { parseSignerKeys, signerEntry, signerFields, type SignerKey } from "./signerKeys";

/** In `stacks/<stack>/`: whose signatures count. It changes through a pull request with two reviews, as all that is here. */
export const COLLECTORS_FILE = "collectors.json";

const entry = z.strictObject({
  ...signerFields,
  /** Of whom: a role, e.g. `evidence-collector`. */
  name: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/),
});

export type CollectorEntry = z.infer<typeof entry>;

export interface CollectorKey extends SignerKey {
  readonly name: string;
}

/** @throws EvidenceError */
export function parseCollectorKeys(text: string, file: string): readonly CollectorKey[] {
  const refuse = (
    got: string,
    fix = `git checkout ${file}, or mend it: npm run evidence -- keygen prints an entry`,
  ): EvidenceError =>
    new EvidenceError(
      {
        what: file,
        got,
        allowed: "a list of Ed25519 keys, each with its keyId, name, validFrom and validUntil",
        fix,
      },
      true,
    );
  return parseSignerKeys(text, entry, 100, refuse).map(({ entry: { name }, key }) => ({ ...key, name }));
}

/**
 * @param folder `stacks/<stack>`
 * @throws EvidenceError
 */
export const readCollectorKeys = (folder: string): readonly CollectorKey[] =>
  parseCollectorKeys(readCollectors(folder).toString("utf8"), path.join(folder, COLLECTORS_FILE));

/**
 * The file's bytes, of which nothing is believed yet.
 *
 * @param folder `stacks/<stack>`
 * @throws EvidenceError
 */
export function readCollectors(folder: string): Buffer {
  const file = path.join(folder, COLLECTORS_FILE);
  try {
    return readFileSync(file);
  } catch {
    throw new EvidenceError(
      {
        what: file,
        got: "no file that can be read",
        allowed: "the collectors' keys, [] where there are none yet",
        fix: `git checkout ${file}, or name another stack`,
      },
      true,
    );
  }
}

export const collectorEntry = (publicKey: KeyObject, name: string, fromMs: number): CollectorEntry => ({
  ...signerEntry(publicKey, fromMs),
  name,
});
