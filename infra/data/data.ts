import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createKey } from "../shared/key";
import { createPrivateBucket } from "../shared/privateBucket";
import type { DataSettings } from "./data.schema";
import { ANSWERS_PREFIX, dataNames, tableKeys, type DataNames } from "./dataRules";

export interface DataPlaneArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly settings: DataSettings;
}

/**
 * What the functions remember between requests, and whom they trust: four tables and a bucket, under a key of their own.
 *
 * Every table has one key, the text `id`, and a time `expiresAtSeconds` (epoch) after which the item may go: days late
 * at worst, so no function relies on it. Nothing is queried or scanned.
 *
 * | table      | `id`                                                | accessed by                                            |
 * | ---------- | --------------------------------------------------- | ------------------------------------------------------ |
 * | `requests` | `idempotency#` SHA-256(client, subject, route, key) | edge: conditional put and update; delete if given back |
 * |            |                                                     | or, refused by its condition, to look what stands there |
 * |            | `lock#` SHA-256(client, subject, resource)          | edge: update, in one transaction with its record       |
 * |            | `quota#<client>#<yyyy-mm>`                          | edge: conditional `ADD`, alone: a hot item; taken back |
 * | `breakers` | `breaker#<upstream>`, for ever                      | edge: consistent get, put over the token that was seen |
 * | `voice`    | `ticket#` SHA-256(ticket)                           | edge: put; voice authorizer: conditional delete, once  |
 * |            | `voice-sessions#` SHA-256(client, subject)          | voice: conditional put of leases and buckets together  |
 * | `trust`    | `issuers`, `revocation`, `client#<client>`          | authorizer: consistent batch get; rotations: update    |
 * |            | `services`                                          | edge, voice: consistent get                            |
 *
 * An answer over 300 KB is an object `answers/<record>/<owner>`: put once before its record says done, got by repeats.
 * See the READMEs beside the functions' code; `dataRules.ts` has the rights.
 */
export class DataPlane extends WorkOrderComponent {
  readonly names: DataNames;
  /** A function that uses the data depends on these. */
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: DataPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super("DataPlane", name, ["B3.1", "B3.2", "B3.3", "B4.1", "B4.2"], opts);
    this.names = dataNames(args.namePrefix, args.scope);
    const { key, alias } = createKey(
      name,
      {
        description: "Fase B: idempotency records, locks, counts, breakers, voice sessions, large answers",
        aliasName: this.names.keyAlias,
        scope: args.scope,
        // DynamoDB and S3 use it with the rights of whoever asks them.
        statements: [],
      },
      this,
    );
    const tables = this.createTables(name, key);
    const answers = this.createAnswers(`${name}-answers`, args, key);
    this.resources = [alias, ...tables, ...answers];
    this.registerOutputs({ names: this.names });
  }

  private createTables(name: string, key: aws.kms.Key): aws.dynamodb.Table[] {
    return tableKeys.map(
      (table) =>
        new aws.dynamodb.Table(
          `${name}-${table}`,
          {
            name: this.names.tables[table],
            billingMode: "PAY_PER_REQUEST",
            hashKey: "id",
            attributes: [{ name: "id", type: "S" }],
            ttl: { attributeName: "expiresAtSeconds", enabled: true },
            pointInTimeRecovery: { enabled: true },
            deletionProtectionEnabled: true,
            serverSideEncryption: { enabled: true, kmsKeyArn: key.arn },
          },
          { parent: this },
        ),
    );
  }

  /**
   * Versioned although it is emptied in days: an answer that counts is never lost to a late writer. Old versions go a
   * day after, so that what a person was answered is gone everywhere two days after its time.
   */
  private createAnswers(name: string, args: DataPlaneArgs, key: aws.kms.Key): readonly pulumi.Resource[] {
    const { bucket, closedBy } = createPrivateBucket(
      name,
      {
        bucketName: this.names.answersBucket,
        scope: args.scope,
        encryption: {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
          bucketKeyEnabled: true,
        },
        lifecycleRules: [
          {
            id: "answers",
            status: "Enabled",
            filter: { prefix: ANSWERS_PREFIX },
            expiration: { days: args.settings.answers.retentionDays },
            noncurrentVersionExpiration: { noncurrentDays: 1 },
          },
          {
            // S3 takes this in a rule of its own only.
            id: "left-overs",
            status: "Enabled",
            filter: {},
            expiration: { expiredObjectDeleteMarker: true },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      this,
    );
    return [bucket, ...closedBy];
  }
}
