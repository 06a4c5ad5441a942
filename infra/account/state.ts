import { anyKeyArn, bucketArn, type AccountScope } from "../shared/arn";
import type { DocumentStatement } from "./document";

/** The key under which each stack's own data key is encrypted: `secretsprovider` in its settings names this alias. */
export const STATE_ALIAS = "alias/fase-b-state";
export const stateBucketName = ({ accountId }: AccountScope): string => `fase-b-state-${accountId}`;

/** The stacks' project. The account's own stack is another one, whose state no pipeline may read or write: by it a person deploys. */
const PROJECT = "fase-b";
/** https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/store.go, lock.go */
const FOLDERS = ["stacks", "history", "backups", "journal", "locks/organization"];

const byAlias = { "ForAnyValue:StringEquals": { "kms:ResourceAliases": STATE_ALIAS } };

/**
 * What a preview needs, and all that it needs: the state, and its key. It takes no lock and writes nothing.
 * https://github.com/pulumi/pulumi/blob/master/pkg/backend/diy/backend.go (Preview, apply)
 */
export const stateReads = (scope: AccountScope): readonly DocumentStatement[] => {
  const bucket = bucketArn(scope, stateBucketName(scope));
  return [
    { sid: "ListState", actions: ["s3:ListBucket"], resources: [bucket] },
    {
      sid: "ReadState",
      actions: ["s3:GetObject"],
      resources: [`${bucket}/.pulumi/meta.yaml`, `${bucket}/.pulumi/stacks/${PROJECT}/*`],
    },
    { sid: "DecryptState", actions: ["kms:Decrypt"], resources: [anyKeyArn(scope)], conditions: byAlias },
  ];
};

/**
 * An update writes the state, and takes its lock away again; the bucket keeps every version of both.
 * https://www.pulumi.com/docs/iac/concepts/state-and-backends/#aws-s3
 */
export const stateWrites = (scope: AccountScope): readonly DocumentStatement[] => {
  const bucket = bucketArn(scope, stateBucketName(scope));
  return [
    {
      sid: "WriteState",
      actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      resources: FOLDERS.map((folder) => `${bucket}/.pulumi/${folder}/${PROJECT}/*`),
    },
    {
      sid: "EncryptState",
      actions: ["kms:Encrypt", "kms:GenerateDataKey"],
      resources: [anyKeyArn(scope)],
      conditions: byAlias,
    },
    {
      // Key administration goes by key, since a new one has no alias yet; this one is not the stack's.
      sid: "StateKeyIsTheAccounts",
      effect: "Deny",
      actions: [
        ...[
          "CreateAlias",
          "UpdateAlias",
          "DeleteAlias",
          "PutKeyPolicy",
          "CreateGrant",
          "ScheduleKeyDeletion",
          "DisableKey",
        ],
        ...[
          "DisableKeyRotation",
          "EnableKeyRotation",
          "TagResource",
          "UntagResource",
          "UpdateKeyDescription",
        ],
      ].map((action) => `kms:${action}`),
      resources: [anyKeyArn(scope)],
      conditions: byAlias,
    },
  ];
};

/** Whoever could change how the bucket keeps and who reads it could read or lose what is kept. */
export const stateBucketStatements = (scope: AccountScope, roles: readonly string[]): readonly object[] => {
  const bucket = bucketArn(scope, stateBucketName(scope));
  return [
    {
      Sid: "PipelinesKeepEveryVersion",
      Effect: "Deny",
      Principal: { AWS: roles },
      Action: [
        ...[
          "DeleteObjectVersion",
          "DeleteBucket",
          "DeleteBucketPolicy",
          "PutBucketPolicy",
          "PutBucketVersioning",
        ],
        ...[
          "PutEncryptionConfiguration",
          "PutLifecycleConfiguration",
          "PutBucketPublicAccessBlock",
          "PutBucketAcl",
        ],
      ].map((action) => `s3:${action}`),
      Resource: [bucket, `${bucket}/*`],
    },
  ];
};
