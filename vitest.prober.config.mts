import { defineConfig } from "vitest/config";

/** `npm run test:prober`: the prober's configuration under the real exporter and the real Prometheus tools. */
export default defineConfig({
  test: {
    include: ["test/prober/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
