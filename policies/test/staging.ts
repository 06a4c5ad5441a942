/** The whole of a staging stack, written by hand from the work order: the ground that every test changes one thing of. */
import { createHash } from "node:crypto";
import { types } from "../lib/types";
import { declareEvidence } from "./evidence";
import { unknownValue } from "./harness";
import { declareObservability } from "./observability";
import { boundaryOf, TestStack, type TestResource } from "./stack";

const account = "123456789012";
const region = "eu-west-1";
const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
const json = (value: unknown): string => JSON.stringify(value);

export const existingCertificate = (at: number): string => arn("acm", `certificate/existing-${at}`);
export const topicArn = arn("sns", "alarms");

const functionUri = (name: string): string =>
  `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn("lambda", `function:${name}:live`)}/invocations`;

/** How assets and archives travel: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go */
const signature = "4dabf18193072939515e22adb298388d";
export const asset = (content: Record<string, string>) => ({
  [signature]: "c44067f5952c0a294b673a41bacd8c17",
  ...content,
});
export const archive = (content: Record<string, unknown>) => ({
  [signature]: "0def7320c3a5731c473e5ecbe6d01bc7",
  ...content,
});

export const routes = ["/chat", "/vision", "/avatar", "/realtime-voice/tickets"];

const answers =
  "ACCESS_DENIED BAD_REQUEST_BODY DEFAULT_4XX DEFAULT_5XX INTEGRATION_TIMEOUT INVALID_API_KEY QUOTA_EXCEEDED REQUEST_TOO_LARGE THROTTLED WAF_FILTERED";

export function apiBody(): Record<string, unknown> {
  const operation = {
    parameters: [{ name: "Idempotency-Key", in: "header", required: true, schema: { type: "string" } }],
    security: [{ authorizer: [], apiKey: [] }],
    requestBody: { required: true, content: { "application/json": { schema: { type: "object" } } } },
    "x-amazon-apigateway-request-validator": "all",
    "x-amazon-apigateway-integration": {
      type: "aws_proxy",
      uri: functionUri("edge"),
      passthroughBehavior: "never",
      timeoutInMillis: 29000,
    },
  };
  const answer = (type: string) => ({
    responseParameters: {
      "gatewayresponse.header.Content-Type": "'application/problem+json'",
      "gatewayresponse.header.X-Request-Id": "context.requestId",
      ...(/THROTTLED|QUOTA/.test(type) ? { "gatewayresponse.header.Retry-After": "'1'" } : {}),
    },
    responseTemplates: { "application/json": '{"title":"Refused","requestId":"$context.requestId"}' },
  });
  return {
    openapi: "3.0.1",
    servers: [
      { url: "/", "x-amazon-apigateway-endpoint-configuration": { disableExecuteApiEndpoint: true } },
    ],
    info: { title: "api" },
    paths: Object.fromEntries(routes.map((path) => [path, { post: operation }])),
    components: {
      securitySchemes: {
        apiKey: { type: "apiKey", name: "x-api-key", in: "header" },
        authorizer: {
          type: "apiKey",
          name: "Unused",
          in: "header",
          "x-amazon-apigateway-authorizer": {
            type: "request",
            authorizerUri: functionUri("authorizer"),
            authorizerResultTtlInSeconds: 0,
          },
        },
      },
    },
    "x-amazon-apigateway-request-validators": {
      all: { validateRequestBody: true, validateRequestParameters: true },
    },
    "x-amazon-apigateway-gateway-responses": Object.fromEntries(
      answers.split(" ").map((type) => [type, answer(type)]),
    ),
  };
}

const visionLabel = { labelMatchStatement: { key: "route:vision", scope: "LABEL" } };
const view = (metricName: string) => ({
  cloudwatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

function rateRule(priority: number, name: string, vision: boolean, byKey: boolean, limit: number | "warn") {
  const headers = [{ name: "retry-after", value: "60" }];
  return {
    name,
    priority,
    statement: {
      rateBasedStatement: {
        ...(byKey
          ? {
              aggregateKeyType: "CUSTOM_KEYS",
              customKeys: [
                { header: { name: "x-api-key", textTransformations: [{ priority: 0, type: "NONE" }] } },
              ],
            }
          : { aggregateKeyType: "IP" }),
        evaluationWindowSec: 60,
        limit: limit === "warn" ? 100 : limit,
        scopeDownStatement: vision ? visionLabel : { notStatement: { statement: visionLabel } },
      },
    },
    action:
      limit === "warn"
        ? { count: { customRequestHandling: { insertHeaders: headers } } }
        : {
            block: {
              customResponse: { responseCode: 429, responseHeaders: headers, customResponseBodyKey: "slow" },
            },
          },
    visibilityConfig: view(name),
  };
}

/** Index of a rule by name, for changes by path. */
export const ruleIndex = (acl: TestResource, name: string): number =>
  (acl.props.rules as { name: string }[]).findIndex((rule) => rule.name === name);

function webAclRules() {
  const ladders = [true, false].flatMap((vision) => {
    const who = vision ? "vision" : "rest";
    return [
      { name: `${who}-key-block`, vision, byKey: true, limit: 1000 },
      { name: `${who}-key-slow-down`, vision, byKey: true, limit: 500 },
      { name: `${who}-key-warn`, vision, byKey: true, limit: "warn" as const },
      { name: `${who}-ip-block`, vision, byKey: false, limit: 2000 },
      { name: `${who}-ip-slow-down`, vision, byKey: false, limit: 1000 },
    ];
  });
  const inASet = { ipSetReferenceStatement: { arn: unknownValue } };
  return [
    {
      name: "blocked",
      priority: 0,
      statement: inASet,
      action: { block: {} },
      visibilityConfig: view("blocked"),
    },
    {
      name: "label-exempt",
      priority: 1,
      statement: inASet,
      action: { count: {} },
      ruleLabels: [{ name: "exempt" }],
      visibilityConfig: view("label-exempt"),
    },
    {
      name: "label-vision",
      priority: 2,
      statement: {
        regexMatchStatement: {
          fieldToMatch: { uriPath: {} },
          regexString: "/vision/?$",
          textTransformations: ["URL_DECODE", "NORMALIZE_PATH", "LOWERCASE"].map((type, priority) => ({
            priority,
            type,
          })),
        },
      },
      action: { count: {} },
      ruleLabels: [{ name: "route:vision" }],
      visibilityConfig: view("label-vision"),
    },
    ...ladders.map(({ name, vision, byKey, limit }, at) => rateRule(at + 3, name, vision, byKey, limit)),
    {
      name: "vision-size",
      priority: 20,
      statement: {
        andStatement: {
          statements: [
            visionLabel,
            {
              regexMatchStatement: {
                fieldToMatch: { singleHeader: { name: "content-length" } },
                // Over 4,999,999 bytes.
                regexString: "^0*([1-9][0-9]{7,}|[5-9][0-9]{6})$",
                textTransformations: [{ priority: 0, type: "NONE" }],
              },
            },
          ],
        },
      },
      action: { block: { customResponse: { responseCode: 413, customResponseBodyKey: "large" } } },
      visibilityConfig: view("vision-size"),
    },
    ...["AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesCommonRuleSet"].map((name, at) => ({
      name,
      priority: 30 + at,
      statement: {
        managedRuleGroupStatement: {
          vendorName: "AWS",
          name,
          ...(name.includes("Common")
            ? { ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }] }
            : {}),
        },
      },
      overrideAction: { none: {} },
      visibilityConfig: view(name),
    })),
  ];
}

