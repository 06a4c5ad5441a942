// Asks the registry which locked packages have known advisories. A registry without an audit service is answered
// with "not audited": an absent answer is never a good one.
import { spawnSync } from "node:child_process";

/** npm prints JSON for an audit and for a failure alike; anything else means that it could not run. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Prints one line; true when there is a critical advisory. */
function audit(folder) {
  const { stdout } = spawnSync("npm", ["audit", "--json", "--package-lock-only"], {
    cwd: folder,
    encoding: "utf8",
  });
  const report = parse(stdout ?? "");
  const counts = report?.metadata?.vulnerabilities;
  const lock = `${folder === "." ? "" : `${folder}/`}package-lock.json`;
  if (counts === undefined) {
    const why = report?.message ?? report?.error?.summary ?? "npm audit gave no report";
    console.log(
      `${lock}: not audited: ${String(why)
        .split("\n")[0]
        .replace(/https?:\/\/\S+/g, "the registry")}`,
    );
    return false;
  }
  const { critical = 0, high = 0, moderate = 0, low = 0 } = counts;
  console.log(`${lock}: audited: ${critical} critical, ${high} high, ${moderate} moderate, ${low} low`);
  return critical > 0;
}

if ([".", "bench"].map(audit).includes(true)) {
  console.error("a critical advisory: run npm audit in that folder, then update or replace the package");
  process.exit(1);
}
