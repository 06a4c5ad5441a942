import { build } from "esbuild";
import * as path from "node:path";

/** The functions of the stack: each a folder of `infra/functions` with an `index.ts`. */
export const functionNames = ["edge", "authorizer", "voice", "voice-authorizer"] as const;
export type FunctionName = (typeof functionNames)[number];

/** The text of `index.js` of each function. */
export type FunctionCode = Readonly<Record<FunctionName, string>>;

/**
 * Bundles every function into one CommonJS file each, in one call of the bundler, which is a process of its own.
 *
 * The same source gives the same bytes on every machine: no source maps, no paths, no banners.
 */
export async function bundleFunctions(functionsDir: string): Promise<FunctionCode> {
  const result = await build({
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
