/**
 * What cannot be had again once it is deleted, or only with a loss: data, keys, secrets, logs, and what the authority is made of.
 * The pack holds a list of its own.
 */
const STATEFUL: ReadonlySet<string> = new Set([
  "aws:dynamodb/table:Table",
  "aws:s3/bucket:Bucket",
  "aws:s3/bucketV2:BucketV2",
  // What it encrypted can be read by no other: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
  "aws:kms/key:Key",
  "aws:secretsmanager/secret:Secret",
  "aws:cloudwatch/logGroup:LogGroup",
  // Kept in the state alone: a root that is gone signs no issuer any more, and a new one is trusted by nobody.
  "tls:index/privateKey:PrivateKey",
  "tls:index/selfSignedCert:SelfSignedCert",
  "tls:index/locallySignedCert:LocallySignedCert",
]);

export const isStateful = (type: string): boolean => STATEFUL.has(type);

/** The component below which a generation of the authority lies, and its state when nobody trusts it any more. */
export const AUTHORITY_TYPE = "fase-b:index:Authority";
export const RETIRED = "retired";

/** What `infra/trust/authority.ts` makes of each part of a generation, after the generation's own name. */
const OWN = /^-(root|clients-issuer|services-issuer)(-key|-request|-secret)?$/;

/** Whether a resource is of what a generation itself is made of. A table that is laid below one is a table all the same. */
export const isOfAuthority = (type: string, name: string, authority: string): boolean =>
  (type.startsWith("tls:") || type === "aws:secretsmanager/secret:Secret") &&
  name.startsWith(authority) &&
  OWN.test(name.slice(authority.length));

/** How a letter names a resource. */
export const resourceId = (type: string, name: string): string => `${type}::${name}`;
