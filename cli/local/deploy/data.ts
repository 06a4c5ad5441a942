import { createHash } from "node:crypto";
import {
  clientRecordId,
  ISSUERS_ID,
  REVOCATION_ID,
  SERVICES_ID,
} from "../../../infra/functions/authorizer/trustRecordIds";
import type { CertificateAndKey } from "../authority/authority";
import type { EmulatorApi } from "../emulator/emulatorApi";
import type { Staging } from "../staging";

/** Tables and buckets as the preview has them. */
export async function deployData(api: EmulatorApi, { tables, buckets, region }: Staging): Promise<void> {
  await Promise.all([
    ...tables.map(async ({ name, ttlAttribute }) => {
      await api.dynamoDb("CreateTable", {
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      });
      if (ttlAttribute === undefined) return;
      await api.dynamoDb("UpdateTimeToLive", {
        TableName: name,
        TimeToLiveSpecification: { Enabled: true, AttributeName: ttlAttribute },
      });
    }),
    ...buckets.map((bucket) =>
      api.call("s3", {
        method: "PUT",
        path: `/${bucket}`,
        headers: { "content-type": "application/xml" },
        body: `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`,
      }),
    ),
  ]);
}

export interface TrustSeed {
  /** The clients' issuer's certificate. */
  readonly issuersPem: string;
  /** Certificates of those who sign services' certificates, and of the root. */
  readonly servicesPem: string;
  /** By which the functions call agents. */
  readonly caller: CertificateAndKey;
  /** The value of each client's API key. */
  readonly apiKeys: ReadonlyMap<string, string>;
}

/** What Pulumi seeds in the cloud, where the preview can't know the values. */
export async function seedTrust(api: EmulatorApi, staging: Staging, seed: TrustSeed): Promise<void> {
  const TableName = `${staging.namePrefix}-trust`;
  const put = (Item: object): Promise<unknown> => api.dynamoDb("PutItem", { TableName, Item });
  await Promise.all([
    put({ id: { S: ISSUERS_ID }, pems: { S: seed.issuersPem } }),
    put({ id: { S: SERVICES_ID }, pems: { S: seed.servicesPem } }),
    put({ id: { S: REVOCATION_ID } }),
    api.call("secretsmanager", {
      method: "POST",
      path: "/",
      headers: {
        "x-amz-target": "secretsmanager.CreateSecret",
        "content-type": "application/x-amz-json-1.1",
      },
      json: {
        Name: `${staging.namePrefix}/edge/client-certificate`,
        SecretString: JSON.stringify({
          certificatePem: seed.caller.certificatePem,
          privateKeyPem: seed.caller.keyPem,
        }),
      },
    }),
    ...[...seed.apiKeys].map(([clientId, apiKey]) =>
      put({
        id: { S: clientRecordId(clientId) },
        keyDigests: { SS: [createHash("sha256").update(apiKey).digest("hex")] },
      }),
    ),
  ]);
}