function declareFoundation(stack: TestStack) {
  const component = stack.add("fase-b:index:Encryption", "encryption", { clauses: ["B8.3"] });
  const key = stack.add(
    types.key,
    "key",
    {
      enableKeyRotation: true,
      rotationPeriodInDays: 90,
      deletionWindowInDays: 30,
      policy: json({
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${account}:root` },
            Action: "kms:*",
            Resource: "*",
          },
          {
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "kms:Decrypt",
            Resource: "*",
            Condition: { StringEquals: { "aws:SourceAccount": account } },
          },
        ],
      }),
    },
    component,
  );
  const topic = declareTopic(stack, key, "topic", "alarms");
  declareTopic(stack, key, "page-topic", "page-alarms");
  return { key, topic };
}

function declareTopic(stack: TestStack, key: TestResource, name: string, topicName: string): TestResource {
  const topic = stack
    .add(types.topic, name, { name: topicName, kmsMasterKeyId: unknownValue })
    .from("kmsMasterKeyId", key);
  const Resource = arn("sns", topicName);
  const allow = {
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: "sns:Publish",
    Resource,
    Condition: { StringEquals: { "aws:SourceAccount": account } },
  };
  const events = {
    Effect: "Allow",
    Principal: { Service: "events.amazonaws.com" },
    Action: "sns:Publish",
    Resource,
  };
  const deny = {
    Effect: "Deny",
    Principal: "*",
    Action: "sns:Publish",
    Resource,
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
  stack
    .add(types.topicPolicy, `${name}-policy`, {
      arn: unknownValue,
      policy: json({ Statement: [allow, deny, ...(topicName === "alarms" ? [events] : [])] }),
    })
    .from("arn", topic);
  return topic;
}

const logGroup = (stack: TestStack, key: TestResource, name: string): TestResource =>
  stack
    .add(types.logGroup, name, { name, retentionInDays: 365, kmsKeyId: unknownValue })
    .from("kmsKeyId", key);

/** A digest that stands for the bytes of this name. */
export const digestOf = (name: string): string => createHash("sha256").update(name).digest("hex");

/** The program's bill of materials, and each function's. */
function declareSupplyChain(stack: TestStack): void {
  const functions = stack.ofType(types.function).map(({ name }) => ({
    name,
    deployedSha256: digestOf(name),
    sbomSha256: digestOf(`bill of ${name}`),
  }));
  const program = { name: "program", sbomSha256: digestOf("bill of the program") };
  stack.add(types.supplyChain, "supply-chain", { clauses: ["B6.2"], sboms: [program, ...functions] });
}

/** @param invoked by the gateway; a rotation's permissions stand with its secrets */
function declareFunction(stack: TestStack, key: TestResource, name: string, invoked = true): void {
  logGroup(stack, key, `/aws/lambda/${name}`);
  const role = stack.add(types.role, `${name}-role`, {
    name,
    permissionsBoundary: boundaryOf(account),
    assumeRolePolicy: json({
      Statement: [
        { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    }),
  });
  const rights = stack.add(types.rolePolicy, `${name}-rights`, {
    policy: json({
      Statement: [
        {
          Effect: "Allow",
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: `${arn("logs", `log-group:/aws/lambda/${name}`)}:log-stream:*`,
        },
        { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: "*" },
      ],
    }),
  });
  rights.from("role", role);
  const component = stack.add(types.lambdaFunction, `${name}-component`, {
    clauses: ["B5.3"],
    codeSha256: digestOf(name),
  });
  const properties = {
    name,
    role: unknownValue,
    runtime: "nodejs24.x",
    architectures: ["arm64"],
    publish: true,
    timeout: name.endsWith("authorizer") ? 5 : 28,
    reservedConcurrentExecutions: 10,
    handler: "index.handler",
    code: archive({
      assets: {
        "index.js": asset({ path: `bundles/${name}.js` }),
        "configuration.json": asset({
          text: json({
            tables: { requests: "requests" },
            retries: 3,
            ...(name === "authorizer"
              ? { scanning: { clientId: "scanner", addresses: ["203.0.113.7/32"] } }
              : {}),
          }),
        }),
      },
    }),
    tracingConfig: { mode: "Active" },
    loggingConfig: { logFormat: "JSON", logGroup: `/aws/lambda/${name}` },
  };
  const lambda = stack.add(types.function, name, properties, component).from("role", role);
  stack
    .add(types.functionAlias, `${name}-alias`, {
      name: "live",
      functionName: name,
      functionVersion: unknownValue,
    })
    .from("functionVersion", lambda);
  if (!invoked) return;
  stack.add(types.functionPermission, `${name}-permission`, {
    action: "lambda:InvokeFunction",
    principal: "apigateway.amazonaws.com",
    function: name,
    qualifier: "live",
    sourceAccount: account,
    sourceArn: unknownValue,
  });
}

/** What functions remember and whom they trust: tables, a bucket for large answers, the key for both, and the rights. */
function declareData(stack: TestStack, key: TestResource): void {
  stack
    .add(types.keyAlias, "data-alias", { name: "alias/data", targetKeyId: unknownValue })
    .from("targetKeyId", key);
  for (const name of ["requests", "trust"]) {
    stack
      .add(types.table, name, {
        name,
        billingMode: "PAY_PER_REQUEST",
        hashKey: "id",
        attributes: [{ name: "id", type: "S" }],
        ttl: { attributeName: "expiresAtSeconds", enabled: true },
        pointInTimeRecovery: { enabled: true },
        deletionProtectionEnabled: true,
        serverSideEncryption: { enabled: true, kmsKeyArn: unknownValue },
      })
      .from("serverSideEncryption", key);
  }
  declareBucket(stack, "answers", "answers-", {
    encryption: { sseAlgorithm: "aws:kms", kmsMasterKeyId: unknownValue },
    lifecycle: [
      {
        id: "answers",
        status: "Enabled",
        // As the provider fills it in.
        filter: { prefix: "answers/", objectSizeGreaterThan: unknownValue },
        expiration: { days: 2, expiredObjectDeleteMarker: unknownValue },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      },
      {
        id: "unfinished",
        status: "Enabled",
        filter: { prefix: unknownValue },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
    ],
  });
  stack.get(types.bucketEncryption, "answers-bucket-encryption").from("rules", key);

  const items = (table: string, actions: readonly string[], keys: readonly string[]) => ({
    Effect: "Allow",
    Action: actions,
    Resource: arn("dynamodb", `table/${table}`),
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys } },
  });
  const use = (service: string, actions: readonly string[]) => ({
    Effect: "Allow",
    Action: actions,
    Resource: arn("kms", "key/*"),
    Condition: {
      StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` },
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/data" },
    },
  });
  const connections = (verb: string) =>
    `arn:aws:execute-api:${region}:${account}:*/voice/${verb}/@connections/*`;
  const allow = (name: string, ...statements: unknown[]): void => {
    stack
      .add(types.rolePolicy, `${name}-data`, { policy: json({ Statement: statements }) })
      .from("role", stack.get(types.role, `${name}-role`));
  };
  allow(
    "edge",
    items("requests", ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"], ["idempotency#*"]),
    { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: "arn:aws:s3:::answers/answers/*" },
    use("dynamodb", ["kms:Decrypt"]),
    use("s3", ["kms:Decrypt", "kms:GenerateDataKey"]),
    secret(["GetSecretValue"], secretNames.edge),
    use("secretsmanager", ["kms:Decrypt"]),
    items("requests", ["dynamodb:UpdateItem"], ["lock#*", "quota#*"]),
  );
  allow(
    "authorizer",
    items("trust", ["dynamodb:BatchGetItem"], ["issuers", "revocation", "client#*"]),
    use("dynamodb", ["kms:Decrypt"]),
  );
  allow("voice", {
    Effect: "Allow",
    Action: ["execute-api:ManageConnections"],
    Resource: ["POST", "DELETE"].map(connections),
  });
  const rotating = [
    ...["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"],
    "ListSecretVersionIds",
  ];
  const gateway = (verb: string, ...paths: string[]) => ({
    Effect: "Allow",
    Action: `apigateway:${verb}`,
    Resource: paths.map((path) => `arn:aws:apigateway:${region}::${path}`),
  });
  allow(
    "rotate-client-keys",
    secret(rotating, secretNames.client("one"), secretNames.client("two")),
    use("secretsmanager", ["kms:Decrypt", "kms:GenerateDataKey"]),
    items("trust", ["dynamodb:GetItem", "dynamodb:UpdateItem"], ["client#*"]),
    gateway("POST", "/apikeys", "/usageplans/*/keys"),
    gateway("DELETE", "/apikeys/*", "/usageplans/*/keys/*"),
  );
  allow(
    "rotate-edge-certificate",
    secret(rotating, secretNames.edge),
    secret(["GetSecretValue"], secretNames.authority("services-issuer")),
  );
  allow(
    "rotate-prober-certificates",
    secret(rotating, secretNames.prober),
    secret(["GetSecretValue"], secretNames.authority("clients-issuer")),
    items("trust", ["dynamodb:UpdateItem"], ["revocation", "certificates#prober"]),
  );
  allow(
    "rotate-scanner-certificate",
    secret(rotating, secretNames.scanner),
    secret(["GetSecretValue"], secretNames.authority("clients-issuer")),
    items("trust", ["dynamodb:UpdateItem"], ["certificates#scanner"]),
  );
  allow(
    "rotate-stage-certificate",
    gateway("GET", "/restapis", "/restapis/*/stages/v1", "/clientcertificates/*"),
    gateway("POST", "/clientcertificates"),
    gateway("PATCH", "/restapis/*/stages/v1"),
  );
}

const secretNames = {
  authority: (part: string): string => `fase-b/authority/g1/${part}`,
  client: (client: string): string => `fase-b/clients/${client}/api-key`,
  edge: "fase-b/edge/client-certificate",
  prober: "fase-b/prober/certificates",
  scanner: "fase-b/scanner/certificate",
  pager: "fase-b/pagerduty/integration-key",
};

/** As a role's rights name secrets. */
const secret = (actions: readonly string[], ...names: readonly string[]) => ({
  Effect: "Allow",
  Action: actions.map((action) => `secretsmanager:${action}`),
  Resource: names.map((name) => `${arn("secretsmanager", `secret:${name}`)}-??????`),
});

const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

interface SecretOptions {
  readonly name: string;
  /** Roles that its policy leaves in, beside the operators'. */
  readonly roles: readonly string[];
  /** Whose values stand in it. */
  readonly of?: readonly TestResource[];
  /** The function that makes its values from then on. */
  readonly rotatedBy?: string;
}

function declareSecret(
  stack: TestStack,
  name: string,
  { name: path, roles, of, rotatedBy }: SecretOptions,
): void {
  const own = stack
    .add(types.secret, `${name}-secret`, {
      name: path,
      kmsKeyId: unknownValue,
      recoveryWindowInDays: 30,
      policy: json({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Deny",
            Principal: "*",
            Action: [
              ...["Get", "BatchGet", "Put"].map((verb) => `${verb}SecretValue`),
              ...["Update", "Rotate", "CancelRotate", "Delete"].map((verb) => `${verb}Secret`),
              ...["UpdateSecretVersionStage", "PutResourcePolicy", "DeleteResourcePolicy"],
            ].map((action) => `secretsmanager:${action}`),
            Resource: "*",
            Condition: {
              ArnNotEquals: {
                "aws:PrincipalArn": [...[...roles, "operator"].map(role), `arn:aws:iam::${account}:root`],
              },
              Bool: { "aws:PrincipalIsAWSService": "false" },
            },
          },
        ],
      }),
    })
    .from("kmsKeyId", stack.get(types.key, "key"));
  const value = stack
    .add(types.secretVersion, `${name}-secret-value`, {
      secretId: unknownValue,
      secretString: of ? unknownValue : "{}",
    })
    .from("secretId", own);
  if (of) value.from("secretString", ...of);
  if (of?.some(({ type }) => type !== types.apiKey)) {
    // As the provider fills it in.
    value.set("versionStages", unknownValue);
    return;
  }
  value.set("versionStages", ["SEED"]).ignoring("secretString", "versionStages");
  if (rotatedBy === undefined) return;
  const permission = stack
    .add(types.functionPermission, `${name}-rotation-permission`, {
      action: "lambda:InvokeFunction",
      principal: "secretsmanager.amazonaws.com",
      function: rotatedBy,
      qualifier: "live",
      sourceArn: unknownValue,
    })
    .from("sourceArn", own);
  stack
    .add(types.secretRotation, `${name}-rotation`, {
      secretId: unknownValue,
      rotationLambdaArn: arn("lambda", `function:${rotatedBy}:live`),
      rotateImmediately: true,
      rotationRules: { scheduleExpression: "rate(30 days)", duration: "4h" },
    })
    .from("secretId", own)
    .after(permission);
}

