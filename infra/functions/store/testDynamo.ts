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
  return startFront({
    perform: (operation, text, request) => forward(url, operation, text, request),
    close: () => Promise.resolve(),
  });
}
