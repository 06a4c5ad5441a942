import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { TestProject } from "vitest/node";
import { createTable } from "../../infra/functions/store/dynamoFront";
import { DynamoStore } from "../../infra/functions/store/dynamoStore";
import { absent, type Write } from "../../infra/functions/store/store";
import { startDynamoDbLocal } from "./dynamoDbLocal";

/** One DynamoDB Local for the whole run; each test file has tables of its own there. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dynamo = await startDynamoDbLocal();
  await warmUp(dynamo.url);
  project.provide("referenceDynamo", dynamo.url);
  return () => dynamo.stop();
}

const rounds = 30;

/** A Java that has just started takes seconds for its first requests; the store gives a write up after 2.5 s. */
async function warmUp(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: "examplewarmup", secretAccessKey: "example" };
  const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
  const store = new DynamoStore({ client, sleep: () => Promise.resolve(), random: () => 0 });
  const put = (id: string): Write => ({ kind: "put", table: "warm", item: { id }, condition: absent("id") });
  await createTable(client, "warm");
  for (let round = 0; round < rounds; round += 1) {
    // Twice: the second is refused, which is another path. What is slow at first may fail at first.
    for (const writes of [[put("a")], [put("a")], [put("b"), put("c")], [put("b"), put("c")]]) {
      const [first, ...others] = writes;
      if (first !== undefined) await store.write("warm-up", [first, ...others]).catch(() => undefined);
    }
  }
  client.destroy();
}
