import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{infra,policies,stacks,cli,test,bench}/**/*.test.ts"],
    // Only DynamoDB Local can do what the second ask for: `npm run test:reference`.
    exclude: ["**/node_modules/**", "**/*.reference.test.ts"],
    reporters: ["default", "./test/support/closingLine.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
