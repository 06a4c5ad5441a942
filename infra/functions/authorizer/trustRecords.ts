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
/** For all of it, what a throttled table did not hand over and is asked for again included: requests wait for it. */
const READ_TIMEOUT_MS = 1_500;

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
  const revoked = revokedIn(required(items, REVOCATION_ID));
  return {
    issuersPem,
    revoked,
    clients: clientIds.map((clientId) => ({
      clientId,
      keyDigests: digestsIn(items.get(clientRecordId(clientId))),
    })),
  };
}

async function readItems(
  client: DynamoDBClient,
  table: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Item>> {
  const items = new Map<string, Item>();
  const deadline = AbortSignal.timeout(READ_TIMEOUT_MS);
  let left = ids.map((id) => ({ id: toAttribute(id) }));
  while (left.length > 0) {
    const answer = await ask(client, table, left.slice(0, ITEMS_PER_CALL), deadline);
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
const ask = (
  client: DynamoDBClient,
  table: string,
  keys: { id: ReturnType<typeof toAttribute> }[],
  abortSignal: AbortSignal,
) =>
  client
    .send(new BatchGetItemCommand({ RequestItems: { [table]: { Keys: keys, ConsistentRead: true } } }), {
      abortSignal,
    })
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

const SHA256_HEX = /^[0-9a-f]{64}$/;

/** Without a whole record no key is live, and the client is refused: one client's spoilt record is nobody else's. */
function digestsIn(record: Item | undefined): readonly string[] {
  const digests = textsOf(record, "keyDigests");
  return digests.every((digest) => SHA256_HEX.test(digest)) ? digests : [];
}

/** What somebody wrote there to revoke a certificate must not be read as nothing. */
function revokedIn(record: Item): readonly RevokedCertificate[] {
  const { id: _, revoked, ...others } = record;
  if (Object.keys(others).length > 0 || (revoked !== undefined && !(revoked instanceof Set)))
    throw new StoreError("refused", "read-trust", "the revocation record has more than a set named revoked");
  return textsOf(record, "revoked").map(revokedOf);
}

const REVOKED = /^([0-9a-f]+):([0-9a-f]+)$/i;

/** An entry of another form would revoke nothing, or something else: it stops everybody, so that it is seen. */
function revokedOf(text: string): RevokedCertificate {
  const [, issuerKeyId, serial] = REVOKED.exec(text) ?? [];
  if (issuerKeyId === undefined || serial === undefined)
    throw new StoreError(
      "refused",
      "read-trust",
      "a revoked certificate is not <key id>:<serial>, hex without colons",
    );
  return { issuerKeyId, serial };
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const certificatesOf = (pems: string): readonly string[] => pems.match(CERTIFICATE) ?? [];
