import { defineConfig } from "vitest/config";

/** `npm run test:local`: tests against the data plane on this machine, one run of it at a time. */
export default defineConfig({
  test: {
    include: ["test/local/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
