import { EVIDENCE_PREFIX, SCANS_PREFIX, type EvidenceNames, type EvidenceRoles } from "./evidenceNames";

const EVERYBODY = "*";
/** By name, as a session's role has it. An assumed role's sessions are its own. */
const but = (roles: readonly string[]): object => ({ StringNotEquals: { "aws:PrincipalArn": roles } });

const deny = (sid: string, what: object): object => ({
  Sid: sid,
  Effect: "Deny",
  Principal: EVERYBODY,
  ...what,
});

/**
 * Who may do what with evidence: refusals only, which no right of anybody's own outweighs. Whoever is not refused still needs the right
 * from his own role.
 *
 * S3 knows no condition on a checksum's value, so that the digest in a key is checked by whoever verifies; what it does know is that the
 * bytes are part of what the caller signed, and that the key was free.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
 */
export function evidenceStatements(
  { bucketArn, scanResultsRoleArn }: Pick<EvidenceNames, "bucketArn" | "scanResultsRoleArn">,
  { collectors, auditors }: EvidenceRoles,
): readonly object[] {
  const evidence = `${bucketArn}/${EVIDENCE_PREFIX}*`;
  const scans = `${bucketArn}/${SCANS_PREFIX}*`;
  const put = { Action: "s3:PutObject" };
  return [
    deny("OnlyCollectorsPutEvidence", { ...put, Resource: evidence, Condition: but(collectors) }),
    deny("OnlyScansPutReports", { ...put, Resource: scans, Condition: but([scanResultsRoleArn]) }),
    deny("NothingElseIsPut", { ...put, NotResource: [evidence, scans] }),
    // With a key of its own choice a caller could keep everybody from reading: without a word of his the bucket's own is taken.
    deny("NobodyChoosesAKey", {
      ...put,
      Resource: `${bucketArn}/*`,
      Condition: { Null: { "s3:x-amz-server-side-encryption": "false" } },
    }),
    deny("NobodyBringsAKey", {
      ...put,
      Resource: `${bucketArn}/*`,
      Condition: { Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "false" } },
    }),
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    deny("NothingIsPutOverEvidence", {
      ...put,
      Resource: evidence,
      Condition: { Null: { "s3:if-none-match": "true" } },
    }),
    // https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html
    deny("TheBytesAreSigned", {
      ...put,
      Resource: evidence,
      Condition: {
        StringEquals: {
          "s3:x-amz-content-sha256": ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"],
        },
      },
    }),
    deny("OnlyCollectorsAndAuditorsRead", {
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: `${bucketArn}/*`,
      Condition: but([...collectors, ...auditors]),
    }),
    // A retention of one's own on a new object would take the place of the bucket's, and might be shorter.
    deny("NobodyDeletesOrUnlocks", {
      Action: [
        "s3:BypassGovernanceRetention",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        // What a replication brings is put without s3:PutObject.
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
      ],
      Resource: `${bucketArn}/*`,
    }),
    deny("NobodyDeletesTheBucket", { Action: "s3:DeleteBucket", Resource: bucketArn }),
  ];
}

/**
 * What the key's own policy refuses beside: whoever may use keys by his role does not read evidence by it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
export const keyStatements = (
  { scanResultsRoleArn }: Pick<EvidenceNames, "scanResultsRoleArn">,
  { collectors, auditors }: EvidenceRoles,
  thisKey: string,
): readonly object[] => [
  deny("OnlyCollectorsAuditorsAndScansUseIt", {
    Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
    Resource: thisKey,
    Condition: but([...collectors, ...auditors, scanResultsRoleArn]),
  }),
  // Locked and unreadable is as good as deleted.
  deny("NobodyEndsIt", { Action: ["kms:DisableKey", "kms:ScheduleKeyDeletion"], Resource: thisKey }),
];
