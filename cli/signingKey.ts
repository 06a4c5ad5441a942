import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { isEd25519 } from "../infra/evidence/record/envelope";
import { codeOf } from "./wholeFile";

const MAX_KEY_BYTES = 4_096;

/**
 * A private key of Ed25519 in PEM, which its owner alone can read. Nothing of the file is ever in a message.
 *
 * @param refuse makes the error of what is there, and of what to do about it where that is not to make another
 * @throws what `refuse` makes
 */
export function readPrivateKey(path: string, refuse: (got: string, fix?: string) => Error): KeyObject {
  let key: KeyObject;
  let mode: number;
  try {
    const stat = statSync(path);
    mode = stat.mode;
    if (!stat.isFile()) throw new NoKeyFile("a folder or a device");
    if (stat.size > MAX_KEY_BYTES) throw new NoKeyFile("a file too large to be a key");
    key = createPrivateKey(readFileSync(path));
  } catch (error) {
    if (error instanceof NoKeyFile) throw refuse(error.message, "name the key's file");
    throw refuse(/^E[A-Z]+$/.test(codeOf(error)) ? codeOf(error) : "no private key");
  }
  if (!isEd25519(key)) throw refuse("a key of another kind");
  if ((mode & 0o077) !== 0)
    throw refuse(
      "a file that others may read",
      `chmod 600 ${path}; where others had the time to, make another key`,
    );
  return key;
}

class NoKeyFile extends Error {}

/** A key: its private half in PEM, to be written where its owner alone reads it. */
export function newSigningKey(): { readonly privatePem: Buffer; readonly publicKey: KeyObject } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privatePem: Buffer.from(privateKey.export({ type: "pkcs8", format: "pem" }) as string),
    publicKey,
  };
}
