import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createDynamoClient } from "./dynamoStore";

/**
 * Tests only: dynalite in this process, behind a small front that adds the two things of DynamoDB's it lacks and the
 * functions use: `TransactWriteItems`, and the old item in a refused condition
 * (https://github.com/architect/dynalite/issues/98, https://github.com/architect/dynalite/issues/182).
 *
 * The front takes one request at a time. Conditions and updates are dynalite's own; the front performs a transaction's
 * actions in order and puts the old items back where one is refused. So there are no conflicts of transactions here and
 * no `ClientRequestToken`: tests play those in by hand.
 */
export interface EmbeddedDynamo {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** Names of the operations that came in, in order; a test counts round trips by it. */
  readonly operations: string[];
  /** Their bodies, as sent. */
  readonly bodies: string[];
  /** The next request is answered with this instead; `after` lets it happen first. */
  failNext(fault: { readonly type: string; readonly body?: object; readonly after?: boolean }): void;
  createTable(name: string): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Action {
  readonly TableName: string;
  readonly Key?: object;
  readonly Item?: Readonly<Record<string, unknown>>;
}

type TransactItem = Readonly<Partial<Record<"Put" | "Update" | "Delete", Action>>>;

export async function startEmbeddedDynamo(): Promise<EmbeddedDynamo> {
  const inner = await listen(dynalite({ createTableMs: 0 }));
  const operations: string[] = [];
  const bodies: string[] = [];
  const faults: { type: string; body?: object; after?: boolean }[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  const front = await listen(
    createServer((request, response) => {
      const answer = turn.then(async (): Promise<Answer> => {
        const text = await textOf(request);
        bodies.push(text);
        const body = JSON.parse(text) as Action & {
          readonly TransactItems?: TransactItem[];
        };
        const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
        operations.push(operation);
        const call = callTo(inner.url, request);
        const fault = faults.shift();
        const perform = (): Promise<Answer> =>
          operation === "TransactWriteItems"
            ? transact(call, body.TransactItems ?? [])
            : withOldItem(call, operation, body);
        if (fault === undefined) return perform();
        if (fault.after === true) await perform();
        return {
          status: fault.type.startsWith("Internal") ? 500 : 400,
          body: failure(fault.type, fault.body),
        };
      });
      turn = answer.catch(() => undefined);
      answer.then(
        ({ status, body }) => {
          response.writeHead(status, { "Content-Type": "application/x-amz-json-1.0" });
          response.end(JSON.stringify(body));
        },
        (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    }),
  );

  const client = createDynamoClient({
    endpoint: front.url,
    region: "eu-west-1",
    credentials: { accessKeyId: "example", secretAccessKey: "example" },
  });
  return {
    client,
    endpoint: front.url,
    operations,
    bodies,
    failNext: (fault) => void faults.push(fault),
    createTable: async (name) => {
      await client.send(
        new CreateTableCommand({
          TableName: name,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        }),
      );
    },
    close: async () => {
      client.destroy();
      await close(front.server);
      await close(inner.server);
    },
  };
}

type Call = (operation: string, body: object) => Promise<Answer>;

const namespace = "com.amazonaws.dynamodb.v20120810#";
const failure = (type: string, body: object = {}): Record<string, unknown> => ({
  __type: `${namespace}${type}`,
  message: type,
  ...body,
});
const isRefusal = ({ body }: Answer): boolean =>
  String(body["__type"]).endsWith("#ConditionalCheckFailedException");

const keyOf = ({ Key, Item }: Action): object => Key ?? { id: Item?.["id"] };

async function oldItem(call: Call, action: Action): Promise<object | undefined> {
  const { TableName } = action;
  const { body } = await call("GetItem", { TableName, Key: keyOf(action), ConsistentRead: true });
  return body["Item"] as object | undefined;
}

const singleOperations = { Put: "PutItem", Update: "UpdateItem", Delete: "DeleteItem" } as const;

/** dynalite validates the request by a list of fields that it knows. */
const withoutUnknown = (action: object): object =>
  Object.fromEntries(
    Object.entries(action).filter(([name]) => name !== "ReturnValuesOnConditionCheckFailure"),
  );

async function withOldItem(call: Call, operation: string, action: Action): Promise<Answer> {
  const answer = await call(operation, withoutUnknown(action));
  if (!isRefusal(answer)) return answer;
  const Item = await oldItem(call, action);
  return { ...answer, body: { ...answer.body, ...(Item === undefined ? {} : { Item }) } };
}

async function transact(call: Call, items: readonly TransactItem[]): Promise<Answer> {
  const undo: (() => Promise<Answer>)[] = [];
  const reasons: object[] = [];
  for (const item of items) {
    const [[kind, action] = []] = Object.entries(item) as [keyof typeof singleOperations, Action][];
    if (kind === undefined || action === undefined) throw new Error("a transaction's item without an action");
    const { TableName } = action;
    const Item = await oldItem(call, action);
    const answer = await call(singleOperations[kind], withoutUnknown(action));
    if (isRefusal(answer))
      reasons.push({ Code: "ConditionalCheckFailed", ...(Item === undefined ? {} : { Item }) });
    else if (answer.status !== 200) reasons.push({ Code: "ValidationError" });
    else {
      reasons.push({ Code: "None" });
      undo.push(() =>
        Item === undefined
          ? call("DeleteItem", { TableName, Key: keyOf(action) })
          : call("PutItem", { TableName, Item }),
      );
    }
  }
  if (undo.length === items.length) return { status: 200, body: {} };
  for (const back of undo) await back();
  return { status: 400, body: failure("TransactionCanceledException", { CancellationReasons: reasons }) };
}

const callTo =
  (url: string, request: IncomingMessage): Call =>
  async (operation, body) => {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": `DynamoDB_20120810.${operation}`,
        "X-Amz-Date": String(request.headers["x-amz-date"]),
        Authorization: String(request.headers.authorization),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

async function listen(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.closeAllConnections();
    server.close((error) => (error ? reject(error) : resolve()));
  });
