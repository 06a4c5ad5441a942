import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

type Json = Record<string, unknown>;

const record = (stack: TestStack, name: string): TestResource => stack.get(types.tableItem, name);
const issuer = (stack: TestStack): TestResource => stack.get(types.issuedCertificate, "issuer");
const servicesIssuer = (stack: TestStack): TestResource =>
  stack.get(types.issuedCertificate, "services-issuer");
const root = (stack: TestStack): TestResource => stack.get(types.rootCertificate, "root-certificate");
const rootKey = (stack: TestStack): TestResource => stack.get(types.privateKey, "root-key");
const apiKey = (stack: TestStack, name: string): TestResource => stack.get(types.apiKey, name);
const item = (id: string, attributes: Json = {}): string => JSON.stringify({ id: { S: id }, ...attributes });
/** After a deployment. */
const known = (resource: TestResource, id: string, attributes: Json): TestResource =>
  resource.set("item", item(id, attributes));
const rights = (stack: TestStack, name: string, change: (statement: Json) => void): TestResource =>
  stack
    .get(types.rolePolicy, name)
    .json("policy", (document) => change((document.Statement as Json[])[0] ?? {}));
const rotating = (stack: TestStack, what: string, change: (statement: Json) => void): TestResource =>
  stack
    .get(types.rolePolicy, `rotate-${what}-data`)
    .json("policy", (document) =>
      change((document.Statement as Json[]).find(({ Action }) => String(Action).includes("dynamodb")) ?? {}),
    );
const leadingKeys = (...keys: string[]): Json => ({
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys },
});
const table = (name: string): string => `arn:aws:dynamodb:eu-west-1:123456789012:table/${name}`;
const another = (stack: TestStack, name: string, ...sources: TestResource[]): TestResource =>
  stack
    .add(types.tableItem, name, { tableName: "trust", hashKey: "id", item: unknownValue })
    .from("item", ...sources)
    .after(stack.get(types.table, "trust"));
const secondIssuer = (stack: TestStack, inTruststore: boolean): TestResource => {
  const { props, takesFrom } = issuer(stack);
  const second = stack.add(types.issuedCertificate, "next-issuer", { ...props });
  Object.assign(second.takesFrom, takesFrom);
  if (inTruststore) {
    stack
      .get(types.bucketObject)
      .from("content", issuer(stack), second, stack.get(types.rootCertificate, "root-certificate"));
  }
  return second;
};

