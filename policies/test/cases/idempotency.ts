import { types } from "../../lib/types";
import type { TestStack } from "../stack";
import type { CaseBook, Change } from "./case";

type Json = Record<string, unknown>;

const table = (stack: TestStack) => stack.get(types.table, "requests");
const answers = (stack: TestStack, type: string, part: string) => stack.get(type, `answers-bucket-${part}`);
const rights = (at: number, change: (statement: Json) => void) => (stack: TestStack) =>
  stack
    .get(types.rolePolicy, "edge-data")
    .json("policy", (document) => change((document.Statement as Json[]).at(at) ?? {}));
const [items, objects, tableKey, locksAndCounts] = [0, 1, 2, -1];
const on = (resource: string) => `arn:aws:dynamodb:eu-west-1:123456789012:table/${resource}`;
const keyCondition = (service: unknown, alias: unknown): Json => ({
  StringEquals: { "kms:ViaService": service },
  "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
});
const keysLike = (patterns: readonly string[]): Json => ({
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": patterns },
});
const throughTables = "dynamodb.eu-west-1.amazonaws.com";

const operation = (stack: TestStack, path: string, change: (operation: Json, item: Json) => void) =>
  stack.get(types.restApi).json("body", (body) => {
    const item = (body.paths as Record<string, Json>)[path] as Json;
    change(item.post as Json, item);
  });
const parameter = (change: (parameter: Json) => void) => (stack: TestStack) =>
  operation(stack, "/avatar", ({ parameters }) => change((parameters as Json[])[0] ?? {}));
const withoutKey = /POST \/avatar without a required Idempotency-Key/;

