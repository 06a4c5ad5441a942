import type { KeyObject } from "node:crypto";
import {
  collectorEntry,
  type CollectorEntry,
  type CollectorKey,
} from "../../infra/evidence/record/collectorKeys";
import { keyIdOf } from "../../infra/evidence/record/envelope";
import { EvidenceError } from "../../infra/evidence/record/problem";
import { notInForce } from "../../infra/evidence/record/signerKeys";
import { newSigningKey, readPrivateKey } from "../signingKey";
import { writeOnce } from "./copy";

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
  const refuse = (
    got: string,
    fix = "name the file that npm run evidence -- keygen has made",
  ): EvidenceError =>
    new EvidenceError(
      {
        what: `--key ${path}`,
        got,
        allowed: "a collector's private key of Ed25519 in PEM, in force and readable by its owner alone",
        fix: got === "EACCES" ? "run it as the key's owner" : fix,
      },
      true,
    );
  const key = readPrivateKey(path, refuse);
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
  const { privatePem, publicKey } = newSigningKey();
  writeOnce(path, privatePem, 0o600);
  return collectorEntry(publicKey, name, nowMs);
}
