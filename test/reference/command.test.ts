import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let bin: string;
beforeEach(() => void (bin = mkdtempSync(join(tmpdir(), "fase-b-path-"))));
afterEach(() => rmSync(bin, { recursive: true }));

/** A stand-in that says what Java says of its modules. */
function installJava(...modules: readonly string[]): void {
  const path = join(bin, "java");
  writeFileSync(path, `#!/bin/sh\n${modules.map((name) => `echo ${name}\n`).join("")}`);
  chmodSync(path, 0o755);
}

/** The command with nothing on the PATH but what the test put there, in a checkout that has fetched nothing. */
function run(): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(
    process.execPath,
    [`--require=${join(__dirname, "../../runtime/register.cjs")}`, join(__dirname, "main.ts")],
    { encoding: "utf8", env: { PATH: bin, FASE_B_REFERENCE_FOLDER: join(bin, "nothing") } },
  );
  return { status, stderr };
}

describe("npm run test:reference, where it cannot run, says what to install and ends with 2", () => {
  it.each<[string, readonly string[] | undefined, RegExp]>([
    ["no Java", undefined, /no `java` on the PATH.*fix: install one/],
    ["an old Java", ["java.base@11.0.2", "jdk.compiler@11.0.2"], /got version 11; allowed: a JDK from 17/],
    [
      "a Java without its compiler",
      ["java.base@17.0.15"],
      /a runtime without its compiler.*fix: install one/,
    ],
    ["no Maven", ["java.base@17.0.15", "jdk.compiler@17.0.15"], /no `mvn` on the PATH.*fix: install it/],
  ])("%s", (_what, modules, expected) => {
    if (modules !== undefined) installJava(...modules);
    const { status, stderr } = run();
    expect(stderr).toMatch(expected);
    expect(status).toBe(2);
  });
});
