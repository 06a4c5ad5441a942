import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { LocalError } from "../../cli/local/errors";
import { startReferenceStore } from "./referenceStore";

/** `npm run test:reference`: the store's tests on another DynamoDB than the embedded one. Ends with 2 where it cannot run. */
async function main(argumentsOfVitest: readonly string[]): Promise<number> {
  try {
    const store = await startReferenceStore();
    const vitest = join(__dirname, "../../node_modules/vitest/vitest.mjs");
    const { status } = spawnSync(
      process.execPath,
      [vitest, "run", "--config", "vitest.reference.config.mts", ...argumentsOfVitest],
      {
        stdio: "inherit",
        cwd: join(__dirname, "../.."),
        env: { ...process.env, FASE_B_REFERENCE_URL: store.url },
      },
    );
    await store.stop();
    return status ?? 1;
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    console.error(`npm run test:reference did not run. ${error.message}`);
    return 2;
  }
}

main(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
