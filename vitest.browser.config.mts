import { defineConfig } from "vitest/config";

/** `npm run test:browser`: the audit's page and Informe B in a real Chromium. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
});
