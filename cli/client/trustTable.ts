import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import {
  certificatesRecordId,
  ISSUERS_ID,
  REVOCATION_ID,
} from "../../infra/functions/authorizer/trustRecordIds";
import { fromAttributes, toAttribute } from "../../infra/functions/store/expressions";
import type { Item } from "../../infra/functions/store/store";
import { certificatesIn } from "../../infra/functions/pki/pem";
import { ClientError, kindOf } from "./errors";

/** A leaf as the table knows it. */
export interface IssuedLeaf {
  readonly issuerKeyId: string;
  readonly serial: string;
  readonly notAfterMs: number;
}

export interface TrustState {
  /** By client. */
  readonly issued: ReadonlyMap<string, readonly IssuedLeaf[]>;
  /** `<issuer's key id>:<serial>` */
  readonly revoked: ReadonlySet<string>;
  /** The clients' issuers that the authorizer trusts. */
  readonly issuersPem: readonly string[];
}

/** The items of the table of trust that this command owns, or adds to. */
export interface TrustTable {
  read(clientIds: readonly string[]): Promise<TrustState>;
  record(clientId: string, leaf: IssuedLeaf): Promise<void>;
  /** @throws ClientError where there is no record to add to: making one would let everybody in again */
  revoke(ids: readonly string[]): Promise<void>;
  forget(clientId: string, leaves: readonly IssuedLeaf[]): Promise<void>;
}

export const revocationIdOf = ({ issuerKeyId, serial }: Pick<IssuedLeaf, "issuerKeyId" | "serial">): string =>
  `${issuerKeyId}:${serial}`;

const ITEMS_PER_CALL = 100;
const ISSUED = /^([0-9a-f]+):([0-9a-f]+):(\d{1,15})$/;
const textOf = (leaf: IssuedLeaf): string => `${revocationIdOf(leaf)}:${leaf.notAfterMs}`;

export class DynamoTrustTable implements TrustTable {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
  ) {}

  async read(clientIds: readonly string[]): Promise<TrustState> {
    const items = await this.items([REVOCATION_ID, ISSUERS_ID, ...clientIds.map(certificatesRecordId)]);
    const pems = items.get(ISSUERS_ID)?.["pems"];
    return {
      issuersPem: certificatesIn(typeof pems === "string" ? pems : ""),
      issued: new Map(
        clientIds.map((clientId) => [
          clientId,
          textsOf(items.get(certificatesRecordId(clientId)), "issued").map((text) =>
            this.leafOf(clientId, text),
          ),
        ]),
      ),
      revoked: new Set(textsOf(items.get(REVOCATION_ID), "revoked").map((id) => id.toLowerCase())),
    };
  }

  async record(clientId: string, leaf: IssuedLeaf): Promise<void> {
    await this.update(certificatesRecordId(clientId), "ADD", "issued", [textOf(leaf)], false);
  }

  async revoke(ids: readonly string[]): Promise<void> {
    await this.update(REVOCATION_ID, "ADD", "revoked", ids, true);
  }

  /** The revocation goes last, so that a crash leaves too much of it and never too little. */
  async forget(clientId: string, leaves: readonly IssuedLeaf[]): Promise<void> {
    await this.update(certificatesRecordId(clientId), "DELETE", "issued", leaves.map(textOf), false);
    await this.update(REVOCATION_ID, "DELETE", "revoked", leaves.map(revocationIdOf), true);
  }

  private async items(ids: readonly string[]): Promise<ReadonlyMap<string, Item>> {
    const items = new Map<string, Item>();
    let left = ids.map((id) => ({ id: toAttribute(id) }));
    while (left.length > 0) {
      const answer = await this.asking("reading", () =>
        this.client.send(
          new BatchGetItemCommand({
            RequestItems: { [this.table]: { Keys: left.slice(0, ITEMS_PER_CALL), ConsistentRead: true } },
          }),
        ),
      );
      for (const attributes of answer.Responses?.[this.table] ?? []) {
        const item = fromAttributes(attributes);
        items.set(item.id, item);
      }
      const unanswered = answer.UnprocessedKeys?.[this.table]?.Keys ?? [];
      left = [...(unanswered as typeof left), ...left.slice(ITEMS_PER_CALL)];
    }
    return items;
  }

  private async update(
    id: string,
    verb: "ADD" | "DELETE",
    name: string,
    texts: readonly string[],
    mustExist: boolean,
  ): Promise<void> {
    if (texts.length === 0) return;
    await this.asking(`writing ${id} in`, () =>
      this.client.send(
        new UpdateItemCommand({
          TableName: this.table,
          Key: { id: toAttribute(id) },
          UpdateExpression: `${verb} #name :texts`,
          ExpressionAttributeNames: { "#name": name, ...(mustExist ? { "#id": "id" } : {}) },
          ExpressionAttributeValues: { ":texts": toAttribute(new Set(texts)) },
          ...(mustExist ? { ConditionExpression: "attribute_exists(#id)" } : {}),
        }),
      ),
    );
  }

  /** Without the vendor's error as cause: it may carry items. */
  private async asking<T>(what: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException)
        throw new ClientError({
          what: `the table ${this.table}`,
          got: `no item ${REVOCATION_ID}`,
          allowed: "the one that the program seeds; without it nobody is let in",
          fix: "run pulumi up; do not write it by hand, or what was revoked is let in again",
        });
      throw new ClientError({
        what: `${what} the table ${this.table}`,
        got: kindOf(error),
        allowed: "an answer of DynamoDB",
        fix: "see that the region's endpoint is reached, and that the credentials are of the stack's account and may do that, then run the command again",
      });
    }
  }

  private leafOf(clientId: string, text: string): IssuedLeaf {
    const [, issuerKeyId, serial, end] = ISSUED.exec(text) ?? [];
    if (issuerKeyId === undefined || serial === undefined || end === undefined)
      throw new ClientError({
        what: `the table ${this.table}: ${certificatesRecordId(clientId)}`,
        got: "an entry of another form",
        allowed: "<issuer's key id>:<serial>:<end in ms>",
        fix: "find who else writes there",
      });
    return { issuerKeyId, serial, notAfterMs: Number(end) };
  }
}

const textsOf = (item: Item | undefined, name: string): readonly string[] => {
  const value = item?.[name];
  return value instanceof Set ? [...value] : [];
};
