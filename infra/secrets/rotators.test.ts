import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rotationFunctions, type RotationFunctionName } from "../edge/functionNames";
import {
  certificatesRecordId,
  clientRecordId,
  ISSUERS_ID,
  REVOCATION_ID,
  SERVICES_ID,
} from "../functions/authorizer/trustRecordIds";
import { rotatorRights } from "./rotators";

const rights = rotatorRights({
  namePrefix: "fase-b-staging",
  scope: { partition: "aws", accountId: "123456789012", region: "eu-west-1" },
  proberClientId: "prober",
  scannerClientId: "scanner",
  issuingGeneration: "g1",
  trustTable: "fase-b-staging-trust",
  restStageName: "v1",
  tablesKey: { sid: "TablesKey", actions: ["kms:Decrypt"], resources: ["*"] },
});

const source = (name: RotationFunctionName): string => {
  const folder = join(__dirname, "..", "functions", name);
  const file = {
    "rotate-client-keys": "clientKeys.ts",
    "rotate-edge-certificate": "edgeCertificate.ts",
    "rotate-prober-certificates": "proberCertificates.ts",
    "rotate-scanner-certificate": "scannerCertificate.ts",
    "rotate-grafana-token": "grafanaToken.ts",
    "rotate-stage-certificate": "stageCertificate.ts",
    "trust-watch": "trustWatch.ts",
  }[name];
  const text = readFileSync(join(folder, file), "utf8");
  // What two of them share reads and writes records for them.
  const shared = "../rotation/clientCertificates";
  return text.includes(shared) ? text + readFileSync(join(folder, `${shared}.ts`), "utf8") : text;
};

/** Ids of the table of trust by the names that code gives them. */
const ids: Readonly<Record<string, string>> = {
  ISSUERS_ID,
  SERVICES_ID,
  REVOCATION_ID,
  "clientRecordId(": clientRecordId("*"),
  "certificatesRecordId(": certificatesRecordId("*"),
};

const allowed = (name: RotationFunctionName, action: string): readonly string[] =>
  rights[name]
    .filter(({ actions }) => actions.includes(action))
    .flatMap(({ conditions }) => conditions?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"] ?? []);

const isLike = (id: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replace("*", ".*")}$`).test(id) ||
  ["prober", "scanner"].some((clientId) => id.replace("*", clientId) === pattern);

describe("the rights of what rotates", () => {
  it.each(rotationFunctions)(
    "of %s reach every record of trust that its code names, and no other",
    (name) => {
      const text = source(name).replace(/^import[\s\S]*?;$/gm, "");
      const used = Object.entries(ids)
        .filter(([symbol]) => text.includes(symbol))
        .map(([, id]) => id);
      const readable = allowed(name, "dynamodb:GetItem");
      for (const id of used)
        expect([id, readable.some((pattern) => isLike(id, pattern))]).toEqual([id, true]);
      for (const pattern of readable)
        expect([pattern, used.some((id) => isLike(id, pattern))]).toEqual([pattern, true]);
    },
  );

  it("write the records of their own only: live keys, and what is issued to prober and scans", () => {
    const writers = rotationFunctions.map((name) => [name, allowed(name, "dynamodb:UpdateItem")]);
    expect(Object.fromEntries(writers)).toEqual({
      "rotate-client-keys": ["client#*"],
      "rotate-edge-certificate": [],
      "rotate-prober-certificates": ["revocation", "certificates#prober"],
      "rotate-scanner-certificate": ["certificates#scanner"],
      "rotate-grafana-token": [],
      "rotate-stage-certificate": [],
      "trust-watch": [],
    });
  });

  it("write no secret of another function's, and no authority's", () => {
    const written = rotationFunctions.map((name) => [
      name,
      rights[name]
        .filter(({ actions }) => actions.includes("secretsmanager:PutSecretValue"))
        .flatMap(({ resources }) => resources.map((arn) => arn.replace(/^.*:secret:fase-b-staging\//, ""))),
    ]);
    expect(Object.fromEntries(written)).toEqual({
      "rotate-client-keys": ["clients/*/api-key-??????"],
      "rotate-edge-certificate": ["edge/client-certificate-??????"],
      "rotate-prober-certificates": ["prober/certificates-??????"],
      "rotate-scanner-certificate": ["scanner/certificate-??????"],
      "rotate-grafana-token": ["grafana/token-??????"],
      "rotate-stage-certificate": [],
      "trust-watch": [],
    });
  });
});
