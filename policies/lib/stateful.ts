/**
 * What is lost with its resource: deleted by a slip, or replaced for the change of a name, it does not come back. The program's own list
 * is elsewhere, on purpose.
 */
import type { ResourceView } from "./policy";
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

/** The secrets in which a generation's keys are kept; the certificates' own types are nobody else's below an authority. */
const keptKey = /^authority-.+-(root|clients-issuer|services-issuer)-secret$/;
const made: readonly string[] = [types.privateKey, types.rootCertificate, types.issuedCertificate];

/**
 * What an authority is made of is protected while its generation is trusted, and free once it is retired. Only the whole stack tells which
 * it is: `authorities-bind-trust` judges that. Anything else that lies below one holds state as it does elsewhere.
 */
export const isOfAuthority = ({ urn, type, name }: Pick<ResourceView, "urn" | "type" | "name">): boolean =>
  (urn.split("::")[2] ?? "").split("$").at(-2) === types.authority &&
  (made.includes(type) || (type === types.secret && keptKey.test(name)));
