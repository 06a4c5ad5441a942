/**
 * Signed envelopes: DSSE v1, https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, narrower than it may be: Ed25519 alone,
 * canonical JSON, base64 in its one form, one signature a key, in the order of the keys.
 *
 * Reading alone: a pack signs nothing. Nothing in here throws for what somebody else wrote.
 */
import { createHash, createPublicKey, verify, type KeyObject } from "node:crypto";
import { readCanonical } from "./canonical";

export interface Signature {
  /** SHA-256 of the public key as SPKI in DER, in hexadecimal. */
  readonly keyId: string;
  readonly sig: Uint8Array;
}

/** What stands in an envelope, of which nothing is believed yet. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** One to ten, each of another key. */
  readonly signatures: readonly Signature[];
}

const largestEnvelopeBytes = 32 * 1024 * 1024;

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

export const isSha256 = (value: unknown): value is string =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

/** True for an object with exactly these keys. */
export function hasExactly<Key extends string>(
  value: unknown,
  keys: readonly Key[],
): value is Readonly<Record<Key, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const present = Object.keys(value);
  return present.length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}

function base64(value: unknown): Buffer | undefined {
  if (typeof value !== "string") return undefined;
  const bytes = Buffer.from(value, "base64");
  return bytes.toString("base64") === value ? bytes : undefined;
}

/** @returns why it is none, as a text, where it is none */
export function openEnvelope(bytes: Uint8Array): Envelope | string {
  if (bytes.length > largestEnvelopeBytes) return `more than ${largestEnvelopeBytes} bytes`;
  const outer = readCanonical(bytes)?.value;
  if (!hasExactly(outer, ["payloadType", "payload", "signatures"])) return "no envelope in canonical form";
  const payload = base64(outer.payload);
  if (typeof outer.payloadType !== "string" || !/^[\x21-\x7e]{1,200}$/.test(outer.payloadType) || !payload)
    return "an envelope without a payload and its type";
  if (!Array.isArray(outer.signatures) || outer.signatures.length < 1 || outer.signatures.length > 10)
    return "an envelope without one to ten signatures";
  const signatures: Signature[] = [];
  for (const one of outer.signatures as unknown[]) {
    const sig = hasExactly(one, ["keyid", "sig"]) ? base64(one.sig) : undefined;
    if (!sig || !hasExactly(one, ["keyid", "sig"]) || !isSha256(one.keyid))
      return "a signature that is not a key's id and base64";
    const last = signatures.at(-1);
    if (last && one.keyid <= last.keyId) return "signatures that are not one a key, in the order of the keys";
    signatures.push({ keyId: one.keyid, sig });
  }
  return { payloadType: outer.payloadType, payload, signatures };
}

/** An Ed25519 public key in PEM, and nothing else: a private key would do as well, and nobody may put one there. */
export function publicKeyOf(pem: unknown): KeyObject | undefined {
  if (typeof pem !== "string" || !pem.startsWith("-----BEGIN PUBLIC KEY-----")) return undefined;
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : undefined;
  } catch {
    // No key in it.
    return undefined;
  }
}

export const keyIdOf = (key: KeyObject): string =>
  sha256(key.export({ type: "spki", format: "der" }) as Buffer);

/** True where this key made this signature of this envelope; the type is part of what is signed. */
export function signatureHolds(
  { payloadType, payload }: Envelope,
  { sig }: Signature,
  key: KeyObject,
): boolean {
  const signed = Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
  return key.asymmetricKeyType === "ed25519" && sig.length === 64 && verify(null, signed, key, sig);
}
