import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{infra,policies,stacks,cli,test,bench}/**/*.test.ts"],
    // What needs another store, the data plane on this machine, Prometheus' tools or a browser: `npm run test:reference`,
    // `npm run test:local`, `npm run test:prober`, `npm run test:browser`.
    exclude: [
      "**/node_modules/**",
      "**/*.reference.test.ts",
      "test/local/**",
      "test/prober/**",
      "test/browser/**",
    ],
    reporters: ["default", "./test/support/closingLine.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
