import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{infra,policies,stacks,cli,test,bench}/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    reporters: ["default", "./test/support/closingLine.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
