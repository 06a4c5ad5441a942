import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, PutItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { REVOCATION_ID } from "../../infra/functions/authorizer/trustRecordIds";

/** An empty table of trust with the record of what is revoked. */
export async function newTrustTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await client.send(new PutItemCommand({ TableName, Item: { id: { S: REVOCATION_ID } } }));
}

export function newFolder(): { readonly path: string; readonly remove: () => void } {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "client-")));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
