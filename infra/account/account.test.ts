import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { AccountFoundation } from "./account";
import type { AccountSettings, Environment } from "./account.schema";

const settings: AccountSettings = {
  id: "123456789012",
  region: "eu-west-1",
  hostedZoneId: "Z0123456789EXAMPLE",
  repository: { subject: "repo:example-org@1/fase-b@2", id: "100000001", branch: "hardening/fase-b" },
  deployRole: "fase-b-operator",
};

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
const accounts: Record<Environment, readonly Registered[]> = { staging: [], production: [] };

async function registrationsOf(environment: Environment): Promise<readonly Registered[]> {
  const all: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        all.push({ type, name, inputs: inputs as Registered["inputs"] });
        return {
          id: `id-of-${name}`,
          state: { ...(inputs as object), arn: `arn-of-${name}`, keyId: `key-of-${name}` },
        };
      },
      call: ({ token }) => {
        throw new Error(`nothing is looked up; got ${token}`);
      },
    },
    "fase-b-account",
    environment,
    true,
  );
  const foundation = new AccountFoundation("account", { settings, environment });
  await new Promise((done) => foundation.urn.apply(done));
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  return all;
}

beforeAll(async () => {
  accounts.staging = await registrationsOf("staging");
  accounts.production = await registrationsOf("production");
});

interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}
const ofType = (environment: Environment, type: string): readonly Registered[] =>
  accounts[environment].filter((one) => one.type === type);
const one = (name: string): Registered["inputs"] => {
  const found = accounts.staging.find((resource) => resource.name === name);
  if (!found)
    throw new Error(`no resource ${name}; there are: ${accounts.staging.map((all) => all.name).join(", ")}`);
  return found.inputs;
};
const POLICY = "aws:iam/policy:Policy";
const ROLE = "aws:iam/role:Role";
const statementsIn = (document: unknown): readonly Statement[] =>
  (JSON.parse(String(document)) as { readonly Statement: readonly Statement[] }).Statement;
const isOf = (place: string, name: string): boolean =>
  new RegExp(`^account-${place}-(gateway|edge|functions|data|watch|state)$`).test(name);
/** All that a role may do, by the place that takes it. */
const rightsOf = (place: string, environment: Environment = "staging"): readonly Statement[] =>
  ofType(environment, POLICY)
    .filter(({ name }) => isOf(place, name))
    .flatMap(({ inputs }) => statementsIn(inputs["policy"]));
const trustIn = (role: Registered): Statement => {
  const [statement, ...others] = statementsIn(role.inputs["assumeRolePolicy"]);
  if (statement === undefined || others.length > 0)
    throw new Error(`${role.name} is trusted by another number than one`);
  return statement;
};
const pipelines = (environment: Environment): readonly Registered[] =>
  ofType(environment, ROLE).filter(({ name }) => name !== "account-gateway-role");

const PLACES = ["staging-preview", "staging-drift", "staging"];

