import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

type Json = Record<string, unknown>;

const account = "123456789012";
const secret = (stack: TestStack, name: string): TestResource => stack.get(types.secret, `${name}-secret`);
const value = (stack: TestStack, name: string): TestResource =>
  stack.get(types.secretVersion, `${name}-secret-value`);
const rotation = (stack: TestStack, name = "client-one"): TestResource =>
  stack.get(types.secretRotation, `${name}-rotation`);
const permission = (stack: TestStack, name = "client-one"): TestResource =>
  stack.get(types.functionPermission, `${name}-rotation-permission`);
const statement = (stack: TestStack, change: (one: Json) => void, name = "edge-certificate"): TestResource =>
  secret(stack, name).json("policy", (document) => change((document.Statement as Json[])[0] ?? {}));
/** The first of a role's statements about a service. */
const right = (stack: TestStack, name: string, service: string, change: (one: Json) => void): TestResource =>
  stack.get(types.rolePolicy, `${name}-data`).json("policy", (document) => {
    const found = (document.Statement as Json[]).find(({ Action }) => String(Action).startsWith(service));
    change(found ?? {});
  });
const grant = (stack: TestStack, name: string, ...statements: Json[]): TestResource =>
  stack.get(types.rolePolicy, `${name}-data`).json("policy", (document) => {
    (document.Statement as Json[]).push(...statements);
  });
const reading = (name: string): Json => ({
  Effect: "Allow",
  Action: "secretsmanager:GetSecretValue",
  Resource: `arn:aws:secretsmanager:eu-west-1:${account}:secret:${name}-??????`,
});
const named = (one: Json): string[] =>
  ((one.Condition as Json).ArnNotEquals as Record<string, string[]>)["aws:PrincipalArn"] ?? [];
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const scheduled =
  (scheduleExpression: unknown, duration: unknown = "4h") =>
  (stack: TestStack): TestResource =>
    rotation(stack).set("rotationRules", { scheduleExpression, duration });
const gatewayPath = (path: string): string => `arn:aws:apigateway:eu-west-1::${path}`;

// Made up, and cut in two, so that no scanner takes it for a real one.
const privateKey = ["-----BEGIN PRIVATE", "KEY-----\nMIGH\n-----END PRIVATE KEY-----\n"].join(" ");

