import { defineConfig } from "vitest/config";

/** `npm run test:mutation`: mutants of the program, shown to the pack one after the other. */
export default defineConfig({
  test: {
    include: ["test/mutation/**/*.mutation.ts"],
    reporters: ["default", "./test/support/closingLine.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
});
