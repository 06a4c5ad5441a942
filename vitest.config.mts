import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{infra,policies,stacks,cli,test,bench}/**/*.test.ts"],
    // What needs the data plane on this machine runs by `npm run test:local`.
    exclude: ["**/node_modules/**", "test/local/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
