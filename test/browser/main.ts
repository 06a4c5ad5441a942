import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findTools } from "./support/tools";

/** `npm run test:browser`: what needs a tool that is not there is skipped, and says so. */
function main(argumentsOfVitest: readonly string[]): number {
  const root = join(__dirname, "../..");
  const { found, missing } = findTools(join(root, ".cache", "browser"));
  for (const line of missing) console.log(`not there: ${line}`);
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, "node_modules/vitest/vitest.mjs"),
      "run",
      "--config",
      "vitest.browser.config.mts",
      ...argumentsOfVitest,
    ],
    { stdio: "inherit", cwd: root, env: { ...process.env, ...found } },
  );
  return status ?? 1;
}

process.exitCode = main(process.argv.slice(2));
