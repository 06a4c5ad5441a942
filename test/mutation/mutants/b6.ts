/** Secrets: how they rotate, who reads them, bills of materials. */
import { mutant, mutantOf, nearMiss, type Mutant, type NearMiss } from "../mutant";

const EDGE = "Secret::edge-certificate-secret";
const STATEMENT = "policy.#.Statement.0";

export const mutants: readonly Mutant[] = [
  mutant(
    "secrets-bind-rotation",
    "missing resource",
    "a secret never changes",
    "SecretRotation::edge-certificate-rotation",
    { remove: true },
    { also: ["secrets-bind-uses"] },
  ),
  mutant(
    "secrets-bind-rotation",
    "wrong relation",
    "a rotation is of another secret",
    "SecretRotation::edge-certificate-rotation",
    { relate: "secretId", to: "Secret::grafana-token-secret", output: "id" },
    { also: ["secrets-bind-uses"] },
  ),
  mutant(
    "secrets-bind-rotation",
    "missing resource",
    "the service may not call the rotation",
    "Permission::edge-certificate-rotation-permission",
    { remove: true },
  ),
  mutant(
    "rotation-limits-interval",
    "off by one",
    "a key lives for 91 days",
    "SecretRotation::client-web-app-rotation",
    { set: "rotationRules.scheduleExpression", to: "rate(91 days)" },
  ),
  mutant(
    "rotation-limits-interval",
    "off by one",
    "90 days and the window are more than 90 days",
    "SecretRotation::client-web-app-rotation",
    { set: "rotationRules.scheduleExpression", to: "rate(90 days)" },
  ),
  mutant(
    "rotation-limits-interval",
    "weaker threshold",
    "a quarter is up to 92 days",
    "SecretRotation::client-web-app-rotation",
    { set: "rotationRules.scheduleExpression", to: "cron(0 0 1 1/3 ? *)" },
  ),
  mutant("secrets-bind-key", "missing value", "a secret lies under the account's key", EDGE, {
    drop: "kmsKeyId",
  }),
  mutant(
    "secrets-bind-key",
    "wrong value",
    "the secrets' key never changes",
    "Key::secrets-key",
    {
      set: "enableKeyRotation",
      to: false,
    },
    { also: ["key-requires-rotation"] },
  ),
  mutant(
    "secret-requires-closed-policy",
    "missing value",
    "a secret has no policy",
    EDGE,
    {
      drop: "policy",
    },
    { also: ["secrets-bind-uses"] },
  ),
  mutant("secret-requires-closed-policy", "missing value", "values may be read", EDGE, {
    drop: `${STATEMENT}.Action.0`,
  }),
  mutant("secret-requires-closed-policy", "too much", "every role is let in", EDGE, {
    append: [...STATEMENT.split("."), "Condition", "ArnNotEquals", "aws:PrincipalArn"],
    item: "arn:aws:iam::123456789012:role/*",
  }),
  mutant("secret-requires-recovery", "off by one", "a deleted secret is gone in 6 days", EDGE, {
    set: "recoveryWindowInDays",
    to: 6,
  }),
  mutant("secret-requires-recovery", "too much", "a copy lies in another region", EDGE, {
    set: "replicas",
    to: [{ region: "us-east-1" }],
  }),
  mutant(
    "secrets-bind-uses",
    "too much",
    "the edge reads what rotates Grafana",
    "RolePolicy::edge-data-rights",
    {
      append: "policy.#.Statement.Sid=OwnCertificate.Resource",
      item: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:fase-b-staging/grafana/*",
    },
  ),
  mutant(
    "secrets-bind-uses",
    "missing value",
    "a rotation may not write what it makes",
    "RolePolicy::rotate-prober-certificates-data-rights",
    { drop: "policy.#.Statement.Sid=ProberCertificates.Action.2" },
  ),
  mutant(
    "secrets-bind-uses",
    "too much",
    "the edge writes its own certificate",
    "RolePolicy::edge-data-rights",
    { append: "policy.#.Statement.Sid=OwnCertificate.Action", item: "secretsmanager:PutSecretValue" },
  ),
  mutant(
    "secret-values-bind-owner",
    "missing value",
    "every update writes the seed again",
    "SecretVersion::edge-certificate-secret-value",
    { ignore: [] },
  ),
  mutant(
    "secret-values-bind-owner",
    "missing resource",
    "a secret has no value to begin with",
    "SecretVersion::edge-certificate-secret-value",
    { remove: true },
  ),
  mutant(
    "secret-values-bind-owner",
    "missing value",
    "what is written again by mistake becomes the current value",
    "SecretVersion::edge-certificate-secret-value",
    { drop: "versionStages" },
  ),
  mutant(
    "resources-limit-ignored-changes",
    "too much",
    "an update leaves a domain's certificate alone",
    "DomainName::agent-chat-03-domain",
    { ignore: ["regionalCertificateArn"] },
  ),
  mutant("resources-limit-ignored-changes", "too much", "an update leaves a secret's policy alone", EDGE, {
    ignore: ["policy"],
  }),
  mutant(
    "secrets-bind-readers",
    "wrong relation",
    "a plan is named after a key",
    "UsagePlan::client-web-app-plan",
    { relate: "description", to: "ApiKey::client-web-app-key", output: "value" },
  ),
  mutant(
    "secrets-bind-readers",
    "too much",
    "a function's environment holds a client's key",
    "Function::edge-function",
    { relate: "environment", to: "ApiKey::client-web-app-key", output: "value" },
    { alsoInPreview: ["function-forbids-secrets"] },
  ),
  mutant(
    "values-forbid-private-keys",
    "too much",
    "a private key is written down in a description",
    "Function::edge-function",
    { set: "description", to: "-----BEGIN EC PRIVATE KEY-----" },
    { also: ["function-forbids-secrets"] },
  ),
  mutant(
    "values-forbid-private-keys",
    "too much",
    "a private key stands in an object of the cluster",
    "ConfigMap::prober-config-map-prober",
    { set: "data.key", to: "-----BEGIN PRIVATE KEY-----\nMIG" },
  ),
  mutant("gateway-rights-bind-rotations", "too much", "the edge makes keys", "RolePolicy::edge-data-rights", {
    append: "policy.#.Statement",
    item: {
      Sid: "Keys",
      Effect: "Allow",
      Action: ["apigateway:POST"],
      Resource: ["arn:aws:apigateway:eu-west-1::/apikeys"],
    },
  }),
  mutant(
    "gateway-rights-bind-rotations",
    "too much",
    "the rotation of the certificate changes every stage",
    "RolePolicy::rotate-stage-certificate-data-rights",
    { text: "policy.#.Statement.Sid=PointStage.Resource.0", from: "/stages/v1", to: "/stages/*" },
  ),
  mutant(
    "external-secrets-bind-secrets",
    "wrong relation",
    "the scans' pods get another secret",
    "ExternalSecret::scanning-external-secret-scanner-certificate",
    { set: "spec.data.1.remoteRef.key", to: "fase-b-staging/authority/g1/root" },
  ),
  mutant(
    "external-secrets-bind-secrets",
    "missing value",
    "the whole secret is fetched",
    "ExternalSecret::scanning-external-secret-scanner-certificate",
    { drop: "spec.data.1.remoteRef.property" },
  ),
  mutant(
    "functions-bind-sboms",
    "wrong value",
    "a function's code changed since its bill",
    "LambdaFunction::edge",
    { set: "codeSha256", to: "0".repeat(64) },
  ),
  mutant(
    "functions-bind-sboms",
    "missing resource",
    "nobody says what anything is made of",
    "SupplyChain::supply-chain",
    { remove: true },
  ),
  mutant("functions-bind-sboms", "missing value", "a function has no bill", "SupplyChain::supply-chain", {
    drop: "sboms.name=edge",
  }),
  mutantOf("secrets-bind-rotation", "wrong value", "nothing rotates at first", [
    { where: "SecretRotation::client-web-app-rotation", edit: { set: "rotateImmediately", to: false } },
  ]),

  mutant(
    "gateway-rights-bind-rotations",
    "wrong relation",
    "the rotation of the certificate changes another stage",
    "RolePolicy::rotate-stage-certificate-data-rights",
    { text: "policy.#.Statement.Sid=PointStage.Resource.0", from: "/stages/v1", to: "/stages/v2" },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss(
    "rotation-limits-interval",
    "a key lives for 89 days, and the window makes it 90",
    "SecretRotation::client-web-app-rotation",
    { set: "rotationRules.scheduleExpression", to: "rate(89 days)" },
  ),
  nearMiss("secret-requires-recovery", "a deleted secret is gone in exactly 7 days", EDGE, {
    set: "recoveryWindowInDays",
    to: 7,
  }),
  nearMiss("secret-requires-closed-policy", "one more action is refused", EDGE, {
    append: `${STATEMENT}.Action`,
    item: "secretsmanager:TagResource",
  }),
  nearMiss("functions-bind-sboms", "a function says something else of itself", "Function::edge-function", {
    set: "description",
    to: "Carries requests",
  }),
];
