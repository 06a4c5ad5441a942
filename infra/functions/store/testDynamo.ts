import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { forward, startFront, type TestDynamo } from "./dynamoFront";
import { startEmbeddedDynamo } from "./embeddedDynamo";

declare module "vitest" {
  interface ProvidedContext {
    /** Where DynamoDB Local listens; only `npm run test:reference` provides it. */
    readonly referenceDynamo?: string;
  }
}

/** Empty tables for one test file: of DynamoDB Local where the run provides it, embedded in this process elsewhere. */
export function startTestDynamo(): Promise<TestDynamo> {
  const url = inject("referenceDynamo");
  if (url === undefined) return startEmbeddedDynamo();
  // It keeps tables apart by the caller's key, so that files share a server and no table; who calls is all one to a test.
  const accessKeyId = `example${randomBytes(6).toString("hex")}`;
  return startFront({
    perform: (operation, text, request) => forward(url, operation, text, request, accessKeyId),
    close: () => Promise.resolve(),
  });
}
