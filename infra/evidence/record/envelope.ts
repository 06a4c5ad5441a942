import { dsse } from "@sigstore/core";
import { createHash, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { canonicalBytes, readCanonical } from "./canonical";

/**
 * DSSE v1 (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md), narrower than it may be: Ed25519 alone, JSON in canonical
 * form, base64 in its one form, signatures in the order of their keys. So the same signatures over the same words are the same bytes,
 * and there is no byte that could be another.
 */

/** More is no envelope of ours: 5,000 findings of 4 KB each, in base64. */
export const MAX_ENVELOPE_BYTES = 32 * 1024 * 1024;

const base64 = z
  .string()
  .refine((text) => Buffer.from(text, "base64").toString("base64") === text, "base64 with its padding");

const schema = z.strictObject({
  payloadType: z.string().regex(/^[\x21-\x7e]{1,200}$/),
  payload: base64,
  signatures: z
    .array(z.strictObject({ keyid: z.string().regex(/^[0-9a-f]{64}$/), sig: base64 }))
    .min(1)
    .max(10),
});

export interface Signature {
  readonly keyId: string;
  readonly sig: Buffer;
}

/** What stands in an envelope, of which nothing is believed yet. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** At least one, each of another key. */
  readonly signatures: readonly Signature[];
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** SHA-256 of the public key as SPKI in DER, in hexadecimal: `openssl pkey -pubin -outform der | sha256sum`. */
export const keyIdOf = (key: KeyObject): string =>
  sha256(
    (key.type === "private" ? createPublicKey(key) : key).export({ type: "spki", format: "der" }) as Buffer,
  );

export const isEd25519 = (key: KeyObject): boolean => key.asymmetricKeyType === "ed25519";

/** What is signed: the type is part of it, so that one document cannot be passed off as another kind. */
export const signedBytes = (payloadType: string, payload: Uint8Array): Buffer =>
  dsse.preAuthEncoding(payloadType, Buffer.from(payload));

/** @param keys private ones, each another */
export function sealEnvelope(payloadType: string, payload: Uint8Array, keys: readonly KeyObject[]): Buffer {
  if (!keys.every(isEd25519)) throw new TypeError("only Ed25519 signs here");
  const signed = signedBytes(payloadType, payload);
  return writeEnvelope({
    payloadType,
    payload: Buffer.from(payload),
    signatures: keys.map((key) => ({ keyId: keyIdOf(key), sig: sign(null, signed, key) })),
  });
}

/** The bytes of an envelope, whoever signed it: signatures that come one by one are joined so. */
export function writeEnvelope({ payloadType, payload, signatures }: Envelope): Buffer {
  return canonicalBytes({
    payloadType,
    payload: payload.toString("base64"),
    signatures: [...signatures]
      .sort((a, b) => (a.keyId < b.keyId ? -1 : 1))
      .map(({ keyId, sig }) => ({ keyid: keyId, sig: sig.toString("base64") })),
  });
}

/** @returns why it is none, as a text, where it is none */
export function openEnvelope(bytes: Uint8Array): Envelope | string {
  if (bytes.length > MAX_ENVELOPE_BYTES) return `more than ${MAX_ENVELOPE_BYTES} bytes`;
  const read = readCanonical(bytes);
  if (!read) return "no JSON in canonical form (RFC 8785)";
  const result = schema.safeParse(read.value);
  if (!result.success) {
    const [issue] = result.error.issues;
    return `no DSSE envelope: ${issue?.path.join(".") || "the whole"} is not as it should be`;
  }
  const { payloadType, payload, signatures } = result.data;
  if (signatures.some(({ keyid }, at) => at > 0 && keyid <= (signatures[at - 1]?.keyid ?? "")))
    return "signatures that are not one a key, in the order of the keys";
  return {
    payloadType,
    payload: Buffer.from(payload, "base64"),
    signatures: signatures.map(({ keyid, sig }) => ({ keyId: keyid, sig: Buffer.from(sig, "base64") })),
  };
}

/** True where this key made this signature of this envelope. */
export const signatureHolds = (
  { payloadType, payload }: Envelope,
  { sig }: Signature,
  publicKey: KeyObject,
): boolean =>
  isEd25519(publicKey) &&
  sig.length === 64 &&
  verify(null, signedBytes(payloadType, payload), publicKey, sig);
