// The library decorates its classes.
import "reflect-metadata";
import { Pkcs10CertificateRequest } from "@peculiar/x509";
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { SIGNATURE_ALGORITHMS } from "../authorizer/certificate";
import { derElement, DerError, DerSequence, tags } from "../authorizer/der";
import { checkStrength } from "./keys";
import { MAX_PEM_CHARACTERS } from "./pem";
import { PkiProblem } from "./pkiProblem";

/** What is taken of a request. The names and extensions that it asks for are not: the profile is ours. */
export interface CertificateRequest {
  /** SPKI */
  readonly publicKeyPem: string;
  /** As text, for people. */
  readonly subject: string;
}

const WHAT = "certificate request";
/** One block, nothing before or after. keytool writes NEW. */
const PEM =
  /^\s*-----BEGIN (NEW )?CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1CERTIFICATE REQUEST-----\s*$/;
/** RFC 2986: certificationRequestInfo, whose public key comes third. */
const NUMBER_OF_PARTS = 3;

/**
 * Reads a request for a certificate (PKCS #10) and checks that whoever made it holds the private key, that the key is
 * strong enough and that the digest is SHA-256 or better.
 *
 * @throws PkiProblem; nothing of the text is in its message, since it may hold what it should not
 */
export async function readRequest(csrPem: string): Promise<CertificateRequest> {
  const der = blockOf(csrPem);
  const { info, algorithm, signature, spki } = partsOf(der);
  const publicKey = keyOf(spki);
  checkStrength(`${WHAT}: key`, publicKey);
  const digest = DIGESTS.get(algorithm);
  if (digest === undefined || !SIGNATURE_ALGORITHMS.has(algorithm)) throw weakDigest();
  if (!possesses(digest, info, publicKey, signature))
    throw new PkiProblem({
      what: WHAT,
      got: "a signature that is not by the request's own key",
      allowed: "a request signed by the private key of the certificate",
      fix: "make the request anew with that key; a request that was changed afterwards is worthless",
    });
  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    subject: subjectOf(der),
  };
}

function blockOf(csrPem: string): Buffer {
  if (csrPem.length > MAX_PEM_CHARACTERS)
    throw new PkiProblem({
      what: WHAT,
      got: `${csrPem.length} characters`,
      allowed: `at most ${MAX_PEM_CHARACTERS}`,
      fix: "send the request alone",
    });
  if (csrPem.includes("PRIVATE KEY"))
    throw new PkiProblem({
      what: WHAT,
      got: "a private key",
      allowed: "a certificate request, which holds the public key only",
      fix: "make a new key and a request from it, and keep the key where it was made: the one in this file has left its place",
    });
  const blocks = csrPem.match(/-----BEGIN /g)?.length ?? 0;
  const base64 = blocks === 1 ? PEM.exec(csrPem)?.[2] : undefined;
  if (base64 === undefined)
    throw new PkiProblem({
      what: WHAT,
      got:
        blocks > 1
          ? `${blocks} PEM blocks`
          : blocks === 1
            ? "a PEM block of something else, or with text around it"
            : "no PEM block",
      allowed: "one block CERTIFICATE REQUEST in PEM, and nothing else",
      fix: "make it with `openssl req -new -key <key> -subj /CN=<client_id>`",
    });
  return Buffer.from(base64, "base64");
}

/** By the strict reader: one structure, nothing left over. */
function partsOf(der: Buffer) {
  try {
    const request = DerSequence.of(derElement(der, tags.sequence));
    const info = request.take(tags.sequence);
    const algorithm = DerSequence.of(request.take(tags.sequence)).take(tags.objectId).content.toString("hex");
    const bits = request.take(tags.bitString).content;
    request.end();
    const parts = DerSequence.of(info).rest();
    const spki = parts[NUMBER_OF_PARTS - 1];
    if (spki === undefined || bits[0] !== 0) throw new DerError("not the parts of a request");
    return { info: info.whole, algorithm, signature: bits.subarray(1), spki: spki.whole };
  } catch (error) {
    throw malformed(error);
  }
}

function keyOf(spki: Buffer): KeyObject {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" });
  } catch (error) {
    throw malformed(error);
  }
}

function subjectOf(der: Buffer): string {
  try {
    return new Pkcs10CertificateRequest(der).subject;
  } catch (error) {
    throw malformed(error);
  }
}

const malformed = (cause: unknown): PkiProblem =>
  new PkiProblem(
    {
      what: WHAT,
      got: "bytes that are no PKCS #10 request",
      allowed: "a request as RFC 2986 describes it",
      fix: "make it anew; a file that was cut off or edited is no request",
    },
    { cause },
  );

const weakDigest = (): PkiProblem =>
  new PkiProblem({
    what: `${WHAT}: signature`,
    got: "an algorithm that is not known or too weak, e.g. SHA-1",
    allowed: "ECDSA or RSA (PKCS #1 v1.5) with SHA-256, SHA-384 or SHA-512",
    fix: "make it anew with `openssl req -new -sha256`",
  });

/** Content of the signature's object identifier → OpenSSL's digest. */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
]);

function possesses(digest: string, info: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify(digest, info, key, signature);
  } catch {
    return false;
  }
}
