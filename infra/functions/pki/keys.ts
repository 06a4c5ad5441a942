import { createPrivateKey, createPublicKey, generateKeyPair, webcrypto, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { PkiProblem } from "./pkiProblem";

export interface KeyPair {
  /** PKCS #8 */
  readonly privateKeyPem: string;
  /** SPKI */
  readonly publicKeyPem: string;
}

const generate = promisify(generateKeyPair);

/** A new ECDSA key on P-256. */
export async function newKey(): Promise<KeyPair> {
  const { privateKey, publicKey } = await generate("ec", { namedCurve: "P-256" });
  return {
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
  };
}

/** Whether two public keys in PEM are one key, however they are written. */
export const isSameKey = (onePem: string, otherPem: string): boolean =>
  createPublicKey(onePem).equals(createPublicKey(otherPem));

/** Curves that the gateway takes, by OpenSSL's name, with the digest that fits. */
const CURVES: ReadonlyMap<string, { readonly namedCurve: string; readonly hash: string }> = new Map([
  ["prime256v1", { namedCurve: "P-256", hash: "SHA-256" }],
  ["secp384r1", { namedCurve: "P-384", hash: "SHA-384" }],
]);
const MIN_RSA_BITS = 2_048;
/** A longer one costs each handshake, and is nothing that anybody asks for. */
const MAX_RSA_BITS = 4_096;
/** A smaller exponent is a mistake or an attack: with 1 everybody holds the private key. */
const MIN_RSA_EXPONENT = 65_537n;

/**
 * What the gateway asks of a key at least.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 *
 * @param what whose key it is, for the message
 * @throws PkiProblem
 */
export function checkStrength(what: string, key: KeyObject): void {
  const { namedCurve, modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {};
  const strong =
    key.asymmetricKeyType === "ec"
      ? CURVES.has(namedCurve ?? "")
      : key.asymmetricKeyType === "rsa" &&
        (modulusLength ?? 0) >= MIN_RSA_BITS &&
        (modulusLength ?? 0) <= MAX_RSA_BITS &&
        (publicExponent ?? 0n) >= MIN_RSA_EXPONENT;
  if (strong) return;
  const size = namedCurve ?? (modulusLength === undefined ? "" : `${modulusLength} bits`);
  const exponent =
    publicExponent !== undefined && publicExponent < MIN_RSA_EXPONENT ? `, exponent ${publicExponent}` : "";
  throw new PkiProblem({
    what,
    got: `${[key.asymmetricKeyType ?? "an unknown kind", size].filter((text) => text !== "").join(", ")}${exponent}`,
    allowed: `ECDSA on P-256 or P-384, or RSA of ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits with the exponent 65537`,
    fix: "make a new key, e.g. with `openssl ecparam -name prime256v1 -genkey -noout`",
  });
}

/**
 * A private key of any form that OpenSSL reads: PKCS #8, SEC 1, PKCS #1.
 *
 * @throws PkiProblem whose text says nothing of the key
 */
export function readPrivateKey(what: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // No cause: OpenSSL's error might one day quote its input.
    throw new PkiProblem({
      what,
      got: "a text that OpenSSL does not read as a private key",
      allowed: "one private key in PEM, not encrypted",
      fix: "hand over the key as it was made",
    });
  }
}

/** @throws PkiProblem */
export function readPublicKey(what: string, pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new PkiProblem(
      {
        what,
        got: "a text that OpenSSL does not read as a public key",
        allowed: "one public key in PEM",
        fix: "hand over the key as it was made",
      },
      { cause: error },
    );
  }
}

/** The key as the library for certificates signs with it. */
export function toSigningKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const curve = CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? "");
  const algorithm =
    curve === undefined
      ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }
      : { name: "ECDSA", namedCurve: curve.namedCurve };
  const der = key.export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
}

/** The digest that fits a signing key: as strong as its curve. */
export const digestOf = (key: KeyObject): string =>
  CURVES.get(key.asymmetricKeyDetails?.namedCurve ?? "")?.hash ?? "SHA-256";
