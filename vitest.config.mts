import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{infra,policies,stacks,cli,test,bench}/**/*.test.ts"],
    // What needs another store or the data plane on this machine: `npm run test:reference`, `npm run test:local`.
    exclude: ["**/node_modules/**", "**/*.reference.test.ts", "test/local/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
