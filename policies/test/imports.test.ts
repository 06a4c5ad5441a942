import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const policiesDir = join(__dirname, "..");
/** Compiles the pack as it is loaded, and knows nothing of the program. */
const compiler = "../runtime/register.cjs";

const files = readdirSync(policiesDir, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(ts|cjs)$/.test(name) && !name.includes("node_modules"))
  .map((name) => join(policiesDir, name));

/** Every module that a file names: `… from "x"` of an import or export statement, `require("x")`, `load("x")`. */
function imported(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const patterns = [
    /^(?:import|export)\b[^;"=]*?\bfrom "([^"]+)";$/gm,
    /\b(?:require|load|import)\(\s*"([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = ""]) => name));
}

describe("an auditor is not shown a mirror", () => {
  it("no policy, rule or test imports anything from outside this folder but packages", () => {
    const strangers = files.flatMap((file) =>
      imported(file)
        .filter((name) => name.startsWith("."))
        .filter((name) => relative(policiesDir, resolve(dirname(file), name)).startsWith(".."))
        .filter((name) => name !== compiler)
        .map((name) => `${relative(policiesDir, file)} imports ${name}`),
    );
    expect(strangers).toEqual([]);
  });

  it("what the pack loads on a preview's path needs neither provider SDK nor anything but the policy SDK and Node", () => {
    const pack = files.filter((file) => !/[\\/](test|tools)[\\/]/.test(file));
    const packages = new Set(pack.flatMap(imported).filter((name) => !name.startsWith(".")));
    expect([...packages].sort()).toEqual(["@pulumi/policy", "node:crypto", "node:fs", "node:path"]);
    expect(pack.map((file) => relative(policiesDir, file).split(sep)[0])).not.toContain("node_modules");
  });

  it("files are read in records/ alone, for index.ts alone", () => {
    const pack = files.filter((file) => !/[\\/](test|tools)[\\/]/.test(file));
    const reading = pack.filter((file) => imported(file).includes("node:fs"));
    expect(reading.map((file) => relative(policiesDir, dirname(file)))).toEqual(["records", "records"]);
    const asking = pack.filter((file) => imported(file).some((name) => name.includes("./records/")));
    expect(asking.map((file) => relative(policiesDir, file))).toEqual(["index.ts"]);
  });

  it("policies are pure: no clock, no file, no network, no environment; of Node signatures alone", () => {
    const rules = files.filter((file) => /[\\/](b\d-\w+|baseline|lib)[\\/]/.test(file));
    expect(rules.length).toBeGreaterThan(50);
    for (const file of rules) {
      expect(readFileSync(file, "utf8")).not.toMatch(
        /Date\.now|new Date\(\)|process\.|fetch\(|node:(?!crypto")|Math\.random|randomBytes|generateKey/,
      );
    }
  });
});
