import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{infra,policies,stacks,cli,test,bench}/**/*.test.ts"],
    // What needs another store, the data plane on this machine or Prometheus' tools: `npm run test:reference`,
    // `npm run test:local`, `npm run test:prober`.
    exclude: ["**/node_modules/**", "**/*.reference.test.ts", "test/local/**", "test/prober/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
