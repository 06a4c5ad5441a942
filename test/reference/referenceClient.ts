import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { inject } from "vitest";
import "../../infra/functions/store/testDynamo";
import { ENDPOINT_VARIABLE } from "./referenceStore";

function provided(): string {
  const url = inject("referenceDynamo");
  if (url === undefined)
    throw new Error("no reference store; allowed: a run of `npm run test:reference`, which provides it");
  return url;
}

export const referenceUrl = provided();

/** Skips a test of what the emulator does otherwise, and says what; a store that somebody named is held to it. */
export function emulatorDiffers(context: { readonly skip: (note?: string) => never }, how: string): void {
  if (!process.env[ENDPOINT_VARIABLE]) context.skip(how);
}

/** The store itself, without the front. Each access key has tables of its own. */
export const clientOf = (accessKeyId: string): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: referenceUrl,
    region: "eu-west-1",
    credentials: { accessKeyId, secretAccessKey: "example" },
  });
