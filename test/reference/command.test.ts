import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** The command with nothing on the PATH, and a store's address. */
function run(endpoint: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(
    process.execPath,
    [`--require=${join(__dirname, "../../runtime/register.cjs")}`, join(__dirname, "main.ts")],
    { encoding: "utf8", env: { PATH: "/nonexistent", FASE_B_DYNAMODB_ENDPOINT: endpoint } },
  );
  return { status, stderr };
}

describe("npm run test:reference, where it cannot run, says why in one line and ends with 2", () => {
  it.each<[string, string, RegExp]>([
    ["without Python", "", /python3: got none; allowed: Python 3\.10 or later.*fix: install it/],
    [
      "for somebody's account",
      "https://dynamodb.eu-west-1.amazonaws.com",
      /allowed: http:\/\/ with an address of this machine/,
    ],
    ["for another machine", "http://192.0.2.1:8000", /got http:\/\/192\.0\.2\.1:8000; allowed/],
    ["for no address", "8000", /got 8000; allowed/],
  ])("%s", (_what, endpoint, expected) => {
    const { status, stderr } = run(endpoint);
    expect(stderr).toMatch(expected);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
  });
});
