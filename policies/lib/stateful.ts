/**
 * What is lost with its resource: deleted by a slip, or replaced for the change of a name, it does not come back. The program's own list
 * is elsewhere, on purpose.
 */
import { types } from "./types";

export const stateful: readonly [string, ...string[]] = [
  types.table,
  types.bucket,
  // The same by the name that it had before; who comes back to it loses nothing of the rule.
  "aws:s3/bucketV2:BucketV2",
  types.key,
  types.secret,
  types.logGroup,
  // Keys and certificates that exist in the state alone.
  types.privateKey,
  types.rootCertificate,
  types.issuedCertificate,
];

/**
 * What is right below an authority is protected while its generation is trusted, and free once it is retired. Only the whole stack tells
 * which it is: `authorities-bind-trust` judges that.
 */
export const isOfAuthority = (urn: string): boolean =>
  (urn.split("::")[2] ?? "").split("$").at(-2) === types.authority;
