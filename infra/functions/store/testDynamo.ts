import { randomInt } from "node:crypto";
import { inject } from "vitest";
import { forward, startFront, type TestDynamo } from "./dynamoFront";
import { startEmbeddedDynamo } from "./embeddedDynamo";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the reference store listens; only `npm run test:reference` provides it. */
    readonly referenceDynamo?: string;
  }
}

/** Empty tables for one test file: of the reference store where the run provides it, embedded in this process elsewhere. */
export function startTestDynamo(): Promise<TestDynamo> {
  const url = inject("referenceDynamo");
  if (url === undefined) return startEmbeddedDynamo();
  // It keeps tables apart by the caller, so that files share a server and no table. Emulators take a key of 12 digits for
  // the account of that number.
  const accessKeyId = String(randomInt(1e11, 2e11)).padStart(12, "0");
  return startFront({
    perform: (operation, text, request) => forward(url, operation, text, request, accessKeyId),
    close: () => Promise.resolve(),
  });
}
