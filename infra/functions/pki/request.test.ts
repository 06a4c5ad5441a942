import { describe, expect, it } from "vitest";
import { PkiProblem } from "./pkiProblem";
import { readRequest } from "./request";
import { newRequest, p256, p384, p521, rsa } from "./testSupport";

async function problemOf(csrPem: string): Promise<PkiProblem> {
  const error: unknown = await readRequest(csrPem).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PkiProblem)) throw new Error(`no PkiProblem: ${String(error)}`);
  return error;
}

const bytesOf = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
const asCsr = (bytes: Buffer): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${bytes.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;

describe("a request for a certificate (B5.2)", async () => {
  const good = await newRequest();

  it.each([
    ["ECDSA P-256, SHA-256", p256, "SHA-256"],
    ["ECDSA P-384, SHA-384", p384, "SHA-384"],
    ["ECDSA P-256, SHA-512", p256, "SHA-512"],
    ["RSA-2048, SHA-256", rsa(2_048), "SHA-256"],
    ["RSA-3072, SHA-384", rsa(3_072, "SHA-384"), "SHA-384"],
  ])(
    "is read with %s: its public key and its subject, and nothing that it asks for",
    async (_, algorithm, hash) => {
      const { csrPem, publicKeyPem } = await newRequest(algorithm, hash);
      expect(await readRequest(csrPem)).toEqual({ publicKeyPem, subject: "CN=another, O=Fase B" });
    },
  );

  it("is read with the lines of Windows, with empty lines around it, and with keytool's label", async () => {
    const read = { publicKeyPem: good.publicKeyPem };
    expect(await readRequest(good.csrPem.replaceAll("\n", "\r\n"))).toMatchObject(read);
    expect(await readRequest(`\n\n${good.csrPem}\n`)).toMatchObject(read);
    expect(await readRequest(good.csrPem.replaceAll("CERTIFICATE", "NEW CERTIFICATE"))).toMatchObject(read);
  });

  it.each([
    ["RSA of 1,024 bits", rsa(1_024), "SHA-256", "rsa, 1024 bits"],
    ["RSA of 2,047 bits", rsa(2_047), "SHA-256", "rsa, 2047 bits"],
    ["RSA with the exponent 3", rsa(2_048, "SHA-256", [3]), "SHA-256", "rsa, 2048 bits, exponent 3"],
    ["ECDSA on P-521", p521, "SHA-512", "ec, secp521r1"],
  ])("is refused with %s", async (_, algorithm, hash, got) => {
    const problem = await problemOf((await newRequest(algorithm, hash)).csrPem);
    expect(problem).toMatchObject({ what: "certificate request: key", got });
  });

  it.each([
    ["ECDSA", p256],
    ["RSA", rsa(2_048, "SHA-1")],
  ])("is refused when it is signed over SHA-1 by %s", async (_, algorithm) => {
    const problem = await problemOf((await newRequest(algorithm, "SHA-1")).csrPem);
    expect(problem.message).toMatch(
      /^certificate request: signature: got .+SHA-1; allowed: .+; fix: .+-sha256/,
    );
  });

  it("is refused when whoever made it does not hold the key: another's key put in, or any byte changed", async () => {
    const other = await newRequest();
    const key = (pem: string): string => bytesOf(pem).toString("latin1");
    const stolen = bytesOf(good.csrPem)
      .toString("latin1")
      .replace(key(good.publicKeyPem), key(other.publicKeyPem));
    expect((await problemOf(asCsr(Buffer.from(stolen, "latin1")))).got).toMatch(
      /not by the request's own key/,
    );
    const bytes = bytesOf(good.csrPem);
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      await problemOf(asCsr(changed));
    }
  });

  it("that holds a private key is refused, and the key is not repeated", async () => {
    for (const text of [
      good.privateKeyPem,
      good.csrPem + good.privateKeyPem,
      good.privateKeyPem + good.csrPem,
    ]) {
      const problem = await problemOf(text);
      expect(problem.got).toBe("a private key");
      expect(JSON.stringify({ ...problem, message: problem.message })).not.toContain(
        good.privateKeyPem.split("\n")[1],
      );
      expect(problem.cause).toBeUndefined();
    }
  });

  it.each([
    ["nothing", "", "no PEM block"],
    ["no PEM", "jane.doe@example.com", "no PEM block"],
    ["two requests", good.csrPem + good.csrPem, "2 PEM blocks"],
    [
      "text before it",
      `Subject: web-app\n${good.csrPem}`,
      "a PEM block of something else, or with text around it",
    ],
    ["text after it", `${good.csrPem}x`, "a PEM block of something else, or with text around it"],
    [
      "a certificate",
      good.csrPem.replaceAll(" REQUEST", ""),
      "a PEM block of something else, or with text around it",
    ],
    [
      "labels that differ",
      good.csrPem.replace("BEGIN ", "BEGIN NEW "),
      "a PEM block of something else, or with text around it",
    ],
    ["half of it", asCsr(bytesOf(good.csrPem).subarray(0, 100)), "bytes that are no PKCS #10 request"],
    [
      "more after its end",
      asCsr(Buffer.concat([bytesOf(good.csrPem), Buffer.from([5, 0])])),
      "bytes that are no PKCS #10 request",
    ],
    ["other bytes", asCsr(Buffer.from("hello")), "bytes that are no PKCS #10 request"],
    ["no bytes", asCsr(Buffer.alloc(0)), "bytes that are no PKCS #10 request"],
    ["9,000 characters", good.csrPem + "\n".repeat(9_000), `${good.csrPem.length + 9_000} characters`],
  ])("that is %s is refused", async (_, text, got) => {
    const problem = await problemOf(text);
    expect(problem.got).toBe(got);
    expect(problem.message).not.toContain("jane");
  });
});
