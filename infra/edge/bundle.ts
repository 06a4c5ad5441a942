import { buildSync } from "esbuild";
import * as path from "node:path";

/** The functions of the stack: each a folder of `infra/functions` with an `index.ts`. */
export const functionNames = ["edge", "authorizer", "voice", "voice-authorizer"] as const;
export type FunctionName = (typeof functionNames)[number];

/**
 * Bundles every function into one CommonJS file each, in one call of the bundler.
 *
 * The same source gives the same bytes on every machine: no source maps, no paths, no banners.
 *
 * @returns the text of `index.js` for each function
 */
export function bundleFunctions(functionsDir: string): Readonly<Record<FunctionName, string>> {
  const result = buildSync({
    absWorkingDir: functionsDir,
    entryPoints: Object.fromEntries(functionNames.map((name) => [name, `./${name}/index.ts`])),
    outdir: ".",
    bundle: true,
    write: false,
    minify: true,
    legalComments: "none",
    platform: "node",
    target: "node24",
    format: "cjs",
    charset: "utf8",
    logLevel: "silent",
  });
  const texts = new Map(result.outputFiles.map((file) => [path.basename(file.path, ".js"), file.text]));
  const textOf = (name: FunctionName): string => {
    const text = texts.get(name);
    if (text === undefined)
      throw new Error(`the bundler made no ${name}.js from infra/functions/${name}/index.ts`);
    return text;
  };
  return {
    edge: textOf("edge"),
    authorizer: textOf("authorizer"),
    voice: textOf("voice"),
    "voice-authorizer": textOf("voice-authorizer"),
  };
}
