/** What holds for every function, role, key, topic and bucket. */
import { mutant, nearMiss, type Mutant, type NearMiss } from "../mutant";

const EDGE = "Function::edge-function";
const RIGHTS = "RolePolicy::edge-rights";

export const mutants: readonly Mutant[] = [
  mutant("function-requires-supported-runtime", "wrong value", "a function runs on what ends", EDGE, {
    set: "runtime",
    to: "nodejs18.x",
  }),
  mutant("function-requires-supported-runtime", "wrong value", "a function has no versions", EDGE, {
    set: "publish",
    to: false,
  }),
  mutant("function-requires-supported-runtime", "too much", "a function brings another's layer", EDGE, {
    set: "layers",
    to: ["arn:aws:lambda:eu-west-1:210987654321:layer:x:1"],
  }),
  mutant(
    "function-requires-own-code",
    "wrong value",
    "a function begins in a module that is not there",
    EDGE,
    { set: "handler", to: "other.handler" },
  ),
  mutant("function-requires-own-code", "too much", "a function's code comes from somewhere", EDGE, {
    set: ["code", "assets", "index.js", "path"],
    to: "/tmp/index.js",
  }),
  mutant("function-forbids-secrets", "too much", "a key stands in a function's environment", EDGE, {
    set: "environment",
    to: { variables: { KEY: "AKIAIOSFODNN7EXAMPLE" } },
  }),
  mutant("function-forbids-secrets", "too much", "a key stands in a function's description", EDGE, {
    set: "description",
    to: "AKIAIOSFODNN7EXAMPLE",
  }),
  mutant(
    "function-permission-requires-source",
    "missing value",
    "every API of the vendor may call the edge",
    "Permission::gateway-invokes-edge",
    { drop: "sourceArn" },
  ),
  mutant(
    "function-permission-requires-source",
    "too much",
    "everybody may call the edge",
    "Permission::gateway-invokes-edge",
    { set: "principal", to: "*" },
  ),
  mutant(
    "function-permission-requires-source",
    "missing value",
    "every version of the edge may be called",
    "Permission::gateway-invokes-edge",
    { drop: "qualifier" },
  ),
  mutant("role-requires-known-trust", "too much", "everybody may be the edge", "Role::edge-role", {
    set: "assumeRolePolicy.#.Statement.0.Principal",
    to: { AWS: "*" },
  }),
  mutant(
    "role-requires-known-trust",
    "weaker threshold",
    "accounts whose name begins alike send the scans' results",
    "Role::scanning-results-role",
    { text: "assumeRolePolicy", from: '"StringEquals"', to: '"StringLike"' },
    { also: ["scans-bind-account"] },
  ),
  mutant("role-requires-known-trust", "too much", "a managed policy is attached", "Role::edge-role", {
    set: "managedPolicyArns",
    to: ["arn:aws:iam::aws:policy/AdministratorAccess"],
  }),
  mutant("role-requires-boundary", "missing value", "a role has no boundary", "Role::edge-role", {
    drop: "permissionsBoundary",
  }),
  mutant("role-requires-boundary", "too much", "a role's boundary allows everything", "Role::edge-role", {
    set: "permissionsBoundary",
    to: "arn:aws:iam::aws:policy/AdministratorAccess",
  }),
  mutant(
    "role-requires-boundary",
    "wrong value",
    "a role's boundary is another account's",
    "Role::edge-role",
    {
      text: "permissionsBoundary",
      from: "123456789012",
      to: "210987654321",
    },
  ),
  mutant("role-requires-boundary", "too much", "a role's boundary is any", "Role::scanning-results-role", {
    set: "permissionsBoundary",
    to: "*",
  }),
  mutant(
    "role-policy-forbids-wildcards",
    "too much",
    "the edge may do anything to its log",
    RIGHTS,
    {
      set: "policy.#.Statement.Sid=OwnLog.Action",
      to: ["logs:*"],
    },
    { also: ["role-policy-requires-known-actions"] },
  ),
  mutant("role-policy-forbids-wildcards", "too much", "the edge writes every log", RIGHTS, {
    set: "policy.#.Statement.Sid=OwnLog.Resource",
    to: ["*"],
  }),
  mutant("role-policy-requires-known-actions", "too much", "the edge may be another role", RIGHTS, {
    append: "policy.#.Statement",
    item: {
      Sid: "Other",
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Resource: ["arn:aws:iam::123456789012:role/other"],
    },
  }),
  mutant("role-policy-requires-known-actions", "too much", "the edge may send mail", RIGHTS, {
    append: "policy.#.Statement",
    item: {
      Sid: "Mail",
      Effect: "Allow",
      Action: ["ses:SendEmail"],
      Resource: ["arn:aws:ses:eu-west-1:123456789012:identity/example.com"],
    },
  }),
  mutant(
    "functions-bind-roles",
    "wrong relation",
    "two functions have one role",
    EDGE,
    {
      relate: "role",
      to: "Role::authorizer-role",
      output: "arn",
    },
    { also: ["secrets-bind-uses"] },
  ),
  mutant(
    "functions-bind-roles",
    "missing relation",
    "a function's role is written down",
    EDGE,
    {
      set: "role",
      to: "arn:aws:iam::123456789012:role/admin",
    },
    { also: ["secrets-bind-uses"] },
  ),
  mutant("key-requires-rotation", "wrong value", "a key never changes", "Key::data-key", {
    set: "enableKeyRotation",
    to: false,
  }),
  mutant("key-requires-rotation", "off by one", "a key changes after 91 days", "Key::data-key", {
    set: "rotationPeriodInDays",
    to: 91,
  }),
  mutant("key-requires-rotation", "too much", "another account may use a key", "Key::data-key", {
    text: "policy",
    from: "123456789012",
    to: "210987654321",
  }),
  mutant(
    "log-delivery-forbids-strangers",
    "missing value",
    "every account's firewall may write the log",
    "LogResourcePolicy::firewall-log-delivery",
    { drop: "policyDocument.#.Statement.0.Condition" },
  ),
  mutant(
    "log-delivery-forbids-strangers",
    "too much",
    "every log may be written",
    "LogResourcePolicy::firewall-log-delivery",
    { set: "policyDocument.#.Statement.0.Resource", to: "*" },
  ),
  mutant(
    "topic-requires-encryption",
    "missing value",
    "a topic lies in the clear",
    "Topic::alarms-topic",
    {
      drop: "kmsMasterKeyId",
    },
    { also: ["topics-bind-policy"] },
  ),
  mutant(
    "topic-requires-encryption",
    "wrong value",
    "a topic's key is an empty text",
    "Topic::alarms-topic",
    { set: "kmsMasterKeyId", to: "" },
    { also: ["topics-bind-policy"] },
  ),
  mutant("topics-bind-policy", "wrong value", "a topic lies under the vendor's key", "Topic::alarms-topic", {
    set: "kmsMasterKeyId",
    to: "alias/aws/sns",
  }),
  mutant(
    "topic-policy-forbids-strangers",
    "too much",
    "everybody may ring",
    "TopicPolicy::alarms-policy",
    {
      set: "policy.#.Statement.0.Principal",
      to: "*",
    },
    { also: ["topics-bind-policy"] },
  ),
  mutant(
    "topic-policy-forbids-strangers",
    "missing value",
    "every account's alarms may ring",
    "TopicPolicy::alarms-policy",
    { drop: "policy.#.Statement.0.Condition" },
  ),
  mutant("topics-bind-policy", "missing resource", "a topic has no policy", "TopicPolicy::alarms-policy", {
    remove: true,
  }),
  mutant(
    "topics-bind-policy",
    "wrong relation",
    "a policy is of another topic",
    "TopicPolicy::alarms-policy",
    { relate: "arn", to: "Topic::page-alarms-topic", output: "arn" },
  ),
  mutant(
    "buckets-require-closed-set",
    "missing resource",
    "a bucket may be public",
    "BucketPublicAccessBlock::data-answers-public-access",
    { remove: true },
  ),
  mutant(
    "buckets-require-closed-set",
    "wrong value",
    "a bucket may have a public policy",
    "BucketPublicAccessBlock::data-answers-public-access",
    { set: "restrictPublicBuckets", to: false },
  ),
  mutant(
    "buckets-require-closed-set",
    "missing resource",
    "a bucket's objects have owners of their own",
    "BucketOwnershipControls::data-answers-ownership",
    { remove: true },
  ),
  mutant(
    "bucket-policy-requires-tls",
    "missing value",
    "a bucket answers in the clear",
    "BucketPolicy::data-answers-bucket-policy",
    { drop: "policy.#.Statement.Sid=OnlyOverTls" },
  ),
  mutant(
    "bucket-policy-requires-tls",
    "wrong value",
    "a bucket refuses what is safe",
    "BucketPolicy::data-answers-bucket-policy",
    {
      set: ["policy", "#", "Statement", "Sid=OnlyOverTls", "Condition", "Bool", "aws:SecureTransport"],
      to: "true",
    },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss("role-requires-boundary", "a bounded role has another description", "Role::edge-role", {
    set: "description",
    to: "Another word",
  }),
  nearMiss("key-requires-rotation", "a key changes after exactly 90 days", "Key::data-key", {
    set: "description",
    to: "Another word",
  }),
  nearMiss("role-policy-forbids-wildcards", "the edge writes lines to its log alone", RIGHTS, {
    set: "policy.#.Statement.Sid=OwnLog.Action",
    to: ["logs:PutLogEvents"],
  }),
  nearMiss("function-requires-supported-runtime", "a function has more memory", EDGE, {
    set: "memorySize",
    to: 1024,
  }),
];