/** As IAM compares ARNs: a star stands for any text. */
const reaches = (pattern: string, arn: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`).test(arn);

describe("the account's own stack (B0.3)", () => {
  it("has a role for each place of the host, and production the one alone that deploys there", () => {
    expect(pipelines("staging").map(({ inputs }) => inputs["name"])).toEqual([
      "fase-b-account-preview",
      "fase-b-account-drift",
      "fase-b-operator",
    ]);
    expect(pipelines("production").map(({ inputs }) => inputs["name"])).toEqual(["fase-b-operator"]);
  });

  it("gives the gateway its role for logs, with the rights before it is named", () => {
    expect(
      trustIn(ofType("staging", ROLE).find(({ name }) => name === "account-gateway-role") as Registered),
    ).toMatchObject({
      Principal: { Service: "apigateway.amazonaws.com" },
      Action: ["sts:AssumeRole"],
    });
    expect(one("account-gateway-role-logs")["policyArn"]).toBe(
      "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    );
    expect(one("account-gateway")["cloudwatchRoleArn"]).toBe("arn-of-account-gateway-role");
  });

  it("keeps the state in a bucket that is versioned, encrypted by its own key, and closed", () => {
    expect(one("account-state-bucket")["bucket"]).toBe("fase-b-state-123456789012");
    expect(one("account-state-versioning")).toMatchObject({ versioningConfiguration: { status: "Enabled" } });
    expect(one("account-state-encryption")).toMatchObject({
      rules: [
        {
          applyServerSideEncryptionByDefault: {
            sseAlgorithm: "aws:kms",
            kmsMasterKeyId: "arn-of-account-state-key",
          },
        },
      ],
    });
    expect(one("account-state-public-access")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(one("account-state-key")).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(one("account-state-alias")["name"]).toBe("alias/fase-b-state");
  });

  it("lets no pipeline lose a version of the state, or open its bucket", () => {
    const denied = statementsIn(one("account-state-bucket-policy")["policy"]).find(
      ({ Sid }) => Sid === "PipelinesKeepEveryVersion",
    ) as Statement & { readonly Principal: { readonly AWS: readonly string[] } };
    expect(denied.Effect).toBe("Deny");
    expect(denied.Action).toEqual(
      expect.arrayContaining(["s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutBucketVersioning"]),
    );
    expect([...denied.Principal.AWS].sort()).toEqual(
      pipelines("staging")
        .map(({ inputs }) => `arn:aws:iam::123456789012:role/${String(inputs["name"])}`)
        .sort(),
    );
  });
});

describe("who may take a role", () => {
  const ISSUER = "token.actions.githubusercontent.com";

  it.each(["staging", "production"] as const)(
    "is exactly one place of this repository, in the account of %s",
    (environment) => {
      const expected = environment === "production" ? ["production"] : PLACES;
      expect(
        pipelines(environment).map((role) => {
          const { Condition: { StringEquals = {}, ...operators } = {} } = trustIn(role);
          // Another operator could widen what this one says.
          expect(operators).toEqual({});
          return StringEquals[`${ISSUER}:sub`];
        }),
      ).toEqual(expected.map((place) => `repo:example-org@1/fase-b@2:environment:${place}`));
    },
  );

  it("is told by audience, repository's number and federation too, and holds no star", () => {
    for (const role of [...pipelines("staging"), ...pipelines("production")]) {
      const trust = trustIn(role);
      expect(trust).toMatchObject({
        Effect: "Allow",
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Principal: { Federated: `arn:aws:iam::123456789012:oidc-provider/${ISSUER}` },
        Condition: {
          StringEquals: { [`${ISSUER}:aud`]: "sts.amazonaws.com", [`${ISSUER}:repository_id`]: "100000001" },
        },
      });
      expect(JSON.stringify(trust)).not.toMatch(/[*?]|\$\{/);
    }
  });

  it("deploys from the work's branch alone, and looks for drift from there", () => {
    const refs = [...pipelines("staging"), ...pipelines("production")].map(
      (role) => trustIn(role).Condition?.["StringEquals"]?.[`${ISSUER}:ref`],
    );
    // A preview is of no branch that could be named.
    expect(refs).toEqual([
      undefined,
      "refs/heads/hardening/fase-b",
      "refs/heads/hardening/fase-b",
      "refs/heads/hardening/fase-b",
    ]);
  });

  it("is asked of an issuer whose only audience is STS", () => {
    expect(one("account-github")).toEqual({ url: `https://${ISSUER}`, clientIdLists: ["sts.amazonaws.com"] });
  });
});

