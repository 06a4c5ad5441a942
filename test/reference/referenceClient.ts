import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { inject } from "vitest";
import "../../infra/functions/store/testDynamo";

function provided(): string {
  const url = inject("referenceDynamo");
  if (url === undefined)
    throw new Error("no DynamoDB Local; allowed: a run of `npm run test:reference`, which provides it");
  return url;
}

export const referenceUrl = provided();

/** DynamoDB Local itself, without the front. Each access key has tables of its own. */
export const clientOf = (accessKeyId: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: referenceUrl,
    region: "eu-west-1",
    credentials: { accessKeyId, secretAccessKey: "example" },
  });
