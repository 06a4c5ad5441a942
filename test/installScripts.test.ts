import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(__dirname, "..");
const npm = process.platform === "win32" ? "npm.cmd" : "npm";

describe("what npm installs", () => {
  it.each([".", "bench"])("runs none of its scripts, as %s/.npmrc says", (folder) => {
    // Without what this test itself was started with: npm hands its configuration down by variables.
    const own = Object.entries(process.env).filter(([name]) => !/^npm_config_/i.test(name));
    const args = ["config", "get", "ignore-scripts", "--location=project"];
    const said = execFileSync(npm, args, {
      cwd: join(root, folder),
      env: Object.fromEntries(own),
      encoding: "utf8",
    });
    expect(said.trim()).toBe("true");
  });
});
