import { defineConfig } from "vitest/config";

/** `npm run load`: what is measured in time, and so no part of a test. It wants an idle machine. */
export default defineConfig({
  test: {
    include: ["test/load/*.load.ts"],
    fileParallelism: false,
    hookTimeout: 300_000,
  },
});
