import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isInstalled } from "./rivals";

let folder: string;
const put = (name: string, content: object): void => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), JSON.stringify(content));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bench-rivals-"));
  put("package.json", { dependencies: { one: "1.0.0", "@scope/two": "2.0.0" } });
  put("node_modules/one/package.json", { version: "1.0.0" });
  put("node_modules/@scope/two/package.json", { version: "2.0.0" });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the rivals' packages", () => {
  it("are installed where each has the version that is asked for", () => {
    expect(isInstalled(folder)).toBe(true);
  });

  it("are installed anew after one was added or its version changed", () => {
    put("node_modules/one/package.json", { version: "0.9.0" });
    expect(isInstalled(folder)).toBe(false);
    rmSync(join(folder, "node_modules"), { recursive: true });
    expect(isInstalled(folder)).toBe(false);
  });
});
