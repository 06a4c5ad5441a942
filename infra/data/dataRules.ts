import { maxCountsPerSecond } from "../functions/edge/claims/quota";
import { anyKeyArn, bucketArn, tableArn, type AccountScope } from "../shared/arn";
import type { Statement } from "../shared/statement";
import type { DataSettings } from "./data.schema";

/** The tables, each with the text key `id`; what stands in them is said at `DataPlane`. */
export const tableKeys = ["requests", "breakers", "voice", "trust"] as const;
export type TableKey = (typeof tableKeys)[number];

/** Physical names, built from the stack's own, so that they are known at preview. */
export interface DataNames {
  readonly tables: Readonly<Record<TableKey, string>>;
  readonly answersBucket: string;
  /** `alias/…` of the key under which all of it rests. */
  readonly keyAlias: string;
}

export const dataNames = (namePrefix: string, scope: AccountScope): DataNames => ({
  tables: {
    requests: `${namePrefix}-requests`,
    breakers: `${namePrefix}-breakers`,
    voice: `${namePrefix}-voice`,
    trust: `${namePrefix}-trust`,
  },
  answersBucket: `${namePrefix}-answers-${scope.accountId}`,
  keyAlias: `alias/${namePrefix}-data`,
});

/** Beginnings of `id`, as the functions write them. */
export const itemKeys = {
  /** `infra/functions/edge/claims/claims.ts` */
  claims: ["idempotency#*"],
  /** `infra/functions/edge/claims`: fences of locks, and months' counts */
  locksAndCounts: ["lock#*", "quota#*"],
  /** `infra/functions/edge/upstream` */
  breakers: ["breaker#*"],
  /** `infra/functions/tickets` */
  tickets: ["ticket#*"],
  /** `infra/functions/voice` */
  sessions: ["voice-sessions#*"],
  /** `infra/functions/authorizer/trustRecords.ts` */
  trust: ["issuers", "revocation", "client#*"],
  /** `infra/functions/edge/upstream`: by whom agents are verified */
  services: ["services"],
} as const;

/** Beginning of every object's key: `answers/<record>/<owner>`. */
export const ANSWERS_PREFIX = "answers/";

/**
 * What each function may do with the data, and nothing else: whole actions on named tables.
 *
 * A transaction has no action of its own: each of its writes needs the action of the single write.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
 *
 * A refused condition that answers with the item needs no `GetItem`; only the breaker and the authorizer read.
 */
export interface DataRights {
  /** To decrypt the tables' key, which every caller needs. */
  readonly tablesKey: Statement;
  readonly edge: readonly Statement[];
  readonly authorizer: readonly Statement[];
  readonly voice: readonly Statement[];
  readonly voiceAuthorizer: readonly Statement[];
}

export function dataRights(names: DataNames, scope: AccountScope): DataRights {
  const table = (key: TableKey): readonly [string] => [tableArn(scope, names.tables[key])];
  const answers = `${bucketArn(scope, names.answersBucket)}/${ANSWERS_PREFIX}*`;
  const keyFor = (service: "dynamodb" | "s3", ...actions: readonly [string, ...string[]]): Statement => ({
    sid: service === "s3" ? "AnswersKey" : "TablesKey",
    actions,
    // The key's id is made up by AWS. Its alias is ours, and this is how a role names a key by it:
    // https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    resources: [anyKeyArn(scope)],
    conditions: {
      StringEquals: { "kms:ViaService": `${service}.${scope.region}.amazonaws.com` },
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": names.keyAlias },
    },
  });
  // Every call on an item has a key, so the set is never empty; of an empty one ForAllValues would be true. In a
  // transaction each write is judged by itself, and `*` stands for any characters.
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
  const onlyKeys = (patterns: readonly string[]): Statement["conditions"] => ({
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": patterns },
  });
  // The service has each caller decrypt the table's own key, for reading and writing alike.
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  const tablesKey = keyFor("dynamodb", "kms:Decrypt");

  const services: Statement = {
    sid: "Services",
    actions: ["dynamodb:GetItem"],
    resources: table("trust"),
    conditions: onlyKeys(itemKeys.services),
  };

  return {
    tablesKey,
    edge: [
      {
        sid: "Claims",
        actions: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        resources: table("requests"),
        conditions: onlyKeys(itemKeys.claims),
      },
      // Never put or deleted, which would set a fence or a count back: a lock held twice, a quota begun again.
      {
        sid: "LocksAndCounts",
        actions: ["dynamodb:UpdateItem"],
        resources: table("requests"),
        conditions: onlyKeys(itemKeys.locksAndCounts),
      },
      {
        sid: "Breakers",
        actions: ["dynamodb:GetItem", "dynamodb:PutItem"],
        resources: table("breakers"),
        conditions: onlyKeys(itemKeys.breakers),
      },
      // It issues the tickets of voice sessions, which the voice authorizer consumes.
      {
        sid: "Tickets",
        actions: ["dynamodb:PutItem"],
        resources: table("voice"),
        conditions: onlyKeys(itemKeys.tickets),
      },
      tablesKey,
      { sid: "Answers", actions: ["s3:GetObject", "s3:PutObject"], resources: [answers] },
      keyFor("s3", "kms:Decrypt", "kms:GenerateDataKey"),
      services,
    ],
    authorizer: [
      {
        sid: "Trust",
        actions: ["dynamodb:BatchGetItem"],
        resources: table("trust"),
        conditions: onlyKeys(itemKeys.trust),
      },
      tablesKey,
    ],
    voice: [
      {
        // Leases and buckets of a subject are one item; it is read by a put that is refused, in one round trip.
        sid: "Sessions",
        actions: ["dynamodb:PutItem"],
        resources: table("voice"),
        conditions: onlyKeys(itemKeys.sessions),
      },
      tablesKey,
      services,
    ],
    voiceAuthorizer: [
      // A ticket is consumed by one conditional delete.
      {
        sid: "Tickets",
        actions: ["dynamodb:DeleteItem"],
        resources: table("voice"),
        conditions: onlyKeys(itemKeys.tickets),
      },
      tablesKey,
    ],
  };
}

/** `writeTimeoutMs` of `infra/functions/store/dynamoStore.ts`, which brings a client along; a test holds them equal. */
export const STORE_WRITE_TIMEOUT_MS = 2_500;

/** Requests a second that the one counter of a client carries (B4.1). */
export const maxClientRequestsPerSecond = ({ claims }: DataSettings): number =>
  maxCountsPerSecond(STORE_WRITE_TIMEOUT_MS + claims.clockDifferenceMs);