/** Secrets of the authority, of clients and of functions. */
function declareSecrets(stack: TestStack): void {
  const root = stack.get(types.rootCertificate, "root-certificate");
  const authority = (part: string, certificate: string, roles: readonly string[]): void =>
    declareSecret(stack, `authority-g1-${part}`, {
      name: secretNames.authority(part),
      roles,
      of: [
        ...(part === "root" ? [] : [stack.get(types.issuedCertificate, certificate)]),
        root,
        stack.get(types.privateKey, `${certificate}-key`),
      ],
    });
  authority("root", "root", []);
  authority("clients-issuer", "issuer", ["rotate-prober-certificates", "rotate-scanner-certificate"]);
  authority("services-issuer", "services-issuer", ["rotate-edge-certificate", "agents-secrets"]);
  declareSecret(stack, "trust-records-services", {
    name: "fase-b/authority/services",
    roles: ["agents-secrets"],
    of: [stack.get(types.issuedCertificate, "services-issuer"), root],
  });
  for (const client of ["one", "two"]) {
    declareSecret(stack, `client-${client}`, {
      name: secretNames.client(client),
      roles: ["rotate-client-keys"],
      of: [stack.get(types.apiKey, `${client}-key`)],
      rotatedBy: "rotate-client-keys",
    });
  }
  declareSecret(stack, "edge-certificate", {
    name: secretNames.edge,
    roles: ["edge", "rotate-edge-certificate"],
    rotatedBy: "rotate-edge-certificate",
  });
  declareSecret(stack, "prober-certificates", {
    name: secretNames.prober,
    roles: ["rotate-prober-certificates", "prober-in-the-cluster"],
    rotatedBy: "rotate-prober-certificates",
  });
  declareSecret(stack, "scanner-certificate", {
    name: secretNames.scanner,
    roles: ["rotate-scanner-certificate", "scans-in-the-cluster"],
    rotatedBy: "rotate-scanner-certificate",
  });
}