export const trust: CaseBook = {
  "records-bind-tables": {
    violations: [
      {
        when: "a record stands in a table that nobody declares",
        change: (stack) => record(stack, "one-key-digest").set("tableName", "trust-2"),
        says: /'one-key-digest': got table "trust-2"; expected a table of this stack/,
      },
      {
        when: "the table is another's, and only one value is read of ours",
        change: (stack) =>
          record(stack, "issuers")
            .set("tableName", "elsewhere")
            .from("tableName", stack.get(types.table, "trust")),
        says: /'issuers': got table "elsewhere"/,
      },
      {
        when: "a key's record stands where the authorizer does not look",
        change: (stack) => {
          record(stack, "one-key-digest").set("tableName", "requests").dependsOn[0] = stack.get(
            types.table,
            "requests",
          );
        },
        says: /'one-key-digest': got table "requests"; expected "trust", where the authorizer looks/,
      },
      {
        when: "an item has another key",
        change: (stack) => record(stack, "revocation").set("hashKey", "name"),
        says: /'revocation': got hashKey "name"/,
      },
      {
        when: "the table of trust has another key than the one that functions' rights are bound by",
        change: (stack) => {
          stack.get(types.table, "trust").set("hashKey", "name");
          for (const one of stack.ofType(types.tableItem)) one.set("hashKey", "name");
        },
        says: /'issuers': got hashKey "name"/,
      },
      {
        when: "an item has a second key",
        change: (stack) => record(stack, "revocation").set("rangeKey", "version"),
        says: /'revocation': got hashKey "id"; expected "id" alone/,
      },
      {
        when: "an item waits for another table than its own",
        change: (stack) => {
          record(stack, "issuers").dependsOn[0] = stack.get(types.table, "requests");
        },
        says: /'issuers': got an item that does not wait for its table/,
      },
      {
        when: "an item is made of something else of the stack",
        change: (stack) => another(stack, "extra", stack.get(types.restApi)).ignoring("item"),
        says: /'extra': got an item of 'api'/,
      },
    ],
    nearMisses: [
      {
        when: "a record names its table by reference",
        change: (stack) =>
          record(stack, "issuers")
            .set("tableName", unknownValue)
            .from("tableName", stack.get(types.table, "trust")),
      },
      {
        when: "an item waits for more than its table",
        change: (stack) => record(stack, "issuers").after(stack.get(types.key, "key")),
      },
    ],
  },
  "issuers-record-binds-authority": {
    violations: [
      {
        when: "the root is believed",
        change: (stack) =>
          record(stack, "issuers").from("item", stack.get(types.rootCertificate, "root-certificate")),
        says: /'issuers': got an item of 'root-certificate'; expected no root/,
      },
      {
        when: "the root is believed beside the issuer",
        change: (stack) =>
          record(stack, "issuers").from(
            "item",
            issuer(stack),
            stack.get(types.rootCertificate, "root-certificate"),
          ),
        says: /'issuers': got an item of 'root-certificate'; expected no root/,
      },
      {
        when: "the issuer's private key stands beside its certificate",
        change: (stack) =>
          record(stack, "issuers").from("item", issuer(stack), stack.get(types.privateKey, "issuer-key")),
        says: /'issuers': got an item of 'issuer-key'; expected no root, and no private key/,
      },
      {
        when: "a private key hides in the record of revoked certificates",
        change: (stack) => record(stack, "revocation").set("item", unknownValue).from("item", rootKey(stack)),
        says: /'revocation': got an item of 'root-key'/,
      },
      {
        when: "a private key is written down",
        change: (stack) =>
          known(record(stack, "issuers"), "issuers", {
            pems: { S: "-----BEGIN EC PRIVATE KEY-----" },
          }),
        says: /'issuers': got a private key/,
      },
      {
        when: "another's certificate stands beside ours",
        change: (stack) => {
          issuer(stack).set("certPem", "-----OURS-----\n");
          known(record(stack, "issuers"), "issuers", { pems: { S: "-----OURS-----\n-----THEIRS-----" } });
        },
        says: /'issuers': got an item of 'issuer'; expected the issuers of the truststore/,
      },
      {
        when: "nobody is believed",
        change: (stack) => stack.remove(record(stack, "issuers")),
        says: /got 0 records of the truststore's issuers/,
      },
      {
        when: "two records say who is believed",
        change: (stack) => another(stack, "issuers-2", issuer(stack)),
        says: /got 2 records of the truststore's issuers \('issuers' and 'issuers-2'\)/,
      },
      {
        when: "an issuer is believed that the gateway does not know",
        change: (stack) => record(stack, "issuers").from("item", issuer(stack), secondIssuer(stack, false)),
        says: /'issuers': got an item of 'issuer' and 'next-issuer'/,
      },
      {
        when: "a client's key stands beside the issuers",
        change: (stack) => record(stack, "issuers").from("item", issuer(stack), apiKey(stack, "one-key")),
        says: /'issuers': got an item of 'issuer' and 'one-key'; expected the issuers/,
      },
      {
        when: "another issuer is believed than the one that the gateway knows",
        change: (stack) => record(stack, "issuers").from("item", secondIssuer(stack, false)),
        says: /got 0 records of the truststore's issuers/,
      },
      {
        when: "an issuer that the gateway knows is not believed",
        change: (stack) => secondIssuer(stack, true),
        says: /'issuers': got an item of 'issuer'; expected the issuers of the truststore, 'issuer' and 'next-issuer'/,
      },
      {
        when: "a services' issuer signs clients, by the record and by the truststore",
        change: (stack) => {
          const services = stack.get(types.issuedCertificate, "services-issuer");
          record(stack, "issuers").from("item", issuer(stack), services);
          stack.get(types.bucketObject).from("content", issuer(stack), services, root(stack));
        },
        says: /got 2 records of the truststore's issuers \('issuers' and 'services'\)/,
      },
      {
        when: "the truststore takes in a services' issuer",
        change: (stack) =>
          stack
            .get(types.bucketObject)
            .from(
              "content",
              issuer(stack),
              stack.get(types.issuedCertificate, "services-issuer"),
              root(stack),
            ),
        says: /got 2 records of the truststore's issuers/,
      },
      {
        when: "the record holds more than its issuers, after a deployment",
        change: (stack) => {
          issuer(stack).set("certPem", "-----OURS-----\n");
          known(record(stack, "issuers"), "issuers", { pems: { S: "-----OURS-----\n-----THEIRS-----\n" } });
        },
        says: /'issuers': got an item of 'issuer'; expected the issuers of the truststore, 'issuer'/,
      },
      {
        when: "a new issuer never reaches the table",
        change: (stack) => record(stack, "issuers").ignoring("item"),
        says: /'issuers': got ignoreChanges item; expected none/,
      },
      {
        when: "nothing of the record is ever written again",
        change: (stack) => record(stack, "issuers").ignoring("*"),
        says: /'issuers': got ignoreChanges \*; expected none/,
      },
    ],
    nearMisses: [
      {
        when: "two issuers overlap, in the truststore and in the record",
        change: (stack) => record(stack, "issuers").from("item", issuer(stack), secondIssuer(stack, true)),
      },
      {
        when: "the certificates are known, after a deployment",
        change: (stack) => {
          issuer(stack).set("certPem", "-----OURS-----\n");
          known(record(stack, "issuers"), "issuers", { pems: { S: "-----OURS-----\n" } });
        },
      },
    ],
  },
  "services-record-binds-authority": {
    violations: [
      {
        when: "nobody says whom agents are verified by",
        change: (stack) => stack.remove(record(stack, "services")),
        says: /got 0 records of issuers that the truststore does not hold/,
      },
      {
        when: "two records say it",
        change: (stack) => another(stack, "services-2", servicesIssuer(stack), root(stack)),
        says: /got 2 records of issuers that the truststore does not hold \('services' and 'services-2'\)/,
      },
      {
        when: "agents are verified by the clients' issuer: a client could pass for one",
        change: (stack) => record(stack, "services").from("item", issuer(stack), root(stack)),
        says: /got 0 records of issuers that the truststore does not hold/,
      },
      {
        when: "the root is not there, so that no chain ends",
        change: (stack) => record(stack, "services").from("item", servicesIssuer(stack)),
        says: /'services': got an item of 'services-issuer'; expected services' issuers, the roots/,
      },
      {
        when: "another root is there",
        change: (stack) =>
          record(stack, "services").from(
            "item",
            servicesIssuer(stack),
            stack.add(types.rootCertificate, "other-root", {}),
          ),
        says: /'services': got an item of 'services-issuer' and 'other-root'/,
      },
      {
        when: "a client's key stands beside them",
        change: (stack) =>
          record(stack, "services").from(
            "item",
            servicesIssuer(stack),
            root(stack),
            apiKey(stack, "one-key"),
          ),
        says: /'services': got an item of .*'one-key'/,
      },
      {
        when: "the record holds more, after a deployment",
        change: (stack) => {
          servicesIssuer(stack).set("certPem", "-----OURS-----\n");
          root(stack).set("certPem", "-----ROOT-----\n");
          known(record(stack, "services"), "services", {
            pems: { S: "-----OURS-----\n-----ROOT-----\n-----THEIRS-----\n" },
          });
        },
        says: /'services': got an item of 'services-issuer' and 'root-certificate'; expected/,
      },
      {
        when: "a new issuer never reaches the table",
        change: (stack) => record(stack, "services").ignoring("item"),
        says: /'services': got ignoreChanges item; expected none/,
      },
    ],
    nearMisses: [
      {
        when: "two generations overlap below one root",
        change: (stack) => {
          const next = stack.add(types.issuedCertificate, "next-services-issuer", {});
          next.from("caCertPem", root(stack));
          record(stack, "services").from("item", servicesIssuer(stack), next, root(stack));
        },
      },
      {
        when: "two generations overlap with a root each",
        change: (stack) => {
          const other = stack.add(types.rootCertificate, "other-root", {});
          const next = stack.add(types.issuedCertificate, "next-services-issuer", {});
          next.from("caCertPem", other);
          record(stack, "services").from("item", servicesIssuer(stack), next, root(stack), other);
        },
      },
      {
        when: "the certificates are known, after a deployment",
        change: (stack) => {
          servicesIssuer(stack).set("certPem", "-----OURS-----\n");
          root(stack).set("certPem", "-----ROOT-----\n");
          known(record(stack, "services"), "services", { pems: { S: "-----OURS-----\n-----ROOT-----\n" } });
        },
      },
    ],
  },
  "revocation-records-count-one": {
    violations: [
      {
        when: "nothing can be revoked",
        change: (stack) => stack.remove(record(stack, "revocation")),
        says: /got 0 lists of revoked certificates/,
      },
      {
        when: "an update would forget what was revoked",
        change: (stack) => record(stack, "revocation").ignoring(),
        says: /'revocation': got ignoreChanges none; expected item: an update would be an amnesty/,
      },
      {
        when: "what is ignored is the item's key",
        change: (stack) => record(stack, "revocation").ignoring("hashKey"),
        says: /'revocation': got ignoreChanges hashKey/,
      },
      {
        when: "the list has another name",
        change: (stack) => known(record(stack, "revocation"), "revoked", {}),
        says: /'revocation': got an item "revoked"/,
      },
      {
        when: "a client that nobody gave a key is written down",
        change: (stack) =>
          known(another(stack, "friend"), "client#friend", { keyDigests: { SS: ["0".repeat(64)] } }),
        says: /'friend': got an item "client#friend"; expected "revocation"/,
      },
      {
        when: "there are two lists",
        change: (stack) => known(another(stack, "revocation-2"), "revocation", {}).ignoring("item"),
        says: /got 2 lists/,
      },
    ],
    nearMisses: [
      {
        when: "certificates have been revoked since",
        change: (stack) =>
          known(record(stack, "revocation"), "revocation", { revoked: { SS: ["0a1b:42", "0a1b:43"] } }),
      },
    ],
  },
  "key-records-bind-keys": {
    violations: [
      {
        when: "the authorizer is not told of a key",
        change: (stack) => stack.remove(record(stack, "two-key-digest")),
        says: /'two-key': got 0 records/,
      },
      {
        when: "two clients have one key's digest",
        change: (stack) => record(stack, "two-key-digest").from("item", apiKey(stack, "one-key")),
        says: /'one-key': got 2 records \('one-key-digest' and 'two-key-digest'\)/,
      },
      {
        when: "a record is of two keys",
        change: (stack) =>
          record(stack, "one-key-digest").from("item", apiKey(stack, "one-key"), apiKey(stack, "two-key")),
        says: /'one-key-digest': got an item of 'one-key' and 'two-key'; expected of one key/,
      },
      {
        when: "a record is of a key and of what the issuer has",
        change: (stack) =>
          record(stack, "one-key-digest").from("item", apiKey(stack, "one-key"), issuer(stack)),
        says: /'one-key-digest': got an item of 'one-key' and 'issuer'/,
      },
      {
        when: "an update would undo a rotation",
        change: (stack) => record(stack, "one-key-digest").ignoring(),
        says: /'one-key-digest': got ignoreChanges none; expected item/,
      },
      {
        when: "an update leaves more than the item alone",
        change: (stack) => record(stack, "one-key-digest").ignoring("item", "tableName"),
        says: /'one-key-digest': got ignoreChanges item and tableName/,
      },
      {
        when: "the key itself stands in the table",
        change: (stack) => {
          apiKey(stack, "one-key").set("value", "a-key-of-a-client-01");
          known(record(stack, "one-key-digest"), "client#one", {
            keyDigests: { SS: ["a-key-of-a-client-01"] },
          });
        },
        says: /'one-key-digest': got the key itself; expected its digest/,
      },
    ],
    nearMisses: [
      {
        when: "the digest is known, after a deployment",
        change: (stack) => {
          apiKey(stack, "one-key").set("value", "a-key-of-a-client-01");
          known(record(stack, "one-key-digest"), "client#one", { keyDigests: { SS: ["0".repeat(64)] } });
        },
      },
      {
        when: "the digest is known, and the key's value is not shown",
        change: (stack) => {
          apiKey(stack, "one-key").set("value", undefined);
          known(record(stack, "one-key-digest"), "client#one", { keyDigests: { SS: ["0".repeat(64)] } });
        },
      },
      {
        when: "a rotation has added a second digest",
        change: (stack) =>
          known(record(stack, "one-key-digest"), "client#one", {
            keyDigests: { SS: ["0".repeat(64), "1".repeat(64)] },
          }),
      },
    ],
  },
  "trusted-tables-forbid-writes": {
    violations: [
      ...["dynamodb:PutItem", "DynamoDB:UpdateItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem"].map(
        (action) => ({
          when: `the authorizer may ${action} whom it trusts`,
          change: (stack: TestStack) =>
            rights(stack, "authorizer-data", (one) => {
              one.Action = ["dynamodb:BatchGetItem", action];
            }),
          says: new RegExp(`'authorizer-data': got ${action} on .*table/trust`),
        }),
      ),
      {
        when: "the edge writes into both tables",
        change: (stack) =>
          rights(stack, "edge-data", (one) => {
            one.Resource = [table("requests"), table("trust")];
          }),
        says: /'edge-data': got dynamodb:PutItem, dynamodb:UpdateItem and dynamodb:DeleteItem on .*table\/trust/,
      },
      {
        when: "the rotation of keys writes who is revoked",
        change: (stack) =>
          rotating(stack, "client-keys", (one) => {
            one.Condition = leadingKeys("client#*", "revocation");
          }),
        says: /'rotate-client-keys-data': got dynamodb:UpdateItem on .*table\/trust/,
      },
      {
        when: "the rotation of keys writes whatever begins with a letter",
        change: (stack) =>
          rotating(stack, "client-keys", (one) => {
            one.Condition = leadingKeys("c*");
          }),
        says: /'rotate-client-keys-data'/,
      },
      {
        when: "the rotation of keys replaces a whole record",
        change: (stack) =>
          rotating(stack, "client-keys", (one) => {
            one.Action = ["dynamodb:UpdateItem", "dynamodb:PutItem"];
          }),
        says: /'rotate-client-keys-data': got dynamodb:UpdateItem and dynamodb:PutItem on/,
      },
      {
        when: "the rotation of keys is bound to no record at all",
        change: (stack) =>
          rotating(stack, "client-keys", (one) => {
            delete one.Condition;
          }),
        says: /'rotate-client-keys-data'/,
      },
      {
        when: "the prober's rotation gives clients keys",
        change: (stack) =>
          rotating(stack, "prober-certificates", (one) => {
            one.Condition = leadingKeys("client#prober");
          }),
        says: /'rotate-prober-certificates-data'/,
      },
      {
        when: "the scans' rotation writes the prober's record, or takes revocations back",
        change: (stack) =>
          rotating(stack, "scanner-certificate", (one) => {
            one.Condition = leadingKeys("certificates#scanner", "revocation");
          }),
        says: /'rotate-scanner-certificate-data'/,
      },
      {
        when: "another rotation has the rights of the keys' one",
        change: (stack) => {
          stack
            .get(types.rolePolicy, "rotate-client-keys-data")
            .from("role", stack.get(types.role, "rotate-edge-certificate-role"));
        },
        says: /'rotate-client-keys-data': got dynamodb:UpdateItem/,
      },
      {
        when: "two functions are called like the rotation of keys",
        change: (stack) => stack.get(types.function, "voice").set("name", "voice-rotate-client-keys"),
        says: /'rotate-client-keys-data': got dynamodb:UpdateItem/,
      },
    ],
    nearMisses: [
      {
        when: "the stack's names begin alike",
        change: (stack) =>
          stack.get(types.function, "rotate-client-keys").set("name", "fase-b-rotate-client-keys"),
      },
      {
        when: "a second function reads whom to trust",
        change: (stack) =>
          rights(stack, "edge-data", (one) => {
            Object.assign(one, { Action: "dynamodb:GetItem", Resource: table("trust") });
          }),
      },
      {
        when: "writes are denied",
        change: (stack) =>
          rights(stack, "edge-data", (one) => {
            Object.assign(one, { Effect: "Deny", Resource: table("trust") });
          }),
      },
      {
        when: "another account's table has the same name",
        change: (stack) =>
          rights(stack, "edge-data", (one) => {
            one.Resource = table("trust").replace("123456789012", "210987654321");
          }),
      },
    ],
  },
  "secrets-bind-readers": {
    violations: [
      {
        when: "an alarm's text takes a value from a request, which holds the key that made it",
        change: (stack) =>
          stack.first(types.alarm).from("alarmDescription", stack.first(types.certificateRequest)),
        says: /got alarmDescription of '.*request'/,
      },
      {
        when: "a secret's description takes a value from a secret's version",
        change: (stack) => stack.first(types.secret).from("description", stack.first(types.secretVersion)),
        says: /got description of '.*value'/,
      },
      {
        when: "a function's environment holds a client's key",
        change: (stack) =>
          stack
            .get(types.function, "edge")
            .set("environment", { variables: { METER: unknownValue } })
            .from("environment", apiKey(stack, "one-key")),
        says: /'edge': got environment of 'one-key'/,
      },
      {
        when: "a function's archive holds the authority's key",
        change: (stack) => stack.get(types.function, "voice-authorizer").from("code", rootKey(stack)),
        says: /'voice-authorizer': got code of 'root-key'/,
      },
      {
        when: "the truststore holds a private key",
        change: (stack) =>
          stack
            .get(types.bucketObject)
            .from("content", issuer(stack), stack.get(types.privateKey, "issuer-key")),
        says: /'truststore': got content of 'issuer-key'/,
      },
      {
        when: "a plan is named after a key",
        change: (stack) =>
          stack.get(types.usagePlanKey, "one-plan-key").from("keyType", apiKey(stack, "one-key")),
        says: /'one-plan-key': got keyType of 'one-key'/,
      },
      {
        when: "a secret is named after a key",
        change: (stack) =>
          stack.get(types.secret, "edge-certificate-secret").from("description", apiKey(stack, "one-key")),
        says: /'edge-certificate-secret': got description of 'one-key'/,
      },
      {
        when: "a key is one of a version's labels",
        change: (stack) =>
          stack
            .get(types.secretVersion, "client-one-secret-value")
            .from("versionStages", apiKey(stack, "one-key")),
        says: /'client-one-secret-value': got versionStages of 'one-key'/,
      },
      {
        when: "a record is made of a private key",
        change: (stack) => record(stack, "issuers").from("item", issuer(stack), rootKey(stack)),
        says: /'issuers': got item of 'root-key'/,
      },
    ],
    nearMisses: [
      {
        when: "a private key is kept in a second secret, which another policy judges",
        change: (stack) =>
          stack.get(types.secretVersion, "pagerduty-key-secret-value").from("secretString", rootKey(stack)),
      },
      {
        when: "a key is ordered before what does not read it",
        change: (stack) => stack.get(types.function, "edge").after(apiKey(stack, "one-key")),
      },
      {
        when: "a certificate is read by a function",
        change: (stack) => stack.get(types.function, "authorizer").from("code", issuer(stack)),
      },
    ],
  },
};
