import { GetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { fromAttributes, toAttribute } from "../../store/expressions";
import { absent, is, parameter, type Item, type Store } from "../../store/store";
import type { BreakerItem, BreakerStore, BreakerWrite } from "./breakerStore";

export interface DynamoBreakerStorePorts {
  readonly client: DynamoDBClient;
  /** Over the same client; the writes go by it. */
  readonly store: Store;
  readonly table: string;
}

const isNew = absent("id");
const isAsExpected = is("token", "=", parameter("expectedToken"));

/**
 * Breakers as items `breaker#<upstream>` of the edge's table: `token`, by which writes are conditional, and `breaker`,
 * the rest as JSON. One a known upstream, so that nothing needs to expire.
 */
export class DynamoBreakerStore implements BreakerStore {
  constructor(private readonly ports: DynamoBreakerStorePorts) {}

  async get(upstreamId: string): Promise<BreakerItem | undefined> {
    const { client, table } = this.ports;
    const { Item } = await client.send(
      new GetItemCommand({
        TableName: table,
        Key: { id: toAttribute(idOf(upstreamId)) },
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : fromItem(fromAttributes(Item));
  }

  async put(upstreamId: string, item: BreakerItem, expectedToken: string | undefined): Promise<BreakerWrite> {
    const { store, table } = this.ports;
    const result = await store.write("breaker", [
      {
        kind: "put",
        table,
        item: { id: idOf(upstreamId), token: item.token, breaker: JSON.stringify(item) },
        ...(expectedToken === undefined
          ? { condition: isNew }
          : { condition: isAsExpected, parameters: { expectedToken } }),
      },
    ]);
    if (result.done) return { written: true };
    const [verdict] = result.verdicts;
    const old = verdict === undefined || verdict.held ? undefined : verdict.old;
    return { written: false, current: old === undefined ? undefined : fromItem(old) };
  }
}

const idOf = (upstreamId: string): string => `breaker#${upstreamId}`;

/** @throws TypeError when something else wrote there: the breaker then goes on by itself */
function fromItem({ token, breaker }: Item): BreakerItem {
  const item = (typeof breaker === "string" ? JSON.parse(breaker) : undefined) as BreakerItem | undefined;
  if (item === undefined || item.token !== token)
    throw new TypeError(
      "breaker: got an item of another form; allowed: what this store wrote; fix: see who else writes to the table",
    );
  return item;
}
