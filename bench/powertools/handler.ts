/**
 * The same work as the edge's, as one would write it with Powertools for AWS Lambda (TypeScript): its handler wrapper, its
 * DynamoDB persistence layer, keys by client, subject, route and key, payload validation, 24 h. `bench/README.md` says
 * what this handler does less than the edge.
 */
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { createDynamoClient } from "../../infra/functions/store/dynamoStore";
import {
  agentAnswers,
  INVOCATION_ID,
  MONTHLY_QUOTA,
  REMAINING_MS,
  watchWire,
  type BenchPath,
  type Setup,
  type Subject,
} from "../subject";

const DAY_SECONDS = 24 * 60 * 60;

export function create({ endpoint, table, countsMonthly, onWire }: Setup): Subject {
  // The same client, with the same times: what is compared is what goes through it.
  const client = createDynamoClient({ endpoint });
  watchWire(client, onWire);
  let effects = 0;

  const callAgent = (path: BenchPath, _body: unknown): Promise<{ status: number; text: string }> => {
    effects += 1;
    return Promise.resolve(agentAnswers[path]);
  };

  /** The plain way to an exact count: refused atomically at the quota, counted twice where the SDK repeats a lost answer. */
  const count = async (clientId: string): Promise<void> => {
    const month = new Date().toISOString().slice(0, 7);
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { id: { S: `count#${clientId}#${month}` } },
        UpdateExpression: "ADD #count :one",
        ConditionExpression: "attribute_not_exists(#count) OR #count < :quota",
        ExpressionAttributeNames: { "#count": "count" },
        ExpressionAttributeValues: { ":one": { N: "1" }, ":quota": { N: String(MONTHLY_QUOTA) } },
        ReturnValues: "UPDATED_NEW",
      }),
    );
  };

  const handler = makeIdempotent(
    async (event: APIGatewayProxyEvent, _context: Context) => {
      const body: unknown = JSON.parse(event.body ?? "");
      if (countsMonthly) await count(String(event.requestContext.authorizer?.["clientId"]));
      const { status, text } = await callAgent(event.resource as BenchPath, body);
      return { statusCode: status, headers: { "Content-Type": "application/json" }, body: text };
    },
    {
      persistenceStore: new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: client }),
      config: new IdempotencyConfig({
        eventKeyJmesPath:
          '[requestContext.authorizer.clientId, requestContext.authorizer.subject, httpMethod, resource, headers."Idempotency-Key"]',
        payloadValidationJmesPath: "powertools_json(body)",
        expiresAfterSeconds: DAY_SECONDS,
        hashFunction: "sha256",
        throwOnNoIdempotencyKey: true,
        // Off by default too: an answer from memory would not ask the store at all.
        useLocalCache: false,
      }),
    },
  );
  const context = {
    awsRequestId: INVOCATION_ID,
    functionName: "bench",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:123456789012:function:bench",
    memoryLimitInMB: "512",
    logGroupName: "/aws/lambda/bench",
    logStreamName: "bench",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => REMAINING_MS,
  } as unknown as Context;
  return {
    call: (event) => handler(event, context),
    effects: () => effects,
    close: () => client.destroy(),
  };
}