export const secrets: CaseBook = {
  "secrets-bind-rotation": {
    violations: [
      {
        when: "a secret is never rotated",
        change: (stack) => stack.remove(rotation(stack)),
        says: /'client-one-secret': got 0 rotations \(none\); expected exactly one/,
      },
      {
        when: "an authority's key is not rotated and nobody said why",
        change: () => undefined,
        exceptions: [],
        says: /'authority-g1-root-secret': got 0 rotations/,
      },
      {
        when: "a secret is rotated by two",
        change: (stack) => rotation(stack, "client-two").from("secretId", secret(stack, "client-one")),
        says: /'client-one-secret': got 2 rotations \('client-one-rotation' and 'client-two-rotation'\)/,
      },
      {
        when: "there is no secret",
        change: (stack) => stack.remove(...stack.ofType(types.secret)),
        says: /got no secret; expected the stack's own/,
      },
      {
        when: "the function is another account's",
        change: (stack) =>
          rotation(stack).set(
            "rotationLambdaArn",
            "arn:aws:lambda:eu-west-1:210987654321:function:rotate-client-keys:live",
          ),
        says: /'client-one-rotation': got a rotation by "arn:aws:lambda:eu-west-1:210987654321/,
      },
      {
        when: "the function is called by no alias",
        change: (stack) =>
          rotation(stack).set(
            "rotationLambdaArn",
            `arn:aws:lambda:eu-west-1:${account}:function:rotate-client-keys`,
          ),
        says: /expected the ARN of an alias of a function of this stack/,
      },
      {
        when: "the function is not known",
        change: (stack) => rotation(stack).set("rotationLambdaArn", unknownValue),
        says: /rotationLambdaArn that is unknown at preview/,
      },
      {
        when: "the service rotates by itself, by no function",
        change: (stack) => rotation(stack).set("rotationLambdaArn", undefined),
        says: /'client-one-rotation': got a rotation by ""/,
      },
      {
        when: "Secrets Manager may not invoke the function",
        change: (stack) => stack.remove(permission(stack)),
        says: /'client-one-rotation': got 'rotate-client-keys-alias', which Secrets Manager may not invoke for this secret/,
      },
      {
        when: "Secrets Manager may invoke it for another secret only",
        change: (stack) => permission(stack).from("sourceArn", secret(stack, "client-two")),
        says: /'client-one-rotation': got 'rotate-client-keys-alias', which Secrets Manager may not invoke/,
      },
      {
        when: "another service may invoke the function",
        change: (stack) => permission(stack).set("principal", "apigateway.amazonaws.com"),
        says: /which Secrets Manager may not invoke for this secret/,
      },
      {
        when: "another function may be invoked",
        change: (stack) => permission(stack).set("function", "edge"),
        says: /'client-one-rotation-permission': got Secrets Manager may invoke "edge" for what it does not rotate/,
      },
      {
        when: "another alias may be invoked",
        change: (stack) => permission(stack).set("qualifier", "next"),
        says: /which Secrets Manager may not invoke for this secret/,
      },
      {
        when: "the rotation does not wait for its permission",
        change: (stack) => {
          rotation(stack).dependsOn.length = 0;
        },
        says: /'client-one-rotation': got a rotation that does not wait for 'client-one-rotation-permission'/,
      },
      {
        when: "what was seeded stays for a month",
        change: (stack) => rotation(stack).set("rotateImmediately", false),
        says: /'client-one-rotation': got a first rotation that waits/,
      },
      {
        when: "a secret of elsewhere is rotated",
        change: (stack) => rotation(stack).set("secretId", "elsewhere").from("secretId"),
        says: /'client-one-rotation': got a rotation of no secret of this stack/,
      },
      {
        when: "Secrets Manager may invoke a function for whatever it likes",
        change: (stack) =>
          stack.add(types.functionPermission, "stray", {
            principal: "secretsmanager.amazonaws.com",
            function: "rotate-client-keys",
            qualifier: "live",
          }),
        says: /'stray': got Secrets Manager may invoke "rotate-client-keys"/,
      },
    ],
    nearMisses: [
      {
        when: "one function rotates two secrets",
        change: (stack) => rotation(stack).set("rotateImmediately", undefined),
      },
      {
        when: "the function may be invoked by others for what is theirs",
        change: (stack) =>
          stack.add(types.functionPermission, "schedule", {
            principal: "events.amazonaws.com",
            function: "rotate-client-keys",
            qualifier: "live",
          }),
      },
    ],
  },
  "rotation-limits-interval": {
    violations: [
      ...[
        [
          "rate(90 days)",
          /"rate\(90 days\)" in a window of 4 h, up to 90\.2 days from one rotation to the next/,
        ],
        ["rate(91 days)", /up to 91\.2 days/],
        ["rate(2160 hours)", /up to 90\.2 days/],
        // Every three months, of which the longest three have 92 days.
        ["cron(0 8 1 1/3 ? *)", /up to 92\.2 days/],
        // Twice a year only: no other month of these has a 31st.
        ["cron(0 8 31 1,4,6,7 ? *)", /up to 184\.2 days/],
        ["cron(0 8 29 2 ? *)", /up to 2921\.2 days/],
        ["cron(0 8 ? 1,7 SUN#1 *)", /up to 189\.2 days/],
        ["cron(0 0,20 1 1 ? *)", /up to 365\.3 days/],
      ].map(([schedule, says]) => ({
        when: `the schedule is ${String(schedule)}`,
        change: scheduled(schedule),
        says: says as RegExp,
      })),
      ...[
        "rate(2 hours)",
        "rate(0 days)",
        "rate(1 week)",
        "30 days",
        "cron(30 8 1 * ? *)",
        "cron(0 8 1 * ? 2027)",
        "cron(0 8 1 * * *)",
        "cron(0 8 ? * ? *)",
        "cron(0 8 31 2 ? *)",
        "cron(0 24 1 * ? *)",
        "cron(0 8 1 13 ? *)",
        "cron(0 8 ? * 8 *)",
        "cron(0 8 ? * 0 *)",
        "cron(0 8 20-10 * ? *)",
        "cron(0 8 1 * ?)",
        "cron(0 8 1 * ? * *)",
        "cron(0 0/2 1 * ? *)",
        undefined,
      ].map((schedule) => ({
        when: `the schedule is ${String(schedule)}, which the service would not take`,
        change: scheduled(schedule),
        says: /expected rate\(…\) or cron\(…\) as Secrets Manager takes it/,
      })),
      {
        when: "the window takes it beyond 90 days",
        change: scheduled("cron(0 0 1 1/3 ? *)", "24h"),
        says: /in a window of 24 h, up to 93 days/,
      },
      {
        when: "the window is open until the next day",
        change: scheduled("cron(0 22 1 * ? *)", "4h"),
        says: /a window of "4h"; expected "1h" to "2h"/,
      },
      {
        when: "the window is open until the next one",
        change: scheduled("rate(4 hours)", "5h"),
        says: /a window of "5h"; expected "1h" to "4h"/,
      },
      {
        when: "the window has no end",
        change: (stack) => rotation(stack).set("rotationRules.duration", undefined),
        says: /a window of nothing/,
      },
      {
        when: "the window is counted in days",
        change: scheduled("rate(30 days)", "1d"),
        says: /a window of "1d"/,
      },
      {
        when: "it is said a second time how often",
        change: (stack) => rotation(stack).set("rotationRules.automaticallyAfterDays", 400),
        says: /automaticallyAfterDays 400; expected one schedule/,
      },
      {
        when: "there are no rules",
        change: (stack) => rotation(stack).set("rotationRules", undefined),
        says: /schedule nothing/,
      },
      {
        when: "the schedule is not known",
        change: scheduled(unknownValue),
        says: /scheduleExpression that is unknown at preview/,
      },
    ],
    nearMisses: [
      ...[
        "rate(89 days)",
        "rate(1 day)",
        "rate(4 hours)",
        // January and March, March and May: 61 days at most.
        "cron(0 8 31 * ? *)",
        "cron(0 8 L * ? *)",
        "cron(0 8 1 JAN,MAR,MAY,JUL,SEP,NOV ? *)",
        "cron(0 8 ? * MON-FRI *)",
        "cron(0 8 ? * 2#1 *)",
        "cron(0 8 ? * L *)",
        "cron(0 0/12 * * ? *)",
        "cron(0 8 1/15 * ? *)",
      ].map((schedule) => ({ when: `the schedule is ${schedule}`, change: scheduled(schedule) })),
      { when: "the window is the whole day", change: scheduled("rate(89 days)", "24h") },
      {
        when: "the provider says that no number of days is set",
        change: (stack) => rotation(stack).set("rotationRules.automaticallyAfterDays", 0),
      },
    ],
  },
  "secrets-bind-key": {
    violations: [
      {
        when: "a secret rests under the account's default key",
        change: (stack) => secret(stack, "client-one").set("kmsKeyId", undefined).from("kmsKeyId"),
        says: /'client-one-secret': got a key from elsewhere, or the account's default one/,
      },
      {
        when: "the key is written down, be it whose it may",
        change: (stack) =>
          secret(stack, "client-one")
            .set("kmsKeyId", `arn:aws:kms:eu-west-1:${account}:key/ours`)
            .from("kmsKeyId"),
        says: /'client-one-secret': got a key from elsewhere/,
      },
      {
        when: "the key never rotates",
        change: (stack) => stack.get(types.key, "key").set("enableKeyRotation", false),
        says: /'client-one-secret': got 'key' with enableKeyRotation false/,
      },
    ],
    nearMisses: [
      {
        when: "one secret has a second key of the stack",
        change: (stack) =>
          secret(stack, "client-one").from(
            "kmsKeyId",
            stack.add(types.key, "other", { enableKeyRotation: true }),
          ),
      },
      {
        when: "the key's ARN is known already",
        change: (stack) =>
          secret(stack, "client-one").set("kmsKeyId", `arn:aws:kms:eu-west-1:${account}:key/ours`),
      },
    ],
  },
  "secret-requires-closed-policy": {
    violations: [
      {
        when: "a secret has no policy",
        change: (stack) => secret(stack, "edge-certificate").set("policy", undefined),
        says: /'edge-certificate-secret': got policy nothing; expected an IAM document/,
      },
      {
        when: "what the policy says is not known",
        change: (stack) => secret(stack, "edge-certificate").set("policy", unknownValue),
        says: /policy that is unknown at preview/,
      },
      {
        when: "the policy lets somebody in",
        change: (stack) =>
          secret(stack, "edge-certificate").json("policy", (document) => {
            (document.Statement as Json[]).push({
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::210987654321:root" },
              Action: "secretsmanager:GetSecretValue",
              Resource: "*",
            });
          }),
        says: /got rights for AWS:arn:aws:iam::210987654321:root; expected none/,
      },
      {
        when: "a second statement refuses something else",
        change: (stack) =>
          secret(stack, "edge-certificate").json("policy", (document) => {
            (document.Statement as Json[]).push({ ...(document.Statement as Json[])[0] });
          }),
        says: /got 2 statements; expected one/,
      },
      ...["GetSecretValue", "BatchGetSecretValue", "PutSecretValue", "RotateSecret", "PutResourcePolicy"].map(
        (action) => ({
          when: `nobody is refused ${action}`,
          change: (stack: TestStack) =>
            statement(stack, (one) => {
              one.Action = (one.Action as string[]).filter((each) => each !== `secretsmanager:${action}`);
            }),
          says: new RegExp(`got no refusal of secretsmanager:${action};`),
        }),
      ),
      {
        when: "all but a few actions are refused",
        change: (stack) =>
          statement(stack, (one) => Object.assign(one, { NotAction: ["secretsmanager:GetSecretValue"] })),
        says: /got no refusal of none/,
      },
      {
        when: "one principal alone is refused",
        change: (stack) =>
          statement(stack, (one) => Object.assign(one, { Principal: { AWS: role("edge") } })),
        says: /got a refusal for AWS:arn:aws:iam::123456789012:role\/edge on \*/,
      },
      {
        when: "something else is refused",
        change: (stack) =>
          statement(stack, (one) => Object.assign(one, { Resource: reading("fase-b/other").Resource })),
        says: /got a refusal for \* on arn:aws:secretsmanager/,
      },
      {
        when: "the refusal holds outside a network only",
        change: (stack) =>
          statement(stack, (one) =>
            Object.assign(one.Condition as Json, { StringNotEquals: { "aws:SourceVpc": "vpc-1" } }),
          ),
        says: /got a refusal where .*stringnotequals aws:sourcevpc/,
      },
      {
        when: "services are refused, so that nothing is ever rotated",
        change: (stack) =>
          statement(stack, (one) => {
            delete (one.Condition as Json).Bool;
          }),
        says: /got a refusal where arnnotequals aws:principalarn; expected/,
      },
      {
        when: "only services are refused",
        change: (stack) =>
          statement(stack, (one) =>
            Object.assign(one.Condition as Json, { Bool: { "aws:PrincipalIsAWSService": "true" } }),
          ),
        says: /expected arnnotequals aws:principalarn and bool aws:principalisawsservice \(false\)/,
      },
      {
        when: "whoever says nothing of himself is let in",
        change: (stack) =>
          statement(stack, (one) => {
            const condition = one.Condition as Json;
            condition.ArnNotEqualsIfExists = condition.ArnNotEquals;
            delete condition.ArnNotEquals;
          }),
        says: /got a refusal where arnnotequalsifexists aws:principalarn/,
      },
      {
        when: "every role whose name begins alike is let in",
        change: (stack) => statement(stack, (one) => void named(one).push(role("rotate-*"))),
        says: /got arn:aws:iam::123456789012:role\/rotate-\* left in/,
      },
      {
        when: "every role is let in",
        change: (stack) => statement(stack, (one) => void named(one).push("*")),
        says: /got \* left in/,
      },
      {
        when: "another account's role is let in",
        change: (stack) =>
          statement(stack, (one) => void named(one).push(role("edge").replace(account, "210987654321"))),
        says: /got arn:aws:iam::210987654321:role\/edge left in/,
      },
      {
        when: "a person is let in",
        change: (stack) =>
          statement(stack, (one) => void named(one).push(`arn:aws:iam::${account}:user/somebody`)),
        says: /got arn:aws:iam::123456789012:user\/somebody left in/,
      },
      {
        when: "the account's root is refused, and with a role deleted everybody is",
        change: (stack) => statement(stack, (one) => void named(one).pop()),
        says: /got the account's root refused/,
      },
      {
        when: "nobody is named",
        change: (stack) =>
          statement(stack, (one) => {
            named(one).splice(0, named(one).length, `arn:aws:iam::${account}:root`);
          }),
        says: /got no role named/,
      },
    ],
    nearMisses: [
      {
        when: "everything is refused to the rest",
        change: (stack) => statement(stack, (one) => Object.assign(one, { Action: "secretsmanager:*" })),
      },
      {
        when: "everybody is written the other way",
        change: (stack) => statement(stack, (one) => Object.assign(one, { Principal: { AWS: "*" } })),
      },
      {
        when: "more is refused",
        change: (stack) =>
          statement(
            stack,
            (one) => void (one.Action as string[]).push("secretsmanager:ListSecretVersionIds"),
          ),
      },
      {
        when: "the one statement stands alone",
        change: (stack) =>
          secret(stack, "edge-certificate").json("policy", (document) => {
            document.Statement = (document.Statement as Json[])[0];
          }),
      },
      {
        when: "a role has a path",
        change: (stack) => statement(stack, (one) => void named(one).push(role("people/enrolment"))),
      },
    ],
  },
  "secret-requires-recovery": {
    violations: [
      {
        when: "a deleted secret is gone at once",
        change: (stack) => secret(stack, "client-one").set("recoveryWindowInDays", 0),
        says: /'client-one-secret': got recoveryWindowInDays 0; expected 7 to 30/,
      },
      {
        when: "the window is left to the provider",
        change: (stack) => secret(stack, "client-one").set("recoveryWindowInDays", undefined),
        says: /'client-one-secret': got recoveryWindowInDays nothing/,
      },
      {
        when: "the name is left to the engine",
        change: (stack) => secret(stack, "client-one").set("name", undefined),
        says: /'client-one-secret': got name nothing; expected a fixed name/,
      },
      {
        when: "the name ends as it comes",
        change: (stack) => secret(stack, "client-one").set("namePrefix", "fase-b/"),
        says: /expected a fixed name/,
      },
      {
        when: "a copy lies in another region",
        change: (stack) => secret(stack, "client-one").set("replicas", [{ region: "us-east-1" }]),
        says: /got a replica in another region/,
      },
      {
        when: "a copy of another region is written over",
        change: (stack) => secret(stack, "client-one").set("forceOverwriteReplicaSecret", true),
        says: /got a replica in another region/,
      },
    ],
    nearMisses: [
      {
        when: "the window is the shortest",
        change: (stack) => secret(stack, "client-one").set("recoveryWindowInDays", 7),
      },
      {
        when: "the provider says that there is no replica",
        change: (stack) =>
          secret(stack, "client-one").set("replicas", []).set("forceOverwriteReplicaSecret", false),
      },
    ],
  },
  "secrets-bind-uses": {
    violations: [
      {
        when: "a function reads a secret whose policy refuses it",
        change: (stack) => grant(stack, "voice", reading("fase-b/edge/client-certificate")),
        says: /'edge-certificate-secret': got no mention of role voice, which may read it/,
      },
      {
        when: "a policy lets a function in that has no right",
        change: (stack) => statement(stack, (one) => void named(one).unshift(role("authorizer"))),
        says: /'edge-certificate-secret': got role authorizer of 'authorizer' named, which has no right to read it/,
      },
      {
        when: "a right is to every secret whose name begins alike",
        change: (stack) =>
          right(stack, "edge", "secretsmanager", (one) => {
            one.Resource = `arn:aws:secretsmanager:eu-west-1:${account}:secret:fase-b/edge/*`;
          }),
        says: /'edge-data': got secretsmanager:getsecretvalue on arn:aws:secretsmanager.*fase-b\/edge\/\*; expected secrets of this stack/,
      },
      {
        when: "a right with an asterisk takes in a secret whose policy refuses the function",
        change: (stack) => grant(stack, "voice", reading("fase-b/*/client-certificate")),
        says: /'edge-certificate-secret': got no mention of role voice, which may read it/,
      },
      {
        when: "a right with an asterisk means nothing of the stack",
        change: (stack) => grant(stack, "edge", reading("fase-b/*/nothing")),
        says: /'edge-data': got secretsmanager:getsecretvalue on .*nothing/,
      },
      {
        when: "a right is to a secret that nobody declares",
        change: (stack) => grant(stack, "edge", reading("fase-b/other")),
        says: /'edge-data': got secretsmanager:getsecretvalue on .*fase-b\/other/,
      },
      {
        when: "a right is to another account's secret",
        change: (stack) =>
          right(stack, "edge", "secretsmanager", (one) => {
            one.Resource = String(one.Resource).replace(account, "210987654321");
          }),
        says: /'edge-data': got secretsmanager:getsecretvalue on arn:aws:secretsmanager:eu-west-1:210987654321/,
      },
      {
        when: "a function may change who is refused",
        change: (stack) =>
          right(stack, "rotate-edge-certificate", "secretsmanager", (one) => {
            (one.Action as string[]).push("secretsmanager:PutResourcePolicy");
          }),
        says: /'rotate-edge-certificate-data': got actions secretsmanager:putresourcepolicy/,
      },
      {
        when: "a reader may write",
        change: (stack) =>
          right(stack, "edge", "secretsmanager", (one) => {
            one.Action = ["secretsmanager:GetSecretValue", "SecretsManager:PutSecretValue"];
          }),
        says: /'edge-data': got secretsmanager:putsecretvalue on 'edge-certificate-secret'; expected only what/,
      },
      {
        when: "a rotation writes what another rotates",
        change: (stack) =>
          right(stack, "rotate-client-keys", "secretsmanager", (one) => {
            (one.Resource as string[]).push(String(reading("fase-b/edge/client-certificate").Resource));
          }),
        says: /'rotate-client-keys-data': got .*putsecretvalue and .* on 'edge-certificate-secret'/,
      },
      {
        when: "a rotation may not finish what it began",
        change: (stack) =>
          right(stack, "rotate-client-keys", "secretsmanager", (one) => {
            one.Action = (one.Action as string[]).filter((action) => !action.endsWith("VersionStage"));
          }),
        says: /'client-one-secret': got a rotation by 'rotate-client-keys' without secretsmanager:updatesecretversionstage/,
      },
      {
        when: "a rotation has no right to one of its secrets",
        change: (stack) =>
          right(stack, "rotate-client-keys", "secretsmanager", (one) => {
            (one.Resource as string[]).pop();
          }),
        says: /'client-two-secret': got a rotation by 'rotate-client-keys' without/,
      },
      {
        when: "a function reads the root's key",
        change: (stack) => {
          statement(
            stack,
            (one) => void named(one).push(role("rotate-edge-certificate")),
            "authority-g1-root",
          );
          grant(stack, "rotate-edge-certificate", reading("fase-b/authority/g1/root"));
        },
        says: /'rotate-edge-certificate-data': got the key of root 'root-certificate'; expected no function reads it/,
      },
      {
        when: "who carries requests reads an issuer's key",
        change: (stack) => {
          statement(stack, (one) => void named(one).push(role("edge")), "authority-g1-services-issuer");
          grant(stack, "edge", reading("fase-b/authority/g1/services-issuer"));
        },
        says: /'edge-data': got the key of 'services-issuer'; expected a rotation of leaves/,
      },
      {
        when: "a rotation issues by a generation that retires",
        change: (stack) => stack.get(types.authority).set("state", "retiring"),
        says: /'rotate-edge-certificate-data': got the key of 'services-issuer'/,
      },
    ],
    nearMisses: [
      {
        when: "a function sees how old a secret is",
        change: (stack) =>
          grant(stack, "authorizer", {
            ...reading("fase-b/authority/g1/root"),
            Action: "secretsmanager:DescribeSecret",
          }),
      },
      {
        when: "a second function reads a secret and is named there",
        change: (stack) => {
          grant(stack, "voice", reading("fase-b/edge/client-certificate"));
          statement(stack, (one) => void named(one).push(role("voice")));
        },
      },
      {
        when: "a role of elsewhere is named",
        change: (stack) => statement(stack, (one) => void named(one).push(role("people"))),
      },
      {
        when: "a function is refused what it may",
        change: (stack) => grant(stack, "authorizer", { ...reading("fase-b/other"), Effect: "Deny" }),
      },
    ],
  },
  "secret-values-bind-owner": {
    violations: [
      {
        when: "a secret has no value to begin with",
        change: (stack) => stack.remove(value(stack, "client-one")),
        says: /'client-one-secret': got 0 values/,
      },
      {
        when: "a secret has two values that the program writes",
        change: (stack) => value(stack, "client-two").from("secretId", secret(stack, "client-one")),
        says: /'client-one-secret': got 2 values/,
      },
      {
        when: "a value is of a secret of elsewhere",
        change: (stack) => value(stack, "client-one").set("secretId", "elsewhere").from("secretId"),
        says: /'client-one-secret-value': got a value of no secret of this stack/,
      },
      {
        when: "every update writes the seed again",
        change: (stack) => value(stack, "client-one").ignoring(),
        says: /'client-one-secret-value': got stages SEED, ignoreChanges none; expected stage SEED/,
      },
      {
        when: "every update moves the labels back",
        change: (stack) => value(stack, "client-one").ignoring("secretString"),
        says: /'client-one-secret-value': got stages SEED, ignoreChanges secretString/,
      },
      {
        when: "what is written again by mistake becomes the current value",
        change: (stack) => value(stack, "client-one").set("versionStages", undefined),
        says: /'client-one-secret-value': got stages none, ignoreChanges secretString and versionStages/,
      },
      {
        when: "the pager's next key would never be kept",
        change: (stack) => value(stack, "pagerduty-key").ignoring("secretString", "versionStages"),
        says: /'pagerduty-key-secret-value': got ignoreChanges secretString and versionStages; expected none/,
      },
      {
        when: "a key that nobody makes is written at every update",
        change: (stack) => value(stack, "pagerduty-key").set("versionStages", undefined).from("secretString"),
        says: /'pagerduty-key-secret-value': got stages none, ignoreChanges none; expected stage SEED/,
      },
      {
        when: "the next generation's key would never be kept",
        change: (stack) => value(stack, "authority-g1-root").ignoring("secretString"),
        says: /'authority-g1-root-secret-value': got ignoreChanges secretString; expected none/,
      },
      {
        when: "whom to trust is only said once",
        change: (stack) => value(stack, "trust-records-services").ignoring("secretString", "versionStages"),
        says: /'trust-records-services-secret-value': got ignoreChanges secretString and versionStages; expected none/,
      },
      {
        when: "an authority's key is a seed",
        change: (stack) => value(stack, "authority-g1-root").set("versionStages", ["SEED"]),
        says: /'authority-g1-root-secret-value': got stage SEED; expected the current version/,
      },
      {
        when: "an authority's key has two owners",
        change: (stack) => rotation(stack).from("secretId", secret(stack, "authority-g1-root")),
        says: /'authority-g1-root-secret-value': got a value of the program that a function rotates too/,
      },
      {
        when: "a value is bytes",
        change: (stack) => value(stack, "edge-certificate").set("secretBinary", "e30="),
        says: /'edge-certificate-secret-value': got a value in bytes/,
      },
      {
        when: "a client's key is in no secret",
        change: (stack) => value(stack, "client-one").from("secretString"),
        says: /'one-key': got 0 secrets/,
      },
      {
        when: "a client's key is in two secrets",
        change: (stack) =>
          value(stack, "client-two").from("secretString", stack.get(types.apiKey, "one-key")),
        says: /'one-key': got 2 secrets/,
      },
      {
        when: "two clients share a secret",
        change: (stack) =>
          value(stack, "client-one").from(
            "secretString",
            stack.get(types.apiKey, "one-key"),
            stack.get(types.apiKey, "two-key"),
          ),
        says: /'one-key': got 1 secrets \('client-one-secret-value'\) of 'one-key' and 'two-key'/,
      },
    ],
    nearMisses: [
      {
        when: "a rotation has been: the service has moved its labels",
        change: (stack) => value(stack, "client-one").set("versionStages", ["AWSPREVIOUS", "SEED"]),
      },
      {
        when: "an authority's value is the current one, after a deployment",
        change: (stack) => value(stack, "authority-g1-root").set("versionStages", ["AWSCURRENT"]),
      },
    ],
  },
  "resources-limit-ignored-changes": {
    violations: [
      {
        when: "an update leaves a domain's certificate alone",
        change: (stack) => stack.get(types.domain, "agent-01-domain").ignoring("mutualTlsAuthentication"),
        says: /'agent-01-domain': got ignoreChanges mutualTlsAuthentication; expected none/,
      },
      {
        when: "an update leaves all of a stage alone",
        change: (stack) => stack.get(types.stage).ignoring("*"),
        says: /'stage': got ignoreChanges \*; expected clientCertificateId at most/,
      },
      {
        when: "an update leaves the stage's deployment alone too",
        change: (stack) => stack.get(types.stage).ignoring("clientCertificateId", "deployment"),
        says: /'stage': got ignoreChanges deployment/,
      },
      {
        when: "an update opens a key again that its rotation has shut",
        change: (stack) => stack.get(types.apiKey, "one-key").ignoring(),
        says: /'one-key': got ignoreChanges without enabled/,
      },
      {
        when: "a component's facts are left alone",
        change: (stack) => stack.get(types.authority).ignoring("state"),
        says: /'authority-g1': got ignoreChanges state; expected none: nobody else owns it/,
      },
      {
        when: "a secret's policy is left alone",
        change: (stack) => secret(stack, "client-one").ignoring("policy"),
        says: /'client-one-secret': got ignoreChanges policy/,
      },
    ],
    nearMisses: [
      {
        when: "a record is written at every update, which other policies judge",
        change: (stack) => stack.get(types.tableItem, "revocation").ignoring(),
      },
    ],
  },
  "values-forbid-private-keys": {
    violations: [
      {
        when: "a private key is written down in a description",
        change: (stack) => secret(stack, "client-one").set("description", `Signs by ${privateKey}`),
        says: /'client-one-secret': got a private key or a client's key at description/,
      },
      {
        when: "the truststore holds a private key, after a deployment",
        change: (stack) => stack.get(types.bucketObject).set("content", `-----OURS-----\n${privateKey}`),
        says: /'truststore': got a private key or a client's key at content/,
      },
      {
        when: "a private key is deep in a list",
        change: (stack) =>
          stack.get(types.webAcl).set("customResponseBodies", [{ key: "one", content: privateKey }]),
        says: /'acl': got a private key or a client's key at customResponseBodies/,
      },
      {
        when: "a private key stands beside a value that is not known",
        change: (stack) =>
          stack.get(types.domain, "agent-01-domain").set("tags", { a: unknownValue, b: privateKey }),
        says: /'agent-01-domain': got a private key or a client's key at tags/,
      },
      {
        when: "a private key is in an object of a cluster",
        change: (stack) =>
          stack.add("kubernetes:core/v1:ConfigMap", "issuer", { data: { "tls.key": privateKey } }),
        says: /'issuer': got a private key or a client's key at data/,
      },
      {
        when: "a private key is an output of the stack",
        change: (stack) => stack.get(types.stack).set("rootKey", privateKey),
        says: /'fase-b-staging': got a private key or a client's key at rootKey/,
      },
      {
        when: "a private key is an output of a component",
        change: (stack) => stack.get(types.authority).set("rootKey", privateKey),
        says: /'authority-g1': got a private key or a client's key at rootKey/,
      },
      {
        when: "a client's key is an output of the stack",
        change: (stack) => {
          stack.get(types.apiKey, "one-key").set("value", "a-key-of-a-client-01");
          stack.get(types.stack).set("keys", { one: "a-key-of-a-client-01" });
        },
        says: /'fase-b-staging': got a private key or a client's key at keys/,
      },
      {
        when: "a certificate's other properties hold its key",
        change: (stack) =>
          stack.get(types.issuedCertificate, "issuer").set("certPem", `-----OURS-----\n${privateKey}`),
        says: /'issuer': got a private key or a client's key at certPem/,
      },
    ],
    nearMisses: [
      {
        when: "keys are known where they are made, sign and are kept, after a deployment",
        change: (stack) => {
          stack
            .get(types.privateKey, "root-key")
            .set("privateKeyPem", privateKey)
            .set("privateKeyPemPkcs8", privateKey);
          stack.get(types.rootCertificate).set("privateKeyPem", privateKey);
          stack.get(types.certificateRequest, "issuer-request").set("privateKeyPem", privateKey);
          stack.get(types.issuedCertificate, "issuer").set("caPrivateKeyPem", privateKey);
          value(stack, "authority-g1-root").set(
            "secretString",
            JSON.stringify({ privateKeyPem: privateKey }),
          );
        },
      },
      {
        when: "a public key and a certificate are outputs",
        change: (stack) =>
          stack
            .get(types.stack)
            .set("publicKey", "-----BEGIN PUBLIC KEY-----\n")
            .set("root", "-----BEGIN CERTIFICATE-----\n"),
      },
      {
        when: "a key's value is not shown, and an output is empty",
        change: (stack) => {
          stack.get(types.apiKey, "one-key").set("value", "");
          stack.get(types.stack).set("note", "");
        },
      },
      {
        when: "a text speaks of private keys",
        change: (stack) => secret(stack, "client-one").set("description", "Holds no PRIVATE KEY of anybody"),
      },
    ],
  },
  "gateway-rights-bind-rotations": {
    violations: [
      {
        when: "the edge makes keys",
        change: (stack) =>
          grant(stack, "edge", {
            Effect: "Allow",
            Action: "apigateway:POST",
            Resource: gatewayPath("/apikeys"),
          }),
        says: /'edge-data': got apigateway:POST on arn:aws:apigateway:eu-west-1::\/apikeys; expected of 'edge' only/,
      },
      ...[
        ["apigateway:PATCH", "/restapis/*/stages/v1"],
        ["apigateway:PATCH", "/usageplans/*"],
        ["apigateway:PUT", "/restapis/*"],
        ["apigateway:DELETE", "/*"],
        ["apigateway:POST", "/domainnames"],
        ["apigateway:UpdateRestApiPolicy", "/restapis/*"],
      ].map(([Action = "", path = ""]) => ({
        when: `the rotation of keys does ${Action} on ${path}`,
        change: (stack: TestStack) =>
          grant(stack, "rotate-client-keys", { Effect: "Allow", Action, Resource: gatewayPath(path) }),
        says: new RegExp(`'rotate-client-keys-data': got ${Action} on`),
      })),
      {
        when: "the rotation of the stage's certificate changes another stage",
        change: (stack) =>
          grant(stack, "rotate-stage-certificate", {
            Effect: "Allow",
            Action: "apigateway:PATCH",
            Resource: gatewayPath("/restapis/*/stages/*"),
          }),
        says: /'rotate-stage-certificate-data': got apigateway:PATCH on .*\/stages\/\*/,
      },
      {
        when: "one of two paths is too many",
        change: (stack) =>
          grant(stack, "rotate-client-keys", {
            Effect: "Allow",
            Action: ["apigateway:GET", "apigateway:POST"],
            Resource: [gatewayPath("/apikeys"), gatewayPath("/usageplans")],
          }),
        says: /'rotate-client-keys-data': got apigateway:POST on arn:aws:apigateway:eu-west-1::\/usageplans;/,
      },
      {
        when: "another region's gateway is changed",
        change: (stack) =>
          grant(stack, "rotate-client-keys", {
            Effect: "Allow",
            Action: "apigateway:POST",
            Resource: "arn:aws:apigateway:us-east-1::/apikeys",
          }),
        says: /'rotate-client-keys-data': got apigateway:POST on arn:aws:apigateway:us-east-1/,
      },
      {
        when: "no path is named",
        change: (stack) => grant(stack, "rotate-client-keys", { Effect: "Allow", Action: "apigateway:POST" }),
        says: /'rotate-client-keys-data': got apigateway:POST;/,
      },
    ],
    nearMisses: [
      {
        when: "the rotation of keys reads plans",
        change: (stack) =>
          grant(stack, "rotate-client-keys", {
            Effect: "Allow",
            Action: "apigateway:GET",
            Resource: [gatewayPath("/usageplans"), gatewayPath("/usageplans/*/keys/*")],
          }),
      },
      {
        when: "everything is denied",
        change: (stack) =>
          grant(stack, "edge", { Effect: "Deny", Action: "apigateway:*", Resource: gatewayPath("/*") }),
      },
    ],
  },
};
