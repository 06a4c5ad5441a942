import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// The very tests of `npm test` that use a DynamoDB: found by that, so that none can be forgotten.
const functions = "infra/functions";
const usesDynamo = readdirSync(functions, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => join(functions, name))
  .filter((path) => readFileSync(path, "utf8").includes("startTestDynamo("));

/** `npm run test:reference`: on another DynamoDB than the embedded one. */
export default defineConfig({
  test: {
    include: [...usesDynamo, "test/reference/*.reference.test.ts"],
    globalSetup: ["test/reference/globalSetup.ts"],
    reporters: ["default", "./test/support/closingLine.ts"],
    // One after the other: they share one server, and the load of one file would be the others' time-outs.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
