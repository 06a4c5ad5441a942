import { types } from "../../lib/types";
import type { TestStack } from "../stack";
import type { CaseBook, Change } from "./case";

type Json = Record<string, unknown>;

const table = (stack: TestStack) => stack.get(types.table);
const rights = (at: number, change: (statement: Json) => void) => (stack: TestStack) =>
  stack
    .get(types.rolePolicy, "edge-data")
    .json("policy", (document) => change((document.Statement as Json[])[at] ?? {}));
const [items, objects, tableKey] = [0, 1, 2];
const on = (resource: string) => `arn:aws:dynamodb:eu-west-1:123456789012:table/${resource}`;
const keyCondition = (service: unknown, alias: unknown): Json => ({
  StringEquals: { "kms:ViaService": service },
  "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias },
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
        change: (stack) => stack.remove(table(stack)),
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
      ...["dynamodb:Scan", "dynamodb:Query", "DynamoDB:DeleteTable", "dynamodb:*"].map((action) => ({
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
      ...["arn:aws:s3:::truststore/*", "arn:aws:s3:::truststore", "arn:aws:s3:::elsewhere/answers/*"].map(
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
        when: "the items' keys are limited as well",
        change: rights(items, (one) => {
          one.Condition = { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["lock#*"] } };
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
        change: (stack) => stack.get(types.function, "authorizer").set("timeout", 60),
      },
    ] satisfies readonly Change[],
  },
};
