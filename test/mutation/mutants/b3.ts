/** Idempotency: tables, buckets, rights to data. */
import { mutant, nearMiss, type Mutant, type NearMiss } from "../mutant";

/** Whose keys the edge puts and deletes. */
const CLAIMS_KEYS = [
  ...["policy", "#", "Statement", "Sid=Claims"],
  ...["Condition", "ForAllValues:StringLike", "dynamodb:LeadingKeys"],
];

export const mutants: readonly Mutant[] = [
  mutant("tables-bind-keys", "missing value", "a table lies under the vendor's key", "Table::data-requests", {
    drop: "serverSideEncryption",
  }),
  mutant(
    "tables-bind-keys",
    "missing relation",
    "a table's key is another account's",
    "Table::data-requests",
    [
      {
        set: "serverSideEncryption.kmsKeyArn",
        to: "arn:aws:kms:eu-west-1:210987654321:key/00000000-0000-4000-8000-000000000000",
      },
      { unrelate: "serverSideEncryption" },
    ],
  ),
  mutant("table-requires-recovery", "wrong value", "a table cannot be set back", "Table::data-requests", {
    set: "pointInTimeRecovery.enabled",
    to: false,
  }),
  mutant(
    "table-requires-recovery",
    "missing value",
    "a table may be deleted by a slip",
    "Table::data-requests",
    { drop: "deletionProtectionEnabled" },
  ),
  mutant("table-requires-expiry", "wrong value", "a table forgets nothing", "Table::data-requests", {
    set: "ttl.enabled",
    to: false,
  }),
  mutant(
    "table-requires-expiry",
    "missing value",
    "a table forgets by no attribute",
    "Table::data-requests",
    { drop: "ttl.attributeName" },
  ),
  mutant(
    "table-requires-expiry",
    "wrong value",
    "a table forgets by an attribute that nobody writes",
    "Table::data-requests",
    { set: "ttl.attributeName", to: "expiresAt" },
    {
      survives:
        "the name is the functions' own and their tests write it; the table's expiry only cleans up, since a record's end is a condition of each request",
    },
  ),
  mutant(
    "table-requires-on-demand-billing",
    "wrong value",
    "a table has a capacity",
    "Table::data-requests",
    { set: "billingMode", to: "PROVISIONED" },
  ),
  mutant(
    "table-requires-on-demand-billing",
    "too much",
    "a table refuses beyond a number",
    "Table::data-requests",
    { set: "onDemandThroughput", to: { maxReadRequestUnits: 1 } },
  ),
  mutant("table-forbids-copies", "too much", "a table has a replica", "Table::data-requests", {
    set: "replicas",
    to: [{ regionName: "us-east-1" }],
  }),
  mutant("table-forbids-copies", "wrong value", "a table streams what is written", "Table::data-requests", {
    set: "streamEnabled",
    to: true,
  }),
  mutant("rights-bind-data", "too much", "the edge reads whole tables", "RolePolicy::edge-data-rights", {
    append: "policy.#.Statement.Sid=Claims.Action",
    item: "dynamodb:Scan",
  }),
  mutant(
    "rights-bind-data",
    "missing value",
    "the edge is bound to no keys",
    "RolePolicy::edge-data-rights",
    { drop: "policy.#.Statement.Sid=Claims.Condition" },
  ),
  mutant("rights-bind-data", "too much", "the edge deletes counts", "RolePolicy::edge-data-rights", {
    append: "policy.#.Statement.Sid=LocksAndCounts.Action",
    item: "dynamodb:DeleteItem",
  }),
  mutant("rights-bind-data", "too much", "the edge puts locks", "RolePolicy::edge-data-rights", {
    append: CLAIMS_KEYS,
    item: "lock#*",
  }),
  mutant(
    "rights-bind-data",
    "too much",
    "the edge reads the whole bucket of answers",
    "RolePolicy::edge-data-rights",
    { text: "policy", from: "/answers/*", to: "/*" },
    { also: ["written-buckets-require-expiry"] },
  ),
  mutant(
    "written-buckets-bind-keys",
    "wrong value",
    "answers lie under the vendor's key",
    "BucketServerSideEncryptionConfiguration::data-answers-encryption",
    {
      set: "rules.0.applyServerSideEncryptionByDefault",
      to: { sseAlgorithm: "AES256" },
    },
  ),
  mutant(
    "written-buckets-bind-keys",
    "one too many",
    "the program's own object lies among answers",
    "BucketObjectv2::trust-truststore",
    {
      twin: "stray",
      and: [{ relate: "bucket", to: "Bucket::data-answers-bucket", output: "bucket" }],
    },
  ),
  mutant(
    "written-buckets-require-expiry",
    "off by one",
    "answers are kept for 8 days",
    "BucketLifecycleConfiguration::data-answers-lifecycle",
    { set: "rules.0.expiration.days", to: 8 },
  ),
  mutant(
    "written-buckets-require-expiry",
    "off by one",
    "answers end after a day, before their key does",
    "BucketLifecycleConfiguration::data-answers-lifecycle",
    { set: "rules.0.expiration.days", to: 1 },
  ),
  mutant(
    "written-buckets-require-expiry",
    "wrong value",
    "answers never end",
    "BucketLifecycleConfiguration::data-answers-lifecycle",
    { set: "rules.0.status", to: "Disabled" },
  ),
  mutant(
    "operations-require-idempotency-key",
    "missing value",
    "/avatar needs no key",
    "RestApi::gateway-api",
    { drop: "body.#.paths./avatar.post.parameters.name=Idempotency-Key" },
  ),
  mutant(
    "operations-require-idempotency-key",
    "weaker threshold",
    "/chat may have a key",
    "RestApi::gateway-api",
    { set: "body.#.paths./chat.post.parameters.name=Idempotency-Key.required", to: false },
  ),
  mutant(
    "integrations-bind-timeouts",
    "off by one",
    "the edge ends when the gateway does",
    "Function::edge-function",
    { set: "timeout", to: 29 },
    { also: ["function-limits-concurrency"] },
  ),
  mutant(
    "integrations-bind-timeouts",
    "off by one",
    "the gateway ends when the edge does",
    "RestApi::gateway-api",
    { set: "body.#.paths./chat.post.x-amazon-apigateway-integration.timeoutInMillis", to: 28000 },
  ),

  mutant(
    "integrations-bind-timeouts",
    "weaker threshold",
    "the gateway gives voice up before it ends",
    "Integration::voice-gateway-integration",
    { set: "timeoutMilliseconds", to: 20000 },
  ),
  mutant(
    "integrations-bind-timeouts",
    "off by one",
    "the authorizer takes ten seconds",
    "Function::authorizer-function",
    { set: "timeout", to: 10 },
  ),
  mutant(
    "integrations-bind-timeouts",
    "weaker threshold",
    "voice's authorizer takes as long as voice",
    "Function::voice-authorizer-function",
    { set: "timeout", to: 28 },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss(
    "written-buckets-require-expiry",
    "answers are kept for exactly 7 days",
    "BucketLifecycleConfiguration::data-answers-lifecycle",
    { set: "rules.0.expiration.days", to: 7 },
  ),
  nearMiss("integrations-bind-timeouts", "the edge ends a second earlier", "Function::edge-function", {
    set: "timeout",
    to: 27,
  }),
  nearMiss("rights-bind-data", "the edge counts one key fewer", "RolePolicy::edge-data-rights", {
    drop: [
      "policy",
      "#",
      "Statement",
      "Sid=LocksAndCounts",
      "Condition",
      "ForAllValues:StringLike",
      "dynamodb:LeadingKeys",
      "1",
    ],
  }),
  nearMiss(
    "rights-bind-data",
    "the edge puts records whose keys begin almost as counts' do",
    "RolePolicy::edge-data-rights",
    { append: CLAIMS_KEYS, item: "quotas#*" },
  ),
  nearMiss("table-forbids-copies", "a table has a tag", "Table::data-requests", {
    set: "tags",
    to: { owner: "edge" },
  }),
];
