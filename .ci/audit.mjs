// Asks the registry which locked packages have known advisories. A registry without an audit service is answered
// with "not audited": an absent answer is never a good one.
import { spawnSync } from "node:child_process";

const audit = spawnSync("npm", ["audit", "--json"], { encoding: "utf8" });

/** npm prints JSON for an audit and for a failure alike; anything else means that it could not run. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const report = parse(audit.stdout ?? "");
const counts = report?.metadata?.vulnerabilities;
if (counts === undefined) {
  const why = report?.message ?? report?.error?.summary ?? "npm audit gave no report";
  console.log(
    `not audited: ${String(why)
      .split("\n")[0]
      .replace(/https?:\/\/\S+/g, "the registry")}`,
  );
  process.exit(0);
}
const { critical = 0, high = 0, moderate = 0, low = 0 } = counts;
console.log(`audited: ${critical} critical, ${high} high, ${moderate} moderate, ${low} low`);
if (critical > 0) {
  console.error("a critical advisory: run npm audit, then update or replace the package");
  process.exit(1);
}