/** A bucket with all its parts; their names begin with `prefix`. */
export function declareBucket(
  stack: TestStack,
  bucketName: string,
  prefix: string,
  { encryption, lifecycle }: { readonly encryption: object; readonly lifecycle: readonly object[] },
  parent?: TestResource,
): TestResource {
  const bucket = stack.add(types.bucket, `${prefix}bucket`, { bucket: bucketName }, parent);
  const part = (type: string, name: string, props: Record<string, unknown>): TestResource =>
    stack.add(type, `${prefix}bucket-${name}`, { bucket: unknownValue, ...props }).from("bucket", bucket);
  part(types.bucketVersioning, "versioning", { versioningConfiguration: { status: "Enabled" } });
  part(types.bucketPublicAccess, "public-access", {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  });
  part(types.bucketEncryption, "encryption", { rules: [{ applyServerSideEncryptionByDefault: encryption }] });
  part(types.bucketOwnership, "ownership", { rule: { objectOwnership: "BucketOwnerEnforced" } });
  part(types.bucketLifecycle, "lifecycle", { rules: lifecycle });
  part(types.bucketPolicy, "policy", {
    policy: json({
      Statement: [
        {
          Effect: "Deny",
          Principal: "*",
          Action: "s3:*",
          Resource: [`arn:aws:s3:::${bucketName}`, `arn:aws:s3:::${bucketName}/*`],
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ],
    }),
  });
  return bucket;
}

/** One generation of the authority: a root, an issuer for clients and one for services below it; and the truststore. */
function declareTruststore(stack: TestStack): TestResource {
  const bucket = declareBucket(stack, "truststore", "", {
    encryption: { sseAlgorithm: "AES256" },
    lifecycle: [{ id: "old", status: "Enabled", abortIncompleteMultipartUpload: { daysAfterInitiation: 1 } }],
  });
  const component = stack.add(types.authority, "authority-g1", {
    clauses: ["B5.2"],
    generation: "g1",
    state: "issuing",
  });
  const add = (type: string, name: string, props: Record<string, unknown>): TestResource =>
    stack.add(type, name, props, component).protect();
  const privateKey = (name: string): TestResource =>
    add(types.privateKey, name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const authority = {
    isCaCertificate: true,
    setSubjectKeyId: true,
    allowedUses: ["cert_signing", "crl_signing"],
  };
  const rootKey = privateKey("root-key");
  const root = add(types.rootCertificate, "root-certificate", {
    ...authority,
    maxPathLength: 1,
    subject: { commonName: "root" },
    validityPeriodHours: 87_600,
  }).from("privateKeyPem", rootKey);
  const declareIssuer = (name: string): TestResource => {
    const request = add(types.certificateRequest, `${name}-request`, { subject: { commonName: name } }).from(
      "privateKeyPem",
      privateKey(`${name}-key`),
    );
    return add(types.issuedCertificate, name, { ...authority, maxPathLength: 0, validityPeriodHours: 8_760 })
      .from("certRequestPem", request)
      .from("caPrivateKeyPem", rootKey)
      .from("caCertPem", root);
  };
  const issuer = declareIssuer("issuer");
  declareIssuer("services-issuer");
  return stack
    .add(types.bucketObject, "truststore", {
      bucket: unknownValue,
      key: "truststore.pem",
      content: unknownValue,
    })
    .from("bucket", bucket)
    .from("content", issuer, root);
}

/** Whom functions trust: issuers of clients and of services, what is revoked, and each client's key. */
function declareRecords(stack: TestStack): void {
  const table = stack.get(types.table, "trust");
  const record = (name: string, item: string): TestResource =>
    stack.add(types.tableItem, name, { tableName: "trust", hashKey: "id", item }).after(table);
  record("issuers", unknownValue).from("item", stack.get(types.issuedCertificate, "issuer"));
  record("services", unknownValue).from(
    "item",
    stack.get(types.issuedCertificate, "services-issuer"),
    stack.get(types.rootCertificate, "root-certificate"),
  );
  record("revocation", json({ id: { S: "revocation" } })).ignoring("item");
  for (const key of stack.ofType(types.apiKey)) {
    record(`${key.name}-digest`, unknownValue).from("item", key).ignoring("item");
  }
}

function declareGateway(stack: TestStack, key: TestResource) {
  const api = stack.add(types.restApi, "api", {
    name: "api",
    body: json(apiBody()),
    failOnWarnings: true,
    putRestApiMode: "overwrite",
    disableExecuteApiEndpoint: true,
    endpointConfiguration: { types: "REGIONAL" },
  });
  logGroup(stack, key, "/aws/apigateway/access");
  const deployment = stack
    .add(types.deployment, "deployment", { restApi: unknownValue, triggers: { model: "digest" } })
    .from("restApi", api);
  const certificate = stack.add(types.clientCertificate, "client-certificate", {});
  const variables = [
    "requestId",
    "extendedRequestId",
    "authorizer.correlationId",
    "authorizer.clientId",
    "authorizer.traffic",
    "responseLatency",
    "status",
    "httpMethod",
    "resourcePath",
  ];
  const stage = stack
    .add(types.stage, "stage", {
      restApi: unknownValue,
      deployment: unknownValue,
      clientCertificateId: unknownValue,
      stageName: "v1",
      xrayTracingEnabled: true,
      accessLogSettings: {
        destinationArn: arn("logs", "log-group:/aws/apigateway/access"),
        format: json(
          Object.fromEntries(
            variables.map((name) => [name.replace("authorizer.", "").replace(".", "_"), `$context.${name}`]),
          ),
        ),
      },
    })
    .from("restApi", api)
    .from("deployment", deployment)
    .from("clientCertificateId", certificate)
    .ignoring("clientCertificateId");
  for (const path of ["*", ...routes.map((route) => route.replaceAll("/", "~1"))]) {
    const methodPath = path === "*" ? "*/*" : `${path}/POST`;
    stack
      .add(types.methodSettings, `method ${methodPath}`, {
        restApi: unknownValue,
        stageName: "v1",
        methodPath,
        settings: {
          throttlingRateLimit: 100,
          throttlingBurstLimit: 200,
          metricsEnabled: true,
          loggingLevel: "ERROR",
          dataTraceEnabled: false,
          cachingEnabled: false,
        },
      })
      .from("restApi", api)
      .from("stageName", stage);
  }
  return { api, stage };
}

function declareClients(stack: TestStack, api: TestResource, stage: TestResource): void {
  for (const client of ["one", "two"]) {
    const plan = stack
      .add(types.usagePlan, `${client}-plan`, {
        tags: { clientId: client },
        quotaSettings: { limit: 100000, period: "MONTH" },
        throttleSettings: { rateLimit: 50, burstLimit: 100 },
        apiStages: [
          {
            apiId: unknownValue,
            stage: "v1",
            throttles: routes.map((route) => ({ path: `${route}/POST`, rateLimit: 10, burstLimit: 20 })),
          },
        ],
      })
      .from("apiStages", api, stage);
    const key = stack
      .add(types.apiKey, `${client}-key`, { enabled: true, value: unknownValue })
      .ignoring("enabled");
    stack
      .add(types.usagePlanKey, `${client}-plan-key`, { keyId: unknownValue, usagePlanId: unknownValue })
      .from("keyId", key)
      .from("usagePlanId", plan);
  }
}

function declareFirewall(stack: TestStack, key: TestResource, stage: TestResource): void {
  const exempt = stack.add(types.ipSet, "exempt", {
    ipAddressVersion: "IPV4",
    addresses: ["192.0.2.0/24"],
  });
  const blocked = stack.add(types.ipSet, "blocked", { ipAddressVersion: "IPV4", addresses: [] });
  const acl = stack.add(types.webAcl, "acl", {
    scope: "REGIONAL",
    defaultAction: { allow: {} },
    customResponseBodies: [
      { key: "slow", status: 429 },
      { key: "large", status: 413 },
    ].map(({ key, status }) => ({
      key,
      contentType: "APPLICATION_JSON",
      content: json({ type: `urn:problem:${key}`, status }),
    })),
    rules: webAclRules(),
    visibilityConfig: view("acl"),
    dataProtectionConfig: {
      dataProtections: [
        {
          action: "SUBSTITUTION",
          field: { fieldType: "SINGLE_HEADER" },
          excludeRateBasedDetails: false,
          excludeRuleMatchDetails: false,
        },
      ],
    },
  });
  stack
    .add(types.webAclAssociation, "association", { resourceArn: unknownValue, webAclArn: unknownValue })
    .from("resourceArn", stage)
    .from("webAclArn", acl);
  acl.from("rules", blocked, exempt);
  logGroup(stack, key, "aws-waf-logs-staging");
  stack.add(types.logDelivery, "delivery", {
    policyDocument: json({
      Statement: [
        {
          Effect: "Allow",
          Principal: { Service: "delivery.logs.amazonaws.com" },
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Resource: arn("logs", "log-group:aws-waf-logs-staging:log-stream:*"),
          Condition: {
            StringEquals: { "aws:SourceAccount": account },
            ArnLike: { "aws:SourceArn": arn("logs", "*") },
          },
        },
      ],
    }),
  });
  stack
    .add(types.webAclLogging, "logging", {
      resourceArn: unknownValue,
      logDestinationConfigs: [arn("logs", "log-group:aws-waf-logs-staging")],
      redactedFields: [{ uriPath: {} }, { queryString: {} }],
    })
    .from("resourceArn", acl);
}

function declareVoice(stack: TestStack, key: TestResource) {
  const api = stack.add(types.voiceApi, "voice-api", {
    protocolType: "WEBSOCKET",
    disableExecuteApiEndpoint: true,
  });
  const authorizer = stack
    .add(types.voiceAuthorizer, "voice-ticket", {
      apiId: unknownValue,
      authorizerType: "REQUEST",
      authorizerUri: functionUri("voice-authorizer"),
      identitySources: ["route.request.header.Sec-WebSocket-Protocol"],
    })
    .from("apiId", api);
  for (const routeKey of ["$connect", "$disconnect", "$default"]) {
    const route = stack
      .add(types.voiceRoute, `voice ${routeKey}`, {
        apiId: unknownValue,
        routeKey,
        authorizationType: "NONE",
      })
      .from("apiId", api);
    if (routeKey === "$connect") {
      route
        .set("authorizationType", "CUSTOM")
        .set("authorizerId", unknownValue)
        .from("authorizerId", authorizer);
    }
  }
  stack
    .add(types.voiceIntegration, "voice-integration", {
      apiId: unknownValue,
      integrationType: "AWS_PROXY",
      integrationUri: functionUri("voice"),
    })
    .from("apiId", api);
  logGroup(stack, key, "/aws/apigateway/voice");
  const variables = [
    "requestId",
    "extendedRequestId",
    "authorizer.correlationId",
    "status",
    "connectionId",
    "eventType",
    "routeKey",
  ];
  const deployment = stack
    .add(types.voiceDeployment, "voice-deployment", { apiId: unknownValue, triggers: { model: "digest" } })
    .from("apiId", api);
  const stage = stack
    .add(types.voiceStage, "voice-stage", {
      apiId: unknownValue,
      deploymentId: unknownValue,
      autoDeploy: false,
      name: "voice",
      accessLogSettings: {
        destinationArn: arn("logs", "log-group:/aws/apigateway/voice"),
        format: json(
          Object.fromEntries(variables.map((name) => [name.replace(".", "_"), `$context.${name}`])),
        ),
      },
      defaultRouteSettings: {
        throttlingRateLimit: 100,
        throttlingBurstLimit: 50,
        detailedMetricsEnabled: true,
        dataTraceEnabled: false,
        loggingLevel: "ERROR",
      },
    })
    .from("apiId", api)
    .from("deploymentId", deployment);
  return { api, stage };
}

interface Ends {
  readonly rest: { readonly api: TestResource; readonly stage: TestResource };
  readonly voice: { readonly api: TestResource; readonly stage: TestResource };
  readonly truststore: TestResource;
}

/** 18 agents: the last two speak WebSocket, the first five have their certificate. */
function declareAgent(stack: TestStack, at: number, { rest, voice, truststore }: Ends): void {
  const name = `agent-${String(at).padStart(2, "0")}`;
  const domainName = `${name}.staging.example.com`;
  const http = at <= 16;
  const component = stack.add(types.agentDomain, name, {
    clauses: ["B5.1", "B5.4"],
    agentId: name,
    protocol: http ? "http" : "websocket",
    certificate: at > 5 ? "issued" : "existing",
    configuration: {
      domain: domainName,
      // The last of the HTTP agents is the edge itself, which hands out the tickets of voice sessions.
      routes: [at === 16 ? "/realtime-voice/tickets" : http ? "/chat" : "/realtime-voice"],
      clients: ["one", "two"],
      maxConcurrentRequests: 40,
      upstream: at === 16 ? "edge" : `https://${name}.agents.staging.example.com`,
      alertLabels: { team: "agents", severity: "page" },
    },
  });
  const add = (type: string, suffix: string, props: Record<string, unknown>): TestResource =>
    stack.add(type, `${name}-${suffix}`, props, component);

  let validation: TestResource | undefined;
  if (at > 5) {
    const certificate = add(types.certificate, "certificate", {
      domainName,
      validationMethod: "DNS",
      keyAlgorithm: "RSA_2048",
      options: { certificateTransparencyLoggingPreference: "ENABLED" },
    });
    const record = add(types.record, "validation-record", {
      name: unknownValue,
      type: unknownValue,
      records: [unknownValue],
    });
    for (const property of ["name", "type", "records"]) record.from(property, certificate);
    validation = add(types.certificateValidation, "validation", {
      certificateArn: unknownValue,
      validationRecordFqdns: [unknownValue],
    })
      .from("certificateArn", certificate)
      .from("validationRecordFqdns", record);
  }
  const certificateArn = validation ? unknownValue : existingCertificate(at);
  const domain = http
    ? add(types.domain, "domain", {
        domainName,
        regionalCertificateArn: certificateArn,
        securityPolicy: "TLS_1_2",
        endpointConfiguration: { types: "REGIONAL" },
        mutualTlsAuthentication: {
          truststoreUri: "s3://truststore/truststore.pem",
          truststoreVersion: unknownValue,
        },
      }).from("mutualTlsAuthentication", truststore)
    : add(types.voiceDomain, "domain", {
        domainName,
        domainNameConfiguration: { certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
      });
  if (validation) domain.from(http ? "regionalCertificateArn" : "domainNameConfiguration", validation);

  if (http) {
    add(types.basePathMapping, "mapping", { restApi: unknownValue, stageName: "v1", domainName })
      .from("restApi", rest.api)
      .from("stageName", rest.stage)
      .from("domainName", domain);
  } else {
    add(types.voiceMapping, "mapping", { apiId: unknownValue, stage: unknownValue, domainName: unknownValue })
      .from("apiId", voice.api)
      .from("stage", voice.stage)
      .from("domainName", domain);
  }
  add(types.record, "alias", {
    name: domainName,
    type: "A",
    aliases: [{ name: unknownValue, zoneId: unknownValue }],
  }).from("aliases", domain);
  const alarm = add(types.alarm, "age", {
    metricQueries: [
      {
        id: "days",
        metric: {
          namespace: "AWS/CertificateManager",
          metricName: "DaysToExpiry",
          dimensions: { CertificateArn: certificateArn },
          period: 86400,
          stat: "Minimum",
        },
        returnData: false,
      },
      { id: "remaining", expression: "100 * days / 198", returnData: true },
    ],
    comparisonOperator: "LessThanThreshold",
    threshold: 20,
    treatMissingData: "breaching",
    alarmActions: [topicArn],
    okActions: [topicArn],
  });
  if (validation) alarm.from("metricQueries", validation);
}

/** The agents' place in a cluster: a certificate that renews itself by the services' issuer, and a closed network. */
function declareCluster(stack: TestStack): void {
  const add = (type: string, name: string, props: Record<string, unknown>, metadata: object = {}): void => {
    stack.add(type, `cluster-${name}`, { metadata: { name, namespace: "agents", ...metadata }, ...props });
  };
  stack.add(types.namespace, "cluster-agents", {
    metadata: { name: "agents", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  });
  add(types.networkPolicy, "deny-all", { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } });
  add(types.networkPolicy, "callers", {
    spec: {
      podSelector: {},
      policyTypes: ["Ingress"],
      ingress: [
        { from: [{ ipBlock: { cidr: "192.0.2.0/24" } }], ports: [{ port: 8443, protocol: "TCP" }] },
        {
          from: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "prober" } },
              podSelector: { matchLabels: { name: "prober" } },
            },
          ],
          ports: [{ port: 8443, protocol: "TCP" }],
        },
      ],
    },
  });
  add(
    types.serviceAccount,
    "secrets-reader",
    {},
    { annotations: { "eks.amazonaws.com/role-arn": role("agents-secrets") } },
  );
  add(types.secretStore, "secrets-manager", {
    spec: { provider: { aws: { region, auth: { jwt: { serviceAccountRef: { name: "secrets-reader" } } } } } },
  });
  add(types.externalSecret, "services-g1", {
    spec: {
      secretStoreRef: { kind: "SecretStore", name: "secrets-manager" },
      target: { name: "services-g1" },
      data: ["chainPem", "privateKeyPem"].map((property) => ({
        secretKey: property,
        remoteRef: { key: secretNames.authority("services-issuer"), property },
      })),
    },
  });
  add(types.clusterIssuer, "services-g1", { spec: { ca: { secretName: "services-g1" } } });
  add(types.clusterCertificate, "chat-01", {
    spec: {
      duration: "168h0m0s",
      renewBeforePercentage: 50,
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      isCA: false,
      usages: ["digital signature", "server auth"],
      dnsNames: ["chat-01.agents.staging.example.com"],
      issuerRef: { kind: "Issuer", name: "services-g1" },
      secretName: "chat-01-tls",
    },
  });
  add(types.configMap, "configuration", { data: { "configuration.yml": "modules: {}" } });
  add(types.clusterService, "prober", { spec: { type: "ClusterIP", ports: [{ port: 8443 }] } });
  add(types.workload, "prober", {
    spec: {
      template: {
        spec: {
          automountServiceAccountToken: false,
          securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
          containers: [
            {
              name: "exporter",
              image: `registry.example.com/exporter:v1@sha256:${"0".repeat(64)}`,
              env: [{ name: "LEVEL", value: "info" }],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
            },
          ],
          volumes: [{ name: "certificates", secret: { secretName: "certificates" } }],
        },
      },
    },
  });
}

