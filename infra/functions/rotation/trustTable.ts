import {
  ConditionalCheckFailedException,
  GetItemCommand,
  UpdateItemCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { fromAttributes, toAttribute } from "../store/expressions";
import type { Item } from "../store/store";
import { RotationProblem } from "./problem";

/** What a rotation asks of the table of trust: texts are put into a set and taken out, the others in it left alone. */
export interface TrustTable {
  /** As it stands at this instant. */
  item(id: string): Promise<Item | undefined>;
  /**
   * @param makes whether the item may be made where there is none. Never for one that others own too: a record of
   *   revocations that somebody removed must not come back with ours alone in it, and let everybody else's in.
   */
  add(id: string, attribute: string, texts: readonly string[], makes: boolean): Promise<void>;
  /** What is not there is no fault. */
  remove(id: string, attribute: string, texts: readonly string[]): Promise<void>;
}

export class DynamoTrustTable implements TrustTable {
  constructor(
    private readonly client: DynamoDBClient,
    private readonly table: string,
  ) {}

  async item(id: string): Promise<Item | undefined> {
    const command = new GetItemCommand({
      TableName: this.table,
      Key: { id: toAttribute(id) },
      ConsistentRead: true,
    });
    const { Item: found } = await this.client.send(command);
    return found === undefined ? undefined : fromAttributes(found);
  }

  async add(id: string, attribute: string, texts: readonly string[], makes: boolean): Promise<void> {
    try {
      await this.update("ADD", id, attribute, texts, makes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw missingItem(id);
      throw error;
    }
  }

  async remove(id: string, attribute: string, texts: readonly string[]): Promise<void> {
    try {
      await this.update("DELETE", id, attribute, texts, false);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  private async update(
    verb: "ADD" | "DELETE",
    id: string,
    attribute: string,
    texts: readonly string[],
    makes: boolean,
  ): Promise<void> {
    if (texts.length === 0) return;
    await this.client.send(
      new UpdateItemCommand({
        TableName: this.table,
        Key: { id: toAttribute(id) },
        UpdateExpression: `${verb} #set :texts`,
        ...(makes ? {} : { ConditionExpression: "attribute_exists(#id)" }),
        ExpressionAttributeNames: { "#set": attribute, ...(makes ? {} : { "#id": "id" }) },
        ExpressionAttributeValues: { ":texts": toAttribute(new Set(texts)) },
      }),
    );
  }
}

export const missingItem = (id: string): RotationProblem =>
  new RotationProblem(
    "table of trust",
    `no item ${id}`,
    "the item that the program seeds",
    "find out who removed it, then seed it again from the program",
  );

export const textsOf = (item: Item | undefined, attribute: string): ReadonlySet<string> => {
  const value = item?.[attribute];
  return value instanceof Set ? value : new Set<string>();
};
