import { buildSync } from "esbuild";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { createLog } from "../log/log";
import type * as authorizer from "./authorizer";
import { prepareSources } from "./sources";
import { goodEvent, nowMs, plainSources } from "./testSupport";

const KILOBYTE = 1_000;

describe("the authorizer's bundle", () => {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: __dirname,
    entryPoints: ["./authorizer.ts"],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "silent",
  });
  const code = outputFiles[0]?.text ?? "";

  it("holds the functions' own code only, and little of it", () => {
    const outside = Object.keys(metafile.inputs).filter(
      (file) => !/^(\.\.\/(correlation|log|voice-authorizer)\/)?\w+\.ts$/.test(file),
    );
    expect(outside).toEqual([]);
    expect(code.length).toBeLessThan(40 * KILOBYTE);
  });

  it("lets through and names errors as the source does, though its names are shortened", async () => {
    const module = { exports: {} as typeof authorizer };
    const run = new Function("module", "exports", "require", code) as (...args: readonly unknown[]) => void;
    run(module, module.exports, createRequire(__filename));
    const lines: string[] = [];
    const start = (plain: typeof plainSources): ReturnType<typeof authorizer.createAuthorizer> =>
      module.exports.createAuthorizer({
        loadSources: async () => prepareSources(plain),
        log: createLog({
          functionName: "authorizer",
          namePrefix: "fase-b-staging",
          memoryLimitMb: 512,
          clientIds: ["web-app"],
          agentIds: [],
          write: (line) => lines.push(line),
        }),
        agentIdOf: () => undefined,
        nowMs: () => nowMs,
      });
    const allowed = await start(plainSources)(goodEvent());
    expect(allowed.policyDocument.Statement[0]?.Effect).toBe("Allow");
    const denied = await start({ ...plainSources, issuersPem: ["no certificate"] })(goodEvent());
    expect(denied.policyDocument.Statement[0]?.Effect).toBe("Deny");
    expect(lines[1]).toContain('"errorClass":"MalformedCertificate"');
  });
});
