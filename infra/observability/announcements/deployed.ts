import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * A digest of all that an update may change: settings, the API's model, the functions' code. Two updates of the same are one
 * deployment, which is announced once.
 *
 * @param parts plain data; no secret
 * @param files absolute paths, by a name that is the same on every machine
 */
export function deployedDigest(parts: object, files: Readonly<Record<string, string>>): string {
  const digests = Object.keys(files)
    .sort()
    .map((name) => [name, sha256(readFileSync(files[name] ?? ""))]);
  return sha256(JSON.stringify([parts, digests]));
}

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