describe("what a role may do", () => {
  it("is in a preview to read the state and its key, and nothing else", () => {
    expect(rightsOf("staging-preview").map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [["s3:ListBucket"], ["arn:aws:s3:::fase-b-state-123456789012"]],
      [
        ["s3:GetObject"],
        [
          "arn:aws:s3:::fase-b-state-123456789012/.pulumi/meta.yaml",
          "arn:aws:s3:::fase-b-state-123456789012/.pulumi/stacks/fase-b/*",
        ],
      ],
      [["kms:Decrypt"], ["arn:aws:kms:eu-west-1:123456789012:key/*"]],
    ]);
    expect(rightsOf("staging-preview").at(-1)?.Condition).toEqual({
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/fase-b-state" },
    });
  });

  it("is for drift to look, at what a deployment changes", () => {
    const actions = rightsOf("staging-drift").flatMap(({ Action }) => Action);
    expect(actions.length).toBeGreaterThan(80);
    expect(actions.filter((action) => !/:(Get|List|Describe|GET$|Decrypt$)/.test(action))).toEqual([]);
  });

  it.each(PLACES)("is said in whole names, and of named things, in %s", (place) => {
    const statements = rightsOf(place);
    expect(statements.length).toBeGreaterThan(0);
    expect(statements.flatMap(({ Action }) => Action).filter((action) => action.includes("*"))).toEqual([]);
    // Actions that know no resource, or whose thing is not there yet.
    const open = statements.filter(({ Resource }) => Resource.includes("*")).map(({ Sid }) => Sid);
    expect(
      open.filter((sid) => !["NewCertificates", "Channel", "NewKeys", "LogDelivery"].includes(sid)),
    ).toEqual([]);
  });

  it.each(PLACES)("is in %s never to read or write the state of the account's own stack", (place) => {
    const bucket = "arn:aws:s3:::fase-b-state-123456789012/.pulumi";
    const reached = (what: string): readonly string[] =>
      rightsOf(place)
        .filter(({ Action }) => Action.some((action) => action.startsWith("s3:")))
        .filter(({ Resource }) => Resource.some((pattern) => reaches(pattern, `${bucket}/${what}`)))
        .map(({ Sid }) => Sid);
    const project = /^name: (.*)$/m.exec(
      readFileSync(path.join(__dirname, "..", "..", "Pulumi.yaml"), "utf8"),
    );
    expect(reached(`stacks/${project?.[1] ?? ""}/staging.json`)).toContain("ReadState");
    for (const folder of ["stacks", "history", "backups", "journal", "locks/organization"])
      expect(reached(`${folder}/fase-b-account/staging.json`)).toEqual([]);
  });

  const allowed = (): readonly Statement[] => rightsOf("staging").filter(({ Effect }) => Effect === "Allow");

  it("is never to delete what holds state", () => {
    const actions = allowed().flatMap(({ Action }) => Action);
    for (const deletion of [
      "dynamodb:DeleteTable",
      "s3:DeleteBucket",
      "s3:DeleteObjectVersion",
      "kms:ScheduleKeyDeletion",
      "kms:DisableKey",
      "logs:DeleteLogGroup",
    ])
      expect(actions).not.toContain(deletion);
    const secrets = allowed().filter(({ Action }) => Action.includes("secretsmanager:DeleteSecret"));
    expect(secrets.map(({ Condition }) => Condition)).toEqual([
      { Bool: { "secretsmanager:ForceDeleteWithoutRecovery": "false" } },
    ]);
  });

  it.each([
    ["its own roles", "iam:PutRolePolicy", "arn:aws:iam::123456789012:role/fase-b-operator"],
    [
      "who may take them",
      "iam:UpdateAssumeRolePolicy",
      "arn:aws:iam::123456789012:role/fase-b-account-preview",
    ],
    ["somebody else's role", "iam:PassRole", "arn:aws:iam::123456789012:role/admin"],
    [
      "another account's function",
      "lambda:UpdateFunctionCode",
      "arn:aws:lambda:eu-west-1:210987654321:function:fase-b-staging-edge",
    ],
    [
      "production's function",
      "lambda:UpdateFunctionCode",
      "arn:aws:lambda:eu-west-1:123456789012:function:fase-b-production-edge",
    ],
    [
      "another region's table",
      "dynamodb:UpdateTable",
      "arn:aws:dynamodb:us-east-1:123456789012:table/fase-b-staging-trust",
    ],
    [
      "counted requests",
      "dynamodb:PutItem",
      "arn:aws:dynamodb:eu-west-1:123456789012:table/fase-b-staging-requests",
    ],
    ["evidence", "s3:PutObject", "arn:aws:s3:::fase-b-staging-evidence-123456789012/piece"],
    ["the state's bucket", "s3:PutBucketPolicy", "arn:aws:s3:::fase-b-state-123456789012"],
    ["another zone", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/Z9999999999EXAMPLE"],
    ["every stack's gateway", "apigateway:PATCH", "arn:aws:apigateway:eu-west-1::/account"],
    [
      "somebody else's secret",
      "secretsmanager:GetSecretValue",
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other/token-a1b2c3",
    ],
  ])("does not reach %s", (_what, action, arn) => {
    const granting = allowed().filter(({ Action }) => Action.includes(action));
    expect(granting.length).toBeGreaterThan(0);
    expect(granting.filter(({ Resource }) => Resource.some((pattern) => reaches(pattern, arn)))).toEqual([]);
  });

  it("knows no managed policy, no user, no key of a user, and no identity provider", () => {
    const actions = allowed().flatMap(({ Action }) => Action);
    expect(
      actions.filter((action) =>
        /^(iam:(Attach|.*User|.*AccessKey|.*OpenID|.*Policy[A-Z])|sts:|organizations:|account:)/.test(action),
      ),
    ).toEqual([]);
  });

  it("hands roles on to the two services that the stack gives roles to", () => {
    const [pass] = allowed().filter(({ Action }) => Action.includes("iam:PassRole"));
    expect(pass?.Condition).toEqual({
      StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com", "chatbot.amazonaws.com"] },
    });
  });

  it("leaves the state's key alone, whatever else it may do to keys", () => {
    const denied = rightsOf("staging").filter(({ Sid }) => Sid === "StateKeyIsTheAccounts");
    expect(denied.map(({ Sid, Condition }) => [Sid, Condition])).toEqual([
      [
        "StateKeyIsTheAccounts",
        { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/fase-b-state" } },
      ],
    ]);
    expect(denied[0]?.Action).toEqual(
      expect.arrayContaining(["kms:PutKeyPolicy", "kms:CreateAlias", "kms:ScheduleKeyDeletion"]),
    );
    const keys = allowed().filter(({ Action }) => Action.includes("kms:PutKeyPolicy"));
    expect(keys.map(({ Condition }) => Condition)).toEqual([
      { "ForAllValues:StringLike": { "kms:ResourceAliases": "alias/fase-b-staging-*" } },
    ]);
  });

  it("is of production in production's account, and of staging nothing", () => {
    const text = JSON.stringify(rightsOf("production", "production"));
    expect(text).toContain("fase-b-production-");
    expect(text).not.toContain("staging");
  });

  it("makes roles, and gives them rights, within the account's boundary alone, which it can't change", () => {
    const boundary = "arn:aws:iam::123456789012:policy/fase-b-account-boundary";
    const granting = (action: string): readonly (Statement["Condition"] | undefined)[] =>
      allowed()
        .filter(({ Action }) => Action.includes(action))
        .map(({ Condition }) => Condition);
    for (const action of ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"])
      expect(granting(action)).toEqual([{ StringEquals: { "iam:PermissionsBoundary": boundary } }]);
    for (const action of ["iam:DeleteRolePermissionsBoundary", "iam:CreatePolicyVersion", "iam:DeletePolicy"])
      expect(granting(action)).toEqual([]);
  });

  it("leaves alone the roles by which others read secrets, which a person makes", () => {
    const denied = rightsOf("staging").filter(({ Effect }) => Effect === "Deny");
    const settings = readFileSync(path.join(__dirname, "..", "..", "Pulumi.staging.yaml"), "utf8");
    const roles = [...settings.matchAll(/secretsRoleArn: (\S+)/g)].map(([, arn = ""]) => arn);
    expect(roles).toHaveLength(3);
    for (const role of roles)
      for (const action of ["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy", "iam:PassRole"])
        expect(
          denied.filter(
            ({ Action, Resource }) =>
              Action.includes(action) && Resource.some((pattern) => reaches(pattern, role)),
          ),
        ).toHaveLength(1);
    // None of the program's own is named so.
    const own = previewed("aws:iam/role:Role").map(({ inputs }) => String(inputs["name"]));
    expect(own.length).toBeGreaterThan(10);
    expect(own.filter((name) => name.endsWith("-secrets"))).toEqual([]);
  });

  it("grants a key to services alone", () => {
    const [grants, ...others] = allowed().filter(({ Action }) => Action.includes("kms:CreateGrant"));
    expect([grants?.Condition?.["Bool"], others]).toEqual([{ "kms:GrantIsForAWSResource": "true" }, []]);
  });

  it("fits into what IAM takes", () => {
    const policies = ofType("staging", POLICY);
    for (const { inputs } of policies) expect(String(inputs["policy"]).length).toBeLessThanOrEqual(6_144);
    for (const place of PLACES)
      expect(policies.filter(({ name }) => isOf(place, name)).length).toBeLessThanOrEqual(10);
  });

  it("is enough for every type of resource that staging has", () => {
    const types = new Set(
      previewed()
        .map(({ type }) => type)
        .filter((type) => type.startsWith("aws:")),
    );
    const actions = new Set(allowed().flatMap(({ Action }) => Action));
    const missing = [...types].filter((type) => {
      const made = MADE_BY[type];
      return made === undefined || !actions.has(made);
    });
    expect(missing).toEqual([]);
  });
});

interface Previewed {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}
/** What staging has, as it is committed. */
const previewed = (of?: string): readonly Previewed[] =>
  (
    JSON.parse(
      readFileSync(path.join(__dirname, "..", "..", "stacks", "staging", "preview.json"), "utf8"),
    ) as { readonly steps: readonly { readonly newState: Previewed }[] }
  ).steps
    .map(({ newState }) => newState)
    .filter(({ type }) => of === undefined || type === of);

describe("the boundary of the stack's roles", () => {
  const boundary = (): readonly Statement[] => statementsIn(one("account-boundary")["policy"]);
  const list = (value: string | readonly string[]): readonly string[] =>
    typeof value === "string" ? [value] : value;

  it("lets each role of staging do what its own policies say", () => {
    const own = previewed("aws:iam/rolePolicy:RolePolicy").flatMap(({ inputs }) =>
      statementsIn(inputs["policy"]),
    );
    expect(own.length).toBeGreaterThan(30);
    const beyond = own.flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) =>
        list(Resource)
          .filter(
            (resource) =>
              !boundary().some(
                (one) => one.Action.includes(action) && one.Resource.some((most) => reaches(most, resource)),
              ),
          )
          .map((resource) => `${action} ${resource}`),
      ),
    );
    expect(beyond).toEqual([]);
  });

  it("lets none change rights, take another role, run a function or reach the state", () => {
    const actions = boundary().flatMap(({ Action }) => Action);
    expect(boundary().every(({ Effect }) => Effect === "Allow")).toBe(true);
    expect(
      actions.filter(
        (action) => action.includes("*") || /^(iam|sts|lambda|organizations|cloudformation):/.test(action),
      ),
    ).toEqual([]);
    const open = boundary().filter(({ Resource }) => Resource.includes("*"));
    expect(open.map(({ Sid }) => Sid)).toEqual(["MetricsAndTraces"]);
    for (const arn of [
      "arn:aws:s3:::fase-b-state-123456789012/.pulumi/stacks/fase-b/staging.json",
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret:other/token-a1b2c3",
      "arn:aws:dynamodb:eu-west-1:123456789012:table/other",
      "arn:aws:apigateway:eu-west-1::/account",
    ])
      expect(
        boundary().filter(
          ({ Sid, Resource }) => Sid !== "MetricsAndTraces" && Resource.some((most) => reaches(most, arn)),
        ),
      ).toEqual([]);
    expect(boundary().find(({ Action }) => Action.includes("kms:Decrypt"))?.Condition).toEqual({
      "ForAnyValue:StringLike": { "kms:ResourceAliases": "alias/fase-b-staging-*" },
    });
  });

  it("is of production in production's account", () => {
    const text = JSON.stringify(accounts.production.find(({ name }) => name === "account-boundary")?.inputs);
    expect(text).toContain("fase-b-production-");
    expect(text).not.toContain("staging");
  });
});