export const idempotency: CaseBook = {
  "tables-bind-keys": {
    violations: [
      {
        when: "a table rests under the service's own key",
        change: (stack) => table(stack).set("serverSideEncryption", undefined).from("serverSideEncryption"),
        says: /'requests': got encryption enabled nothing/,
      },
      {
        when: "the encryption by our key is off",
        change: (stack) => table(stack).set("serverSideEncryption.enabled", false),
        says: /encryption enabled false/,
      },
      {
        when: "the key is written down, be it whose it may",
        change: (stack) =>
          table(stack)
            .set("serverSideEncryption.kmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/other")
            .from("serverSideEncryption"),
        says: /by a key from elsewhere/,
      },
      {
        when: "there is no table",
        change: (stack) => stack.remove(...stack.ofType(types.table)),
        says: /got no table/,
      },
    ],
    nearMisses: [
      {
        when: "the key's ARN is known already",
        change: (stack) =>
          table(stack).set("serverSideEncryption.kmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/ours"),
      },
    ],
  },
  "table-requires-recovery": {
    violations: [
      {
        when: "there is no going back",
        change: (stack) => table(stack).set("pointInTimeRecovery", undefined),
        says: /pointInTimeRecovery nothing/,
      },
      {
        when: "recovery is off",
        change: (stack) => table(stack).set("pointInTimeRecovery.enabled", false),
        says: /pointInTimeRecovery false/,
      },
      {
        when: "a table can be deleted at once",
        change: (stack) => table(stack).set("deletionProtectionEnabled", undefined),
        says: /deletionProtectionEnabled nothing/,
      },
      {
        when: "the name is left to the engine",
        change: (stack) => table(stack).set("name", undefined),
        says: /name nothing/,
      },
    ],
    nearMisses: [
      {
        when: "recovery reaches back two weeks",
        change: (stack) => table(stack).set("pointInTimeRecovery.recoveryPeriodInDays", 14),
      },
    ],
  },
  "table-requires-expiry": {
    violations: [
      {
        when: "nothing ever goes away",
        change: (stack) => table(stack).set("ttl", undefined),
        says: /ttl enabled nothing by nothing/,
      },
      {
        when: "expiry is off",
        change: (stack) => table(stack).set("ttl.enabled", false),
        says: /ttl enabled false/,
      },
      {
        when: "expiry looks at no attribute",
        change: (stack) => table(stack).set("ttl.attributeName", ""),
        says: /ttl enabled true by ""/,
      },
    ],
    nearMisses: [
      {
        when: "the attribute has another name",
        change: (stack) => table(stack).set("ttl.attributeName", "goneAfter"),
      },
    ],
  },
  "table-requires-on-demand-billing": {
    violations: [
      {
        when: "capacity is bought beforehand",
        change: (stack) =>
          table(stack).set("billingMode", "PROVISIONED").set("readCapacity", 5).set("writeCapacity", 5),
        says: /billingMode "PROVISIONED"/,
      },
      {
        when: "nothing is said, which is bought beforehand",
        change: (stack) => table(stack).set("billingMode", undefined),
        says: /billingMode nothing/,
      },
      {
        when: "on demand has a lid",
        change: (stack) => table(stack).set("onDemandThroughput", { maxWriteRequestUnits: 1 }),
        says: /onDemandThroughput \{"maxWriteRequestUnits":1\}/,
      },
    ],
    nearMisses: [
      {
        when: "a table of seldom use is of the cheaper class",
        change: (stack) => table(stack).set("tableClass", "STANDARD_INFREQUENT_ACCESS"),
      },
    ],
  },
  "table-forbids-copies": {
    violations: [
      {
        when: "a replica lives in another region",
        change: (stack) => table(stack).set("replicas", [{ regionName: "us-east-1" }]),
        says: /got replicas; expected one table/,
      },
      {
        when: "a stream tells every change",
        change: (stack) => table(stack).set("streamEnabled", true).set("streamViewType", "NEW_IMAGE"),
        says: /got streamEnabled and streamViewType/,
      },
      {
        when: "the table is filled from another's backup",
        change: (stack) => table(stack).set("restoreSourceTableArn", on("elsewhere")),
        says: /got restoreSourceTableArn/,
      },
    ],
    nearMisses: [
      {
        when: "it is said that there are no copies",
        change: (stack) => table(stack).set("replicas", []).set("streamEnabled", false),
      },
    ],
  },
  "rights-bind-data": {
    violations: [
      ...[
        "dynamodb:Scan",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLSelect",
        "dynamodb:Query",
        "DynamoDB:DeleteTable",
        "dynamodb:*",
      ].map((action) => ({
        when: `a function may ${action}`,
        change: rights(items, (one) => {
          one.Action = ["dynamodb:PutItem", action];
        }),
        says: new RegExp(`actions ${action.replace("*", "\\*")}; expected of dynamodb only`),
      })),
      ...[
        on("*"),
        on("requests*"),
        on("requests/index/by-owner"),
        on("elsewhere"),
        on("requests").replace("123456789012", "210987654321"),
        on("requests").replace("eu-west-1", "us-east-1"),
        "*",
      ].map((arn) => ({
        when: `items are reached on ${arn}`,
        change: rights(items, (one) => {
          one.Resource = [on("requests"), arn];
        }),
        says: /expected tables of this stack by their whole names/,
      })),
      ...(
        [
          ["of any key", undefined],
          ["whose keys begin as they like", keysLike(["*"])],
          ["whose keys begin as they like beside others", keysLike(["lock#*", "*"])],
          ["whose keys end in a way", keysLike(["*#mine"])],
          ["of one letter and then any", keysLike(["?ock#*"])],
          ["of no key", keysLike([])],
          // Of a call that names no key it would be true.
          ["if they name a key", { "ForAllValues:StringLikeIfExists": { "dynamodb:LeadingKeys": "lock#*" } }],
          ["of which one key is ours", { "ForAnyValue:StringLike": { "dynamodb:LeadingKeys": "lock#*" } }],
          ["by their attributes", { "ForAllValues:StringLike": { "dynamodb:Attributes": "lock#*" } }],
        ] as const
      ).map(([what, condition]) => ({
        when: `items are reached ${what}`,
        change: rights(items, (one) => {
          one.Condition = condition;
        }),
        says: /expected tables of this stack by their whole names, and the items' keys by dynamodb:LeadingKeys/,
      })),
      ...["dynamodb:PutItem", "DynamoDB:DeleteItem"].map((action) => ({
        when: `a fence and a count are set back by ${action}`,
        change: rights(locksAndCounts, (one) => {
          one.Action = ["dynamodb:UpdateItem", action];
        }),
        says: new RegExp(`got ${action} on items lock#\\* and quota#\\*; expected no dynamodb:putitem and`),
      })),
      ...["quota#*", "quota#web-app#2026-11", "quota?web-app*", "lo*"].map((pattern) => ({
        when: `records are deleted, and so is what is like ${pattern}`,
        change: rights(items, (one) => {
          one.Condition = keysLike(["idempotency#*", pattern]);
        }),
        says: /got dynamodb:PutItem and dynamodb:DeleteItem on items [a-z]+[#?*]/,
      })),
      {
        when: "the table that is named is gone",
        change: (stack: TestStack) => stack.remove(table(stack)),
        says: /expected tables of this stack/,
      },
      {
        when: "objects can be deleted",
        change: rights(objects, (one) => {
          one.Action = ["s3:GetObject", "s3:DeleteObject"];
        }),
        says: /actions s3:DeleteObject/,
      },
      ...["arn:aws:s3:::answers/*", "arn:aws:s3:::answers", "arn:aws:s3:::elsewhere/answers/*"].map(
        (arn) => ({
          when: `objects are reached on ${arn}`,
          change: rights(objects, (one) => {
            one.Resource = arn;
          }),
          says: /expected a named prefix in a bucket of this stack/,
        }),
      ),
      {
        when: "a key can be given away",
        change: rights(tableKey, (one) => {
          one.Action = ["kms:Decrypt", "kms:CreateGrant"];
        }),
        says: /actions kms:CreateGrant/,
      },
      ...(
        [
          ["by no alias", { StringEquals: { "kms:ViaService": throughTables } }],
          ["by any alias", keyCondition(throughTables, "alias/*")],
          ["by another's alias", keyCondition(throughTables, "alias/payroll")],
          ["by several aliases", keyCondition(throughTables, ["alias/data", "alias/payroll"])],
          ["by itself", { "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/data" } }],
          ["through any service", keyCondition("*.eu-west-1.amazonaws.com", "alias/data")],
          ["through a service that nobody needs", keyCondition("ec2.eu-west-1.amazonaws.com", "alias/data")],
        ] as const
      ).map(([what, condition]) => ({
        when: `a key is used ${what}`,
        change: rights(tableKey, (one) => {
          one.Condition = condition;
        }),
        says: /expected a key of this stack by its alias, through one named service/,
      })),
    ],
    nearMisses: [
      {
        when: "items are reached by one pattern, or by their whole keys",
        change: rights(items, (one) => {
          one.Condition = {
            "ForAllValues:StringLike": { "dynamodb:LeadingKeys": "idempotency#*" },
            "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["issuers", "revocation"] },
          };
        }),
      },
      {
        when: "records are deleted whose keys begin almost as those of locks and counts do",
        change: rights(items, (one) => {
          one.Condition = keysLike(["quotas#*", "locks#*", "clock#*", "lock"]);
        }),
      },
      {
        when: "one lock's fence and one client's counts are looked at and updated",
        change: rights(locksAndCounts, (one) => {
          one.Action = ["dynamodb:GetItem", "dynamodb:UpdateItem"];
          one.Condition = keysLike(["lock#one", "quota#web-app#*"]);
        }),
      },
      {
        when: "several items are read by their keys at once",
        change: rights(items, (one) => {
          one.Action = "dynamodb:BatchGetItem";
        }),
      },
      {
        when: "a transaction checks an item",
        change: rights(items, (one) => {
          one.Action = "dynamodb:ConditionCheckItem";
        }),
      },
      {
        when: "scans are denied",
        change: rights(items, (one) => {
          Object.assign(one, { Effect: "Deny", Action: "dynamodb:Scan", Resource: "*" });
        }),
      },
    ],
  },
  "written-buckets-bind-keys": {
    violations: [
      {
        when: "answers rest under the service's own key",
        change: (stack) =>
          answers(stack, types.bucketEncryption, "encryption")
            .set("rules", [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }])
            .from("rules"),
        says: /'answers-bucket-encryption': got encryption by "AES256", under a key from elsewhere or none/,
      },
      {
        when: "a key of ours is named, and not used",
        change: (stack) =>
          answers(stack, types.bucketEncryption, "encryption").set(
            "rules.0.applyServerSideEncryptionByDefault.sseAlgorithm",
            "AES256",
          ),
        says: /'answers-bucket-encryption': got encryption by "AES256"/,
      },
      {
        when: "the key is the account's, not ours",
        change: (stack) => answers(stack, types.bucketEncryption, "encryption").from("rules"),
        says: /'answers-bucket-encryption': got encryption by "aws:kms", under a key from elsewhere/,
      },
      {
        when: "functions write where the truststore lies",
        change: rights(objects, (one) => {
          one.Resource = "arn:aws:s3:::truststore/truststore*";
        }),
        says: /'bucket': got objects of the program, 'truststore', where functions write/,
      },
    ],
    nearMisses: [
      {
        when: "functions only read where the truststore lies",
        change: rights(objects, (one) => {
          Object.assign(one, { Action: "s3:GetObject", Resource: "arn:aws:s3:::truststore/truststore*" });
        }),
      },
      {
        when: "a bucket key spares calls",
        change: (stack) =>
          answers(stack, types.bucketEncryption, "encryption").set("rules.0.bucketKeyEnabled", true),
      },
    ],
  },
  "written-buckets-require-expiry": {
    violations: [
      {
        when: "answers stay for ever",
        change: (stack) => answers(stack, types.bucketLifecycle, "lifecycle").set("rules", []),
        says: /'answers-bucket': got rules none for "answers\/"; expected an end after 2 to 7 days/,
      },
      {
        when: "the parts are gone",
        change: (stack) => stack.remove(answers(stack, types.bucketLifecycle, "lifecycle")),
        says: /got rules none/,
      },
      ...(
        [
          ["the rule is off", "status", "Disabled"],
          ["answers stay a month", "expiration.days", 30],
          ["answers are gone before their 24 hours are over", "expiration.days", 1],
          ["the rule is on the day of a date", "expiration", { date: "2027-01-01T00:00:00Z" }],
          ["the rule is for another prefix", "filter.prefix", "answers/old/"],
          ["the rule is for large answers only", "filter.objectSizeGreaterThan", 1_000_000],
          ["the rule is for what has a tag", "filter.tag", { key: "old", value: "true" }],
          ["earlier versions stay", "noncurrentVersionExpiration", undefined],
          ["earlier versions stay a month", "noncurrentVersionExpiration.noncurrentDays", 30],
        ] as const
      ).map(([when, property, value]) => ({
        when,
        change: (stack: TestStack) =>
          answers(stack, types.bucketLifecycle, "lifecycle").set(`rules.0.${property}`, value),
        says: /'answers-bucket': got rules "answers" and "unfinished" for "answers\/"/,
      })),
      {
        when: "a rule says what nobody knows yet",
        change: (stack) =>
          answers(stack, types.bucketLifecycle, "lifecycle").from("rules", stack.get(types.restApi)),
        says: /got rules none/,
      },
      {
        when: "a second prefix is written",
        change: rights(objects, (one) => {
          one.Resource = ["arn:aws:s3:::answers/answers/*", "arn:aws:s3:::answers/drafts/*"];
        }),
        says: /for "drafts\/"/,
      },
    ],
    nearMisses: [
      {
        when: "the rule is for the whole bucket",
        change: (stack) => answers(stack, types.bucketLifecycle, "lifecycle").set("rules.0.filter", {}),
      },
      {
        when: "AWS has filled the rule in, after a deployment",
        change: (stack) =>
          answers(stack, types.bucketLifecycle, "lifecycle").set("rules.0.filter", {
            prefix: "answers/",
            objectSizeGreaterThan: null,
            objectSizeLessThan: "",
          }),
      },
      {
        when: "answers stay a week",
        change: (stack) =>
          answers(stack, types.bucketLifecycle, "lifecycle").set("rules.0.expiration.days", 7),
      },
    ],
  },
  "operations-require-idempotency-key": {
    violations: [
      {
        when: "a POST has no parameters",
        change: (stack) => operation(stack, "/avatar", (one) => delete one.parameters),
        says: withoutKey,
      },
      {
        when: "the header is a wish",
        change: parameter((one) => {
          one.required = false;
        }),
        says: withoutKey,
      },
      {
        when: "the key stands in the query",
        change: parameter((one) => {
          one.in = "query";
        }),
        says: withoutKey,
      },
      {
        when: "the header has another name",
        change: parameter((one) => {
          one.name = "X-Idempotency-Key";
        }),
        says: withoutKey,
      },
      {
        when: "an operation takes back what its path asks for",
        change: (stack) =>
          operation(stack, "/avatar", (one, item) => {
            item.parameters = one.parameters;
            one.parameters = [{ name: "Idempotency-Key", in: "header", required: false }];
          }),
        says: withoutKey,
      },
      {
        when: "a new POST forgets it",
        change: (stack) =>
          operation(stack, "/avatar", (one, item) => {
            item.patch = { ...one, parameters: [] };
          }),
        says: /PATCH \/avatar without/,
      },
    ],
    nearMisses: [
      {
        when: "the path asks for it",
        change: (stack) =>
          operation(stack, "/avatar", (one, item) => {
            item.parameters = one.parameters;
            delete one.parameters;
          }),
      },
      {
        when: "the header is written in small letters",
        change: parameter((one) => {
          one.name = "idempotency-key";
        }),
      },
      {
        when: "a GET, which may be repeated, has none",
        change: (stack) =>
          operation(stack, "/avatar", (one, item) => {
            item.get = { ...one, parameters: [] };
          }),
      },
    ],
  },
  "integrations-bind-timeouts": {
    violations: [
      {
        when: "the gateway gives up first",
        change: (stack) =>
          operation(stack, "/avatar", (one) => {
            (one["x-amazon-apigateway-integration"] as Json).timeoutInMillis = 28_000;
          }),
        says: /'edge': got timeout 28 s, called by POST \/avatar; expected less than the 28000 ms/,
      },
      {
        when: "the function is as patient as the gateway",
        change: (stack) => stack.get(types.function, "edge").set("timeout", 29),
        says: /'edge': got timeout 29 s/,
      },
      {
        when: "the function's timeout is not said",
        change: (stack) => stack.get(types.function, "edge").set("timeout", undefined),
        says: /timeout nothing s/,
      },
      {
        when: "the WebSocket API gives up first",
        change: (stack) => stack.get(types.voiceIntegration).set("timeoutMilliseconds", 20_000),
        says: /'voice': got timeout 28 s, called by 'voice-integration'; expected less than the 20000 ms/,
      },
      {
        when: "the authorizer takes ten seconds",
        change: (stack) => stack.get(types.function, "authorizer").set("timeout", 10),
        says: /'authorizer': got timeout 10 s, called by the scheme 'authorizer'; expected less than the 10000 ms/,
      },
      {
        when: "voice's authorizer takes as long as voice may",
        change: (stack) => stack.get(types.function, "voice-authorizer").set("timeout", 28),
        says: /'voice-authorizer': got timeout 28 s, called by 'voice-ticket'; expected less than the 10000 ms/,
      },
    ],
    nearMisses: [
      {
        when: "the function ends a second before",
        change: (stack) =>
          operation(stack, "/avatar", (one) => {
            (one["x-amazon-apigateway-integration"] as Json).timeoutInMillis = 28_001;
          }),
      },
      {
        when: "a function that no gateway waits for runs longer",
        change: (stack) => stack.get(types.function, "rotate-client-keys").set("timeout", 60),
      },
      {
        when: "an authorizer ends a second before",
        change: (stack) => stack.get(types.function, "authorizer").set("timeout", 9),
      },
    ] satisfies readonly Change[],
  },
};
