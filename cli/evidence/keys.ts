import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import {
  collectorEntry,
  notInForce,
  type CollectorEntry,
  type CollectorKey,
} from "../../infra/evidence/record/collectorKeys";
import { isEd25519, keyIdOf } from "../../infra/evidence/record/envelope";
import { EvidenceError } from "../../infra/evidence/record/problem";
import { codeOf, writeOnce } from "./copy";

const MAX_KEY_BYTES = 4_096;

/**
 * A collector's private key. Nothing of the file is ever in a message.
 *
 * @throws EvidenceError where it is no such key, others may read it, or nobody would believe it
 */
export function readSigningKey(
  path: string,
  known: readonly CollectorKey[],
  nowMs: number,
): { readonly key: KeyObject; readonly name: string } {
  const refuse = (got: string, fix: string): EvidenceError =>
    new EvidenceError({
      what: `--key ${path}`,
      got,
      allowed: "a collector's private key of Ed25519 in PEM, in force and readable by its owner alone",
      fix,
    });
  let key: KeyObject;
  let mode: number;
  try {
    const stat = statSync(path);
    mode = stat.mode;
    if (!stat.isFile() || stat.size > MAX_KEY_BYTES) throw refuse("another file", "name the key");
    key = createPrivateKey(readFileSync(path));
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    throw refuse(
      /^E[A-Z]+$/.test(codeOf(error)) ? codeOf(error) : "no private key",
      "npm run evidence -- keygen makes one",
    );
  }
  if (!isEd25519(key)) throw refuse("a key of another kind", "npm run evidence -- keygen makes one");
  if ((mode & 0o077) !== 0)
    throw refuse(
      "a file that others may read",
      `chmod 600 ${path}; where others had the time to, make another key`,
    );
  const entry = known.find(({ keyId }) => keyId === keyIdOf(key));
  if (!entry)
    throw refuse(
      "a key that collectors.json does not know",
      "add the entry that keygen printed, by a pull request",
    );
  const why = notInForce(entry, nowMs);
  if (why !== undefined) throw refuse(`a key that ${why}`, "make another with keygen");
  return { key, name: entry.name };
}

/** Makes a key, and writes its private half where nothing stands. */
export function makeKey(path: string, name: string, nowMs: number): CollectorEntry {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  writeOnce(path, Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" }) as string), 0o600);
  return collectorEntry(publicKey, name, nowMs);
}