/** By which action the service makes each; of what is a part of something else, by which it is set. */
const MADE_BY: Readonly<Record<string, string>> = {
  "aws:acm/certificate:Certificate": "acm:RequestCertificate",
  "aws:acm/certificateValidation:CertificateValidation": "acm:DescribeCertificate",
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration":
    "chatbot:CreateSlackChannelConfiguration",
  "aws:cloudwatch/eventRule:EventRule": "events:PutRule",
  "aws:cloudwatch/eventTarget:EventTarget": "events:PutTargets",
  "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": "logs:PutDataProtectionPolicy",
  "aws:cloudwatch/logGroup:LogGroup": "logs:CreateLogGroup",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter": "logs:PutMetricFilter",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "logs:PutResourcePolicy",
  "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "logs:PutSubscriptionFilter",
  "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:PutMetricAlarm",
  "aws:dynamodb/table:Table": "dynamodb:CreateTable",
  "aws:dynamodb/tableItem:TableItem": "dynamodb:PutItem",
  "aws:iam/role:Role": "iam:CreateRole",
  "aws:iam/rolePolicy:RolePolicy": "iam:PutRolePolicy",
  "aws:kms/alias:Alias": "kms:CreateAlias",
  "aws:kms/key:Key": "kms:CreateKey",
  "aws:lambda/alias:Alias": "lambda:CreateAlias",
  "aws:lambda/function:Function": "lambda:CreateFunction",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": "lambda:PutFunctionEventInvokeConfig",
  "aws:lambda/invocation:Invocation": "lambda:InvokeFunction",
  "aws:lambda/permission:Permission": "lambda:AddPermission",
  "aws:route53/record:Record": "route53:ChangeResourceRecordSets",
  "aws:s3/bucket:Bucket": "s3:CreateBucket",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
  "aws:s3/bucketNotification:BucketNotification": "s3:PutBucketNotification",
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
  "aws:s3/bucketObjectv2:BucketObjectv2": "s3:PutObject",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "s3:PutBucketOwnershipControls",
  "aws:s3/bucketPolicy:BucketPolicy": "s3:PutBucketPolicy",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration":
    "s3:PutEncryptionConfiguration",
  "aws:s3/bucketVersioning:BucketVersioning": "s3:PutBucketVersioning",
  "aws:secretsmanager/secret:Secret": "secretsmanager:CreateSecret",
  "aws:secretsmanager/secretRotation:SecretRotation": "secretsmanager:RotateSecret",
  "aws:secretsmanager/secretVersion:SecretVersion": "secretsmanager:PutSecretValue",
  "aws:sns/topic:Topic": "sns:CreateTopic",
  "aws:sns/topicPolicy:TopicPolicy": "sns:SetTopicAttributes",
  "aws:sns/topicSubscription:TopicSubscription": "sns:Subscribe",
  "aws:wafv2/ipSet:IpSet": "wafv2:CreateIPSet",
  "aws:wafv2/webAcl:WebAcl": "wafv2:CreateWebACL",
  "aws:wafv2/webAclAssociation:WebAclAssociation": "wafv2:AssociateWebACL",
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "wafv2:PutLoggingConfiguration",
  ...Object.fromEntries(
    [
      ...[
        "apiKey:ApiKey",
        "basePathMapping:BasePathMapping",
        "clientCertificate:ClientCertificate",
        "deployment:Deployment",
      ],
      ...[
        "domainName:DomainName",
        "restApi:RestApi",
        "stage:Stage",
        "usagePlan:UsagePlan",
        "usagePlanKey:UsagePlanKey",
      ],
    ].map((type) => [`aws:apigateway/${type}`, "apigateway:POST"]),
  ),
  "aws:apigateway/methodSettings:MethodSettings": "apigateway:PATCH",
  ...Object.fromEntries(
    [
      "api:Api",
      "apiMapping:ApiMapping",
      "authorizer:Authorizer",
      "deployment:Deployment",
      "domainName:DomainName",
      "integration:Integration",
      "route:Route",
      "stage:Stage",
    ].map((type) => [`aws:apigatewayv2/${type}`, "apigateway:POST"]),
  ),
};
