import { CreateTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createDynamoClient } from "./dynamoStore";

/** Tests only: a DynamoDB-compatible store behind a front that watches, and can fail, each request. */
export interface TestDynamo {
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

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** What does the work behind the front. */
export interface Backend {
  /** @param text the request's body, as sent */
  perform(operation: string, text: string, request: IncomingMessage): Promise<Answer>;
  close(): Promise<void>;
}

export async function startFront(backend: Backend): Promise<TestDynamo> {
  const operations: string[] = [];
  const bodies: string[] = [];
  const faults: { type: string; body?: object; after?: boolean }[] = [];

  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    const text = await textOf(request);
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    bodies.push(text);
    operations.push(operation);
    const fault = faults.shift();
    if (fault === undefined) return backend.perform(operation, text, request);
    if (fault.after === true) await backend.perform(operation, text, request);
    return {
      status: fault.type.startsWith("Internal") ? 500 : 400,
      body: failure(fault.type, fault.body),
    };
  };
  const front = await listen(
    createServer((request, response) => {
      answerTo(request).then(
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
    // A busy machine's second must not pass for a lost answer: the SDK would send the request again.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
    credentials: { accessKeyId: "example", secretAccessKey: "example" },
  });
  return {
    client,
    endpoint: front.url,
    operations,
    bodies,
    failNext: (fault) => void faults.push(fault),
    createTable: (name) => createTable(client, name),
    close: async () => {
      client.destroy();
      await close(front.server);
      await backend.close();
    },
  };
}

export async function createTable(client: DynamoDBClient, name: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    }),
  );
}

const namespace = "com.amazonaws.dynamodb.v20120810#";
export const failure = (type: string, body: object = {}): Record<string, unknown> => ({
  __type: `${namespace}${type}`,
  message: type,
  ...body,
});

/** Hands a request on, as whom it came or as another; no store here checks a signature. */
export async function forward(
  url: string,
  operation: string,
  text: string,
  request: IncomingMessage,
  accessKeyId?: string,
): Promise<Answer> {
  const authorization = String(request.headers.authorization);
  const answer = await fetch(url, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.0",
      "X-Amz-Target": `DynamoDB_20120810.${operation}`,
      "X-Amz-Date": String(request.headers["x-amz-date"]),
      Authorization:
        accessKeyId === undefined
          ? authorization
          : authorization.replace(/Credential=[^/]*/, `Credential=${accessKeyId}`),
    },
    body: text,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

export async function listen(server: Server): Promise<{ server: Server; url: string }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, url: `http://127.0.0.1:${port}` };
}

export const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.closeAllConnections();
    server.close((error) => (error ? reject(error) : resolve()));
  });
