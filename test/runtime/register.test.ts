import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = join(__dirname, "..", "..");
const hook = join(root, "runtime", "register.cjs");

describe("the runtime hook", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fase-b-runtime-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const run = (file: string, using = hook, env: NodeJS.ProcessEnv = {}): string =>
    execFileSync(process.execPath, [`--require=${using}`, file], {
      encoding: "utf8",
      cwd: folder,
      env: { ...process.env, ...env },
    });
  /** A checkout with a cache of its own, and packages borrowed one by one. */
  const ownCheckout = (): string => {
    mkdirSync(join(folder, "runtime"));
    mkdirSync(join(folder, "node_modules"));
    for (const name of readdirSync(join(root, "node_modules"))) {
      if (!name.startsWith("."))
        symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
    }
    cpSync(hook, join(folder, "runtime", "register.cjs"));
    return join(folder, "runtime", "register.cjs");
  };

  it("loads gRPC when a client of it is made, and not for a policy pack", () => {
    const packages = JSON.stringify(join(root, "node_modules"));
    const file = write(
      "calls.js",
      `const loaded = () => Object.keys(require.cache).some((file) => file.includes("@grpc/grpc-js"));
require(${packages} + "/@pulumi/policy");
const { EngineClient } = require(${packages} + "/@pulumi/pulumi/proto/engine_grpc_pb");
const before = loaded();
const { Client, credentials } = require(${packages} + "/@grpc/grpc-js");
const client = new EngineClient("127.0.0.1:1", credentials.createInsecure());
client.close();
console.log(JSON.stringify([before, client instanceof Client, client instanceof EngineClient, typeof client.log, EngineClient.service.log.path]));`,
    );
    const said = [true, true, "function", "/pulumirpc.Engine/Log"];
    expect(JSON.parse(run(file))).toEqual([false, ...said]);
    expect(JSON.parse(run(file, hook, { FASE_B_PLAIN_SDK: "true" }))).toEqual([true, ...said]);
  });

  it("names the TypeScript file and line of an error", () => {
    const file = write(
      "broken.ts",
      `import { join } from "node:path";

interface Place {
  readonly folder: string;
}

const at = (place: Place): string => join(place.folder, "x");
at({ folder: "y" });
throw new TypeError("broken");
`,
    );
    const { stderr } = spawnSync(process.execPath, [`--require=${hook}`, file], { encoding: "utf8" });
    expect(stderr).toContain("TypeError: broken");
    expect(stderr).toContain("broken.ts:9:");
  });

  it("lets a module import dynamically, in the first run and in the next", () => {
    const own = ownCheckout();
    write("part.js", 'module.exports = () => import("node:path");');
    const main = write(
      "main.ts",
      'void require("./part")().then((path: { sep: string }) => console.log(path.sep));',
    );
    expect([run(main, own), run(main, own)]).toEqual(["/\n", "/\n"]);
  });

  it("never serves a changed source from the cache", () => {
    const own = ownCheckout();
    write("part.ts", "export const answer: number = 1;");
    const main = write("main.ts", 'import { answer } from "./part"; console.log(answer);');
    expect([run(main, own), run(main, own)]).toEqual(["1\n", "1\n"]);
    write("part.ts", "export const answer: number = 2;");
    expect([run(main, own), run(main, own)]).toEqual(["2\n", "2\n"]);
    expect(readdirSync(join(folder, "node_modules", ".cache", "fase-b")).length).toBeGreaterThan(0);
  });

  it("names the right file where two files hold the same text", () => {
    const own = ownCheckout();
    const text = 'export const where = (): string => new Error().stack?.split("\\n")[1] ?? "";';
    write("first.ts", text);
    write("second.ts", text);
    const main = write(
      "main.ts",
      'import * as first from "./first"; import * as second from "./second"; console.log(first.where(), second.where());',
    );
    for (const output of [run(main, own), run(main, own)])
      expect(output).toMatch(/first\.ts:1:.*second\.ts:1:/);
  });

  it("works where the cache can't be written", () => {
    const own = ownCheckout();
    // A file where the folder should be: no user, not even root, can write below it.
    write(join("node_modules", ".cache"), "");
    expect(run(write("main.ts", "const answer: number = 3; console.log(answer);"), own)).toBe("3\n");
  });

  it("survives a cache that was cut short", () => {
    const own = ownCheckout();
    write("part.ts", "export const answer: number = 4;");
    const main = write("main.ts", 'import { answer } from "./part"; console.log(answer);');
    expect(run(main, own)).toBe("4\n");
    const cache = join(folder, "node_modules", ".cache", "fase-b");
    for (const each of readdirSync(cache).filter((name) => !name.startsWith("sucrase"))) {
      for (const name of readdirSync(join(cache, each))) writeFileSync(join(cache, each, name), "cut");
    }
    expect([run(main, own), run(main, own)]).toEqual(["4\n", "4\n"]);
  });

  it("prefers TypeScript to JSON of the same name, and leaves `import()` to Node.js", () => {
    write("part.json", '{ "answer": 5 }');
    write("part.ts", "export const answer = 6;");
    write("lazy.mjs", "export const answer = 7;");
    const main = write(
      "main.ts",
      'import { answer } from "./part"; import json from "./part.json"; console.log(answer, json.answer);',
    );
    expect(run(main)).toBe("6 5\n");
    const lazy = write("lazy.cjs", 'import("./lazy.mjs").then(({ answer }) => console.log(answer));');
    expect(run(write("other.js", `require(${JSON.stringify(lazy)});`))).toBe("7\n");
  });

  it("leaves the SDK able to turn a function into text, for which it loads what was put off", () => {
    const main = write(
      "main.ts",
      `import * as pulumi from ${JSON.stringify(join(root, "node_modules", "@pulumi", "pulumi"))};
const factor = 6;
void pulumi.runtime.serializeFunction((value: number) => value * factor).then(({ text }) => console.log(text));`,
    );
    expect(run(main)).toContain("value * factor");
  });

  const installed = (...path: string[]): string => JSON.stringify(join(root, "node_modules", ...path));

  it("loads a service of a provider's SDK when it is used, and all of it", () => {
    const main = write(
      "main.ts",
      `import * as aws from ${installed("@pulumi", "aws")};
import * as z from ${installed("zod")};
const loaded = (): boolean => Object.keys(require.cache).some((file) => file.includes("/aws/glacier/"));
console.log(loaded(), typeof aws.glacier.Vault, "Vault" in aws.glacier, loaded(), typeof z.locales.de().localeError);`,
    );
    expect(run(main)).toBe("false function true true function\n");
    expect(run(main, hook, { FASE_B_PLAIN_SDK: "true" })).toBe("true function true true function\n");
  });

  it("still tells promises that never end, and fails the process", () => {
    const main = write(
      "main.ts",
      `import ${installed("@pulumi", "pulumi")};
const { debuggablePromise } = require(${installed("@pulumi", "pulumi", "runtime", "debuggable")});
const never = (): Promise<void> => debuggablePromise(new Promise<void>(() => undefined), "never");
void Promise.all([never(), never(), debuggablePromise(Promise.resolve(), "ends")]);
debuggablePromise(Promise.reject(new Error("refused")), "fails").catch((error: Error) => console.log(error.message, "promise" in error));`,
    );
    const { status, stderr, stdout } = spawnSync(process.execPath, [`--require=${hook}`, main], {
      encoding: "utf8",
    });
    expect(stdout).toBe("refused true\n");
    expect(stderr).toContain("2 promises were still active");
    expect(status).toBe(1);
  });

  it("reads a resource's properties once for all policies, but anew where secrets are marked", () => {
    const main = write(
      "main.ts",
      `import ${installed("@pulumi", "policy")};
import { Struct } from ${installed("google-protobuf", "google", "protobuf", "struct_pb.js")};
const { deserializeProperties } = require(${installed("@pulumi", "policy", "deserialize")});
const [one, other] = [Struct.fromJavaScript({ size: 1 }), Struct.fromJavaScript({ size: 2 })];
const read = deserializeProperties(one, false);
console.log(read.size, deserializeProperties(one, false) === read, deserializeProperties(other, false).size);
console.log(deserializeProperties(one, true) === deserializeProperties(one, true));`,
    );
    expect(run(main)).toBe("1 true 2\nfalse\n");
  });
});
