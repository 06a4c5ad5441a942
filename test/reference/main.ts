import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { assertJava, CannotRunError, fetchDynamoDbLocal } from "./dynamoDbLocal";

/** `npm run test:reference`: the store's tests on DynamoDB Local. Ends with 2 where it cannot run. */
function main(argumentsOfVitest: readonly string[]): number {
  try {
    assertJava();
    fetchDynamoDbLocal(console.log);
  } catch (error) {
    if (!(error instanceof CannotRunError)) throw error;
    console.error(`npm run test:reference did not run. ${error.message}`);
    return 2;
  }
  const vitest = join(__dirname, "../../node_modules/vitest/vitest.mjs");
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--config", "vitest.reference.config.mts", ...argumentsOfVitest],
    { stdio: "inherit", cwd: join(__dirname, "../..") },
  );
  return status ?? 1;
}

process.exitCode = main(process.argv.slice(2));
