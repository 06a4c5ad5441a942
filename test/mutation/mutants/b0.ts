/** Guardrails: the account, exceptions, evidence. */
import { mutant, nearMiss, type Mutant, type NearMiss } from "../mutant";

const TAGS = '{"tags":{"project":"fase-b"}}';

export const mutants: readonly Mutant[] = [
  mutant("provider-requires-one-account", "too much", "a second account is allowed", "aws::aws", {
    set: "allowedAccountIds",
    to: '["123456789012","210987654321"]',
  }),
  mutant("provider-requires-one-account", "missing value", "no account is named", "aws::aws", {
    drop: "allowedAccountIds",
  }),
  mutant(
    "provider-requires-one-account",
    "missing value",
    "the region is left to the environment",
    "aws::aws",
    { drop: "region" },
  ),
  mutant(
    "resources-bind-one-provider",
    "missing relation",
    "a bucket has no provider",
    "Bucket::trust-bucket",
    { provider: null },
  ),
  mutant("resources-bind-one-provider", "one too many", "there is a second provider of AWS", "aws::aws", {
    twin: "aws-us",
    and: [{ set: "region", to: "us-east-1" }],
  }),
  mutant("service-provider-requires-tls", "wrong value", "Grafana is asked without TLS", "grafana::grafana", {
    text: "url",
    from: "https:",
    to: "http:",
  }),
  mutant(
    "service-provider-requires-tls",
    "wrong value",
    "Grafana's certificate is not checked",
    "grafana::grafana",
    { set: "insecureSkipVerify", to: "true" },
  ),
  mutant(
    "resources-forbid-unjudged-types",
    "one too many",
    "a database instance appears, whose type nobody judges",
    "Bucket::trust-bucket",
    { type: "aws:rds/instance:Instance", twin: "stranger" },
  ),
  mutant(
    "resources-forbid-unjudged-types",
    "one too many",
    "a user with keys of his own appears",
    "Bucket::trust-bucket",
    { type: "aws:iam/accessKey:AccessKey", twin: "stranger" },
  ),
  mutant(
    "component-requires-clauses",
    "missing value",
    "a component serves no clause",
    "AgentDomain::agent-chat-01",
    { set: "clauses", to: [] },
  ),
  mutant(
    "component-requires-clauses",
    "off by one",
    "a component serves a clause that is not in the work order",
    "AgentDomain::agent-chat-01",
    { set: "clauses.0", to: "B5.9" },
  ),
  mutant(
    "exceptions-require-record",
    "missing resource",
    "what an exception is for is gone",
    "Secret::trust-records-services-secret",
    { remove: true },
  ),
  mutant(
    "exceptions-require-record",
    "wrong value",
    "what an exception is for has another name",
    "Secret::pagerduty-key-secret",
    [{ twin: "pagerduty-code-secret" }, { remove: true }],
  ),
  mutant(
    "evidence-bucket-requires-lock",
    "missing value",
    "the bucket is made without a lock",
    "Bucket::evidence-bucket",
    { drop: "objectLockEnabled" },
  ),
  mutant(
    "evidence-bucket-requires-lock",
    "off by one",
    "evidence is locked for 364 days",
    "BucketObjectLockConfiguration::evidence-lock",
    { set: "rule.defaultRetention.days", to: 364 },
  ),
  mutant(
    "evidence-bucket-requires-lock",
    "missing value",
    "the bucket is not protected",
    "Bucket::evidence-bucket",
    { protect: false },
  ),
  mutant(
    "evidence-bucket-binds-key",
    "wrong relation",
    "evidence lies under the data's key",
    "BucketServerSideEncryptionConfiguration::evidence-encryption",
    {
      relate: "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId",
      to: "Key::data-key",
      output: "arn",
    },
  ),
  mutant("evidence-bucket-binds-key", "missing value", "the key may be ended", "Key::evidence-key", {
    drop: "policy.#.Statement.Sid=NobodyEndsIt",
  }),
  mutant(
    "evidence-bucket-binds-key",
    "too much",
    "whoever has the right in IAM may use the key",
    "Key::evidence-key",
    { drop: "policy.#.Statement.Sid=OnlyCollectorsAuditorsAndScansUseIt" },
  ),
  mutant(
    "evidence-bucket-forbids-changes",
    "missing value",
    "an earlier version may be deleted",
    "BucketPolicy::evidence-bucket-policy",
    { drop: "policy.#.Statement.Sid=NobodyDeletesOrUnlocks.Action.2" },
  ),
  mutant(
    "evidence-bucket-forbids-changes",
    "missing value",
    "a piece may be put over another",
    "BucketPolicy::evidence-bucket-policy",
    { drop: "policy.#.Statement.Sid=NothingIsPutOverEvidence" },
  ),
  mutant(
    "evidence-bucket-forbids-changes",
    "too much",
    "evidence is read by everybody who may read buckets",
    "BucketPolicy::evidence-bucket-policy",
    { drop: "policy.#.Statement.Sid=OnlyCollectorsAndAuditorsRead" },
  ),
  mutant(
    "evidence-binds-channel",
    "wrong value",
    "the bucket tells nobody",
    "BucketNotification::evidence-events",
    { set: "eventbridge", to: false },
  ),
  mutant(
    "evidence-binds-channel",
    "missing relation",
    "the channel hears no topic",
    "SlackChannelConfiguration::evidence-channel",
    { set: "snsTopicArns", to: [] },
  ),
  mutant("evidence-binds-channel", "wrong value", "another channel is told", "EvidenceStore::evidence", {
    set: "channel",
    to: "#general",
  }),

  mutant(
    "service-provider-requires-tls",
    "missing value",
    "Grafana's address is left to the environment",
    "grafana::grafana",
    { drop: "url" },
  ),
  mutant(
    "aliases-forbid-other-stacks",
    "wrong relation",
    "a table says that it is another stack's",
    "Table::data-requests",
    { aliases: ["urn:pulumi:production::fase-b::aws:dynamodb/table:Table::data-requests"] },
  ),
  mutant(
    "aliases-forbid-other-stacks",
    "wrong value",
    "a table says that it is another project's",
    "Table::data-requests",
    { aliases: ["urn:pulumi:staging::other::aws:dynamodb/table:Table::data-requests"] },
  ),
  mutant(
    "stateful-resources-require-protection",
    "missing value",
    "a table is not protected",
    "Table::data-requests",
    { protect: false },
  ),
  mutant(
    "stateful-resources-require-protection",
    "one too many",
    "a second key comes without protection",
    "Key::data-key",
    { twin: "data-key-2", and: [{ protect: false }] },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss("provider-requires-one-account", "the account has one more tag", "aws::aws", {
    set: "defaultTags",
    to: TAGS,
  }),
  nearMiss(
    "evidence-bucket-requires-lock",
    "whoever has a right that the bucket's policy denies might lift the lock",
    "BucketObjectLockConfiguration::evidence-lock",
    { set: "rule.defaultRetention.mode", to: "GOVERNANCE" },
  ),
  nearMiss(
    "component-requires-clauses",
    "a component serves one more clause of the work order",
    "AgentDomain::agent-chat-01",
    { append: "clauses", item: "B1.1" },
  ),
  nearMiss(
    "evidence-bucket-requires-lock",
    "evidence is locked for exactly 365 days",
    "BucketObjectLockConfiguration::evidence-lock",
    { set: "rule.defaultRetention.days", to: 365 },
  ),
  nearMiss(
    "evidence-bucket-forbids-changes",
    "one more action is denied",
    "BucketPolicy::evidence-bucket-policy",
    { append: "policy.#.Statement.Sid=NobodyDeletesOrUnlocks.Action", item: "s3:PutBucketPolicy" },
  ),
  nearMiss("service-provider-requires-tls", "Grafana has another https address", "grafana::grafana", {
    set: "url",
    to: "https://grafana.example.com",
  }),
  nearMiss("aliases-forbid-other-stacks", "a table had another name in this stack", "Table::data-requests", {
    aliases: ["urn:pulumi:staging::fase-b::aws:dynamodb/table:Table::requests"],
  }),
  nearMiss(
    "stateful-resources-require-protection",
    "what holds nothing is not protected",
    "Alias::edge-alias",
    { protect: true },
  ),
];
