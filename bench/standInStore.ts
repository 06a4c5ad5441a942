/**
 * A stand-in for DynamoDB that takes the same short time for every request, whatever its expressions: what is measured
 * over it is the function, not how fast an emulator reads conditions. One table of items in memory for each table,
 * one request at a time, nothing on disk. It knows the operations that the benchmark's sides send and refuses others.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  conditionOf,
  updateOf,
  type Attribute,
  type Attributes,
  type Placeholders,
} from "./expressionReader";

interface Action extends Placeholders {
  readonly TableName: string;
  readonly Key?: Attributes;
  readonly Item?: Attributes;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

type Table = Map<string, Attributes>;
type Kind = "Put" | "Update" | "Delete";
type TransactItem = Readonly<Partial<Record<Kind, Action>>>;

const failure = (type: string, more: object = {}): Answer => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: type, ...more },
});
const success = (body: object = {}): Answer => ({ status: 200, body });

export class StandInTables {
  readonly #tables = new Map<string, Table>();

  answer(operation: string, body: unknown): Answer {
    const action = body as Action;
    if (operation === "CreateTable") {
      this.#tables.set(action.TableName, new Map());
      return success({ TableDescription: { TableName: action.TableName, TableStatus: "ACTIVE" } });
    }
    if (operation === "DeleteTable") {
      this.#tables.delete(action.TableName);
      return success({ TableDescription: { TableName: action.TableName, TableStatus: "DELETING" } });
    }
    if (operation === "TransactWriteItems")
      return this.#transact((body as { readonly TransactItems: readonly TransactItem[] }).TransactItems);
    const table = this.#tables.get(action.TableName);
    if (table === undefined) return failure("ResourceNotFoundException");
    const old = table.get(keyOf(action));
    if (operation === "GetItem") return success(old === undefined ? {} : { Item: old });
    const kind = kinds[operation];
    if (kind === undefined) return failure("UnknownOperationException");
    if (!holds(action, old)) return failure("ConditionalCheckFailedException", returned(action, old));
    perform(table, kind, action);
    return success(attributesOf(action, old, table.get(keyOf(action))));
  }

  #transact(items: readonly TransactItem[]): Answer {
    const actions = items.map((item) => {
      const [[kind, action] = []] = Object.entries(item) as [Kind, Action][];
      const table = this.#tables.get(action?.TableName ?? "");
      if (kind === undefined || action === undefined || table === undefined)
        throw new SyntaxError("a transaction's item without an action on a table");
      return { kind, action, table, old: table.get(keyOf(action)) };
    });
    const held = actions.map(({ action, old }) => holds(action, old));
    if (held.includes(false))
      return failure("TransactionCanceledException", {
        CancellationReasons: actions.map(({ action, old }, index) =>
          held[index] === true
            ? { Code: "None" }
            : { Code: "ConditionalCheckFailed", ...returned(action, old) },
        ),
      });
    for (const { kind, action, table } of actions) perform(table, kind, action);
    return success();
  }
}

const kinds: Readonly<Record<string, Kind>> = { PutItem: "Put", UpdateItem: "Update", DeleteItem: "Delete" };

const keyOf = ({ Key, Item }: Action): string => {
  const id = (Key ?? Item)?.["id"];
  if (id === undefined || !("S" in id) || typeof id["S"] !== "string")
    throw new SyntaxError("an action without the text attribute id");
  return id["S"];
};

const holds = (action: Action, old: Attributes = {}): boolean =>
  action.ConditionExpression === undefined || conditionOf(action.ConditionExpression)(old, action);

const returned = (action: Action, old: Attributes | undefined): object =>
  action.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && old !== undefined ? { Item: old } : {};

function perform(table: Table, kind: Kind, action: Action): void {
  const key = keyOf(action);
  if (kind === "Delete") table.delete(key);
  else if (kind === "Put") table.set(key, action.Item ?? {});
  else {
    const item: Record<string, Attribute> = { ...table.get(key), ...action.Key };
    updateOf(action.UpdateExpression ?? "")(item, action);
    table.set(key, item);
  }
}

/** What an update has set: each value comes with it, and what it leaves alone is the very same as before. */
const updatedOf = (old: Attributes = {}, now: Attributes = {}): Attributes =>
  Object.fromEntries(Object.entries(now).filter(([name, value]) => name !== "id" && value !== old[name]));

function attributesOf(
  { ReturnValues }: Action,
  old: Attributes | undefined,
  now: Attributes | undefined,
): object {
  if (ReturnValues === "ALL_OLD") return old === undefined ? {} : { Attributes: old };
  if (ReturnValues === "ALL_NEW") return { Attributes: now };
  if (ReturnValues !== "UPDATED_NEW") return {};
  return { Attributes: updatedOf(old, now) };
}

export interface StandInStore {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startStandInStore(): Promise<StandInStore> {
  const tables = new StandInTables();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      let answer: Answer;
      try {
        answer = tables.answer(operation, JSON.parse(Buffer.concat(chunks).toString("utf8")));
      } catch (error) {
        answer = failure("ValidationException", { message: error instanceof Error ? error.message : "" });
      }
      const text = JSON.stringify(answer.body);
      response.writeHead(answer.status, {
        "Content-Type": "application/x-amz-json-1.0",
        "Content-Length": Buffer.byteLength(text),
      });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => closed(server) };
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.closeAllConnections();
    server.close((error) => (error ? reject(error) : resolve()));
  });