/** Scans of every night: restricted pods, an account of their own, and its role. */
function declareScans(stack: TestStack): void {
  const component = stack.add("fase-b:index:Scanning", "scanning", {
    clauses: ["B2.1", "B2.2"],
    unpinned: [],
  });
  const add = (type: string, name: string, props: Record<string, unknown>) =>
    stack.add(type, `scanning-${name}`, { metadata: { name, namespace: "scanning" }, ...props }, component);
  stack.add(
    types.namespace,
    "scanning",
    { metadata: { name: "scanning", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } },
    component,
  );
  add(types.networkPolicy, "deny-all", { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } });
  add(types.networkPolicy, "staging", {
    spec: {
      podSelector: {},
      policyTypes: ["Egress"],
      egress: [
        {
          to: [
            {
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
              podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
            },
          ],
          ports: [
            { protocol: "UDP", port: 53 },
            { protocol: "TCP", port: 53 },
          ],
        },
        { to: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ protocol: "TCP", port: 443 }] },
      ],
    },
  });
  add(types.resourceQuota, "one-at-a-time", { spec: { hard: { pods: "1" } } });
  add(types.serviceAccount, "scans", { automountServiceAccountToken: false });
  const issuer = "oidc.eks.eu-west-1.amazonaws.com/id/0000";
  const results = stack.add(
    types.role,
    "scan-results-role",
    {
      name: "scan-results",
      permissionsBoundary: boundaryOf(account),
      assumeRolePolicy: json({
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: {
                [`${issuer}:sub`]: "system:serviceaccount:scanning:scans",
                [`${issuer}:aud`]: "sts.amazonaws.com",
              },
            },
          },
        ],
      }),
    },
    component,
  );
  stack
    .add(
      types.rolePolicy,
      "scan-results-rights",
      {
        policy: json({
          Statement: [
            { Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::evidence/scans/*" },
            {
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: `${arn("logs", "log-group:/fase-b/staging/scans")}:log-stream:*`,
            },
          ],
        }),
      },
      component,
    )
    .from("role", results);
  const container = (name: string, more: object) => ({
    name,
    image: `registry.example.com/${name}:v1@sha256:${"0".repeat(64)}`,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    ...more,
  });
  for (const scan of ["zap-baseline", "zap-authenticated", "fuzz"]) {
    const pod = {
      restartPolicy: "Never",
      serviceAccountName: "scans",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      initContainers: [container("tool", { volumeMounts: [{ name: "reports", mountPath: "/reports" }] })],
      containers: [
        container("upload", {
          env: [{ name: "AWS_ROLE_ARN", value: `arn:aws:iam::${account}:role/scan-results` }],
          volumeMounts: [{ name: "token", mountPath: "/token" }],
        }),
      ],
      volumes: [
        { name: "reports", emptyDir: { sizeLimit: "64Mi" } },
        {
          name: "token",
          projected: {
            sources: [
              {
                serviceAccountToken: {
                  audience: "sts.amazonaws.com",
                  expirationSeconds: 3600,
                  path: "token",
                },
              },
            ],
          },
        },
      ],
    };
    add(types.cronJob, scan, {
      spec: {
        schedule: "17 2 * * *",
        timeZone: "Etc/UTC",
        suspend: false,
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3600,
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 3,
        jobTemplate: { spec: { backoffLimit: 0, activeDeadlineSeconds: 3600, template: { spec: pod } } },
      },
    });
  }
}

/** @param agents how many; 18 were ordered */
/** What is counted in logs, masked there, and announced. */
function declareLogs(stack: TestStack, key: TestResource): void {
  const protectedGroups = stack.ofType(types.logGroup);
  logGroup(stack, key, FINDINGS);
  const DataIdentifier = ["EmailAddress", "IpAddress"].map(
    (name) => `arn:aws:dataprotection::aws:data-identifier/${name}`,
  );
  const FindingsDestination = { CloudWatchLogs: { LogGroup: FINDINGS } };
  for (const group of protectedGroups) {
    stack
      .add(types.logMasking, `masking-${group.name}`, {
        logGroupName: group.props.name,
        policyDocument: json({
          Statement: [
            { DataIdentifier, Operation: { Audit: { FindingsDestination } } },
            { DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
          ],
        }),
      })
      .from("logGroupName", group);
  }
  const metric = { namespace: "staging/logs", value: "1" };
  stack.add(types.metricFilter, "throttled", {
    logGroupName: "/aws/apigateway/access",
    pattern: '{ $.traffic != "scan" && $.status = "429" }',
    metricTransformation: { ...metric, name: "Throttled", defaultValue: "0" },
  });
  stack.add(types.metricFilter, "throttled-by-client", {
    logGroupName: "/aws/apigateway/access",
    pattern: '{ $.status = "429" }',
    metricTransformation: { ...metric, name: "ThrottledByClient", dimensions: { clientId: "$.clientId" } },
  });
  stack.add(types.logSubscription, "rotations", {
    logGroup: "/aws/lambda/rotate-client-keys",
    filterPattern: '{ $.outcome = "done" }',
    destinationArn: arn("lambda", "function:announce:live"),
  });
  stack.add(types.invocation, "announcement", {
    functionName: "announce",
    qualifier: "live",
    input: json({ kind: "deployment", digest: "0".repeat(64) }),
  });
  stack.add(types.functionEvents, "announcements", {
    functionName: "announce",
    qualifier: "live",
    maximumEventAgeInSeconds: 3600,
    maximumRetryAttempts: 2,
  });
}

/** What would be lost with all that is in it. */
const kept: readonly string[] = [types.table, types.bucket, types.key, types.secret, types.logGroup];

const FINDINGS = "/aws/vendedlogs/findings";

export function stagingStack(agents = 18): TestStack {
  const stack = new TestStack();
  stack.add("pulumi:pulumi:Stack", "fase-b-staging", {});
  const provider = stack.add(types.provider, "aws", {
    region,
    allowedAccountIds: json([account]),
    defaultTags: json({ tags: { project: "fase-b" } }),
  });
  const cluster = stack.add(types.clusterProvider, "kubernetes", {
    kubeconfig: "",
    renderYamlToDirectory: "../manifests",
  });
  const { key, topic } = declareFoundation(stack);
  const truststore = declareTruststore(stack);
  for (const name of ["edge", "authorizer", "voice", "voice-authorizer"]) declareFunction(stack, key, name);
  for (const what of [
    "client-keys",
    "edge-certificate",
    "prober-certificates",
    "scanner-certificate",
    "stage-certificate",
  ]) {
    declareFunction(stack, key, `rotate-${what}`, false);
  }
  for (const name of ["announce", "trust-watch"]) declareFunction(stack, key, name, false);
  declareSupplyChain(stack);
  stack.add(types.latencyBudget, "latency-budget", {
    clauses: ["B8.1"],
    hops: { authorizerMs: 40, edgeMs: 20, storeMs: 60, upstreamMs: 500 },
  });
  declareData(stack, key);
  const rest = declareGateway(stack, key);
  declareClients(stack, rest.api, rest.stage);
  declareRecords(stack);
  declareSecrets(stack);
  declareFirewall(stack, key, rest.stage);
  const voice = declareVoice(stack, key);
  for (let at = 1; at <= agents; at += 1) declareAgent(stack, at, { rest, voice, truststore });
  declareCluster(stack);
  declareScans(stack);
  declareObservability(stack);
  // Of an integration, whose key comes with it: the program writes it.
  declareSecret(stack, "pagerduty-key", {
    name: secretNames.pager,
    roles: [],
    of: [stack.get(types.pagerIntegration, "page-events_api_v2")],
  });
  declareLogs(stack, key);
  const rule = stack.add(types.eventRule, "renewal", {
    name: "renewal",
    eventPattern: json({ source: ["aws.acm"], "detail-type": ["ACM Certificate Renewal Action Required"] }),
  });
  stack
    .add(types.eventTarget, "renewal-target", { rule: "renewal", arn: topicArn })
    .from("rule", rule)
    .after(topic);
  declareEvidence(stack);
  for (const resource of stack.resources) {
    if (resource.type.startsWith("aws:")) resource.provider = provider;
    if (resource.type.startsWith("kubernetes:")) resource.provider = cluster;
    if (kept.includes(resource.type)) resource.protect();
  }
  return stack;
}
