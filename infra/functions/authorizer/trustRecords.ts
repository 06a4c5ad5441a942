import { BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { fromAttributes, toAttribute } from "../store/expressions";
import { StoreError, type Item } from "../store/store";
import type { PlainSources, RevokedCertificate } from "./sources";
import { clientRecordId, ISSUERS_ID, REVOCATION_ID } from "./trustRecordIds";

/** What the table says at one instant. */
export type TrustRecords = Pick<PlainSources, "issuersPem" | "clients"> & {
  readonly revoked: readonly RevokedCertificate[];
};

/** DynamoDB hands over so many items a call. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const ITEMS_PER_CALL = 100;
/** What was not handed over is asked for again; it happens when a table is throttled. */
const MAX_CALLS = 12;

/**
 * Reads issuers, revoked certificates and the clients' live keys, consistently: a revocation that was written is seen.
 *
 * @throws StoreError when the table does not answer, or holds no issuers or no revocation record: whoever emptied it
 *   must not have let everybody in
 */
export async function readTrustRecords(
  client: DynamoDBClient,
  table: string,
  clientIds: readonly string[],
): Promise<TrustRecords> {
  const items = await readItems(client, table, [ISSUERS_ID, REVOCATION_ID, ...clientIds.map(clientRecordId)]);
  const issuersPem = certificatesOf(textOf(required(items, ISSUERS_ID), "pems"));
  const revoked = textsOf(required(items, REVOCATION_ID), "revoked").map((text): RevokedCertificate => {
    const [issuerKeyId = "", serial = ""] = text.split(":");
    return { issuerKeyId, serial };
  });
  return {
    issuersPem,
    revoked,
    clients: clientIds.map((clientId) => ({
      clientId,
      // Without a record no key is live, and the client is refused.
      keyDigests: textsOf(items.get(clientRecordId(clientId)), "keyDigests"),
    })),
  };
}

async function readItems(
  client: DynamoDBClient,
  table: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const items = new Map<string, Item>();
  let left = ids.map((id) => ({ id: toAttribute(id) }));
  for (let calls = 0; left.length > 0; calls += 1) {
    if (calls === MAX_CALLS) throw new StoreError("unavailable", "read-trust", "the table is throttled");
    const answer = await ask(client, table, left.slice(0, ITEMS_PER_CALL));
    for (const attributes of answer.Responses?.[table] ?? []) {
      const item = fromAttributes(attributes);
      items.set(item.id, item);
    }
    const unanswered = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    left = [...(unanswered as typeof left), ...left.slice(ITEMS_PER_CALL)];
  }
  return items;
}

/** The vendor's error would carry the answer, items included. */
const ask = (client: DynamoDBClient, table: string, keys: { id: ReturnType<typeof toAttribute> }[]) =>
  client
    .send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }))
    .catch((error: unknown) => {
      throw new StoreError("unavailable", "read-trust", error instanceof Error ? error.name : typeof error);
    });

function required(items: ReadonlyMap<string, Item>, id: string): Item {
  const item = items.get(id);
  if (item === undefined) throw new StoreError("refused", "read-trust", `no item ${id}`);
  return item;
}

const textOf = (item: Item, name: string): string => {
  const value = item[name];
  return typeof value === "string" ? value : "";
};

const textsOf = (item: Item | undefined, name: string): readonly string[] => {
  const value = item?.[name];
  return value instanceof Set ? [...value] : [];
};

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const certificatesOf = (pems: string): readonly string[] => pems.match(CERTIFICATE) ?? [];
