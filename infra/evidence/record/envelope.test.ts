import canonicalize from "canonicalize";
import * as fc from "fast-check";
import { execFileSync } from "node:child_process";
import { createPublicKey, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonicalBytes, readCanonical } from "./canonical";
import { collectorEntry, parseCollectorKeys } from "./collectorKeys";
import { sha256, signedBytes } from "./envelope";
import { fileOf, NOW_MS, testKey } from "./testSupport";

describe("canonical JSON", () => {
  it("is what another implementation of RFC 8785 writes, and is read back as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (value) => {
        const bytes = canonicalBytes(value);
        expect(bytes.toString()).toBe(canonicalize(value));
        expect(readCanonical(bytes)).toEqual({ value: JSON.parse(bytes.toString()) as unknown });
      }),
      { numRuns: 300 },
    );
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], ["\ud800"], [{ "\udc00": 1 }], [() => 1]])(
    "does not write %s",
    (value) => {
      expect(() => canonicalBytes(value)).toThrow(TypeError);
    },
  );
});

describe("an envelope", () => {
  it("signs what the specification's example says", () => {
    const [type, body] = ["http://example.com/HelloWorld", Buffer.from("hello world")];
    expect(signedBytes(type, body).toString()).toBe("DSSEv1 29 http://example.com/HelloWorld 11 hello world");
    // The specification's own signature, by its own key, of what is encoded here: ECDSA over P-256.
    // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#test-vectors
    const coordinate = (decimal: bigint): string =>
      Buffer.from(decimal.toString(16).padStart(64, "0"), "hex").toString("base64url");
    const key = createPublicKey({
      format: "jwk",
      key: {
        kty: "EC",
        crv: "P-256",
        x: coordinate(46950820868899156662930047687818585632848591499744589407958293238635476079160n),
        y: coordinate(5640078356564379163099075877009565129882514886557779369047442380624545832820n),
      },
    });
    const signature = Buffer.from(
      "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==",
      "base64",
    );
    expect(verify("sha256", signedBytes(type, body), { key, dsaEncoding: "ieee-p1363" }, signature)).toBe(
      true,
    );
  });

  it("is checked by the README's openssl and by nothing of ours", () => {
    const key = testKey();
    const { bytes, sha256: digest } = fileOf({ clause: "B8.1", kind: "metrics" }, key);
    const folder = mkdtempSync(join(tmpdir(), "envelope-"));
    try {
      writeFileSync(join(folder, "piece.json"), bytes);
      writeFileSync(
        join(folder, "key.pem"),
        key.entry.publicKey.export({ type: "spki", format: "pem" }) as string,
      );
      const readme = readFileSync(join(__dirname, "../README.md"), "utf8");
      const lines = (/Check a copy[^]*?```sh\n([^]*?)```/.exec(readme)?.[1] ?? "")
        .split("\n")
        // Which file and which key are the reader's to name.
        .filter((line) => !/^f=|collectors\.json/.test(line));
      expect(lines.join("\n")).toMatch(/openssl pkeyutl -verify/);
      const said = execFileSync("sh", ["-ec", ["f=piece.json", ...lines].join("\n")], {
        cwd: folder,
        encoding: "utf8",
      });
      expect(said).toContain(digest);
      expect(said).toContain("Signature Verified Successfully");
      expect(said).toContain(key.entry.keyId);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("the collectors' keys", () => {
  const key = testKey();
  const entry = collectorEntry(key.entry.publicKey, "evidence-collector", NOW_MS);
  const parse = (...entries: object[]) => parseCollectorKeys(JSON.stringify(entries), "collectors.json");

  it("may be none yet", () => {
    expect(parse()).toEqual([]);
  });

  it.each([
    ["another key's id", { keyId: sha256(Buffer.from("x")) }, /not the SHA-256 of the key beside it/],
    ["more than 90 days", { validUntil: "2027-11-26T12:00:00.000Z" }, /in force for 1 to 90 days/],
    ["an end before its beginning", { validUntil: "2026-01-01T00:00:00.000Z" }, /in force for 1 to 90 days/],
    [
      "a private key",
      { publicKeyPem: (key.privateKey.export({ type: "pkcs8", format: "pem" }) as string).slice(0, 190) },
      /no public key of Ed25519/,
    ],
    ["a field more", { trusted: true }, /something else at/],
  ])("have no entry with %s", (_, changes, says) => {
    expect(() => parse({ ...entry, ...changes })).toThrow(says);
  });

  it("stand there once each", () => {
    expect(() => parse(entry, entry)).toThrow(/the same key twice/);
    expect(() => parseCollectorKeys("{", "collectors.json")).toThrow(/got no JSON; allowed: .*; fix: /);
  });
});
