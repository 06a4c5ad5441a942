import type { BuildOptions, Plugin } from "esbuild";
import { createHash } from "node:crypto";
import * as path from "node:path";
import type { Contract } from "../contract/contract";
import { VALIDATORS_FILE } from "../functions/configuration";
import { functionNames, type FunctionName } from "./functionNames";
import { madeFiles, type Made, type MadeFile } from "./madeFiles";
import { compileValidators } from "./validators";

/** What was built; paths are absolute. */
export interface BuiltFunctions {
  /** `index.js` of each function. */
  readonly bundles: Readonly<Record<FunctionName, string>>;
  /** Of each function's code, see {@link codeDigest}. */
  readonly digests: Readonly<Record<FunctionName, string>>;
  /** The contract's validators, for the edge. */
  readonly validators: string;
}

/** Where builds lie, below the project's folder; git knows nothing of it. */
export const BUILD_FOLDER = path.join(".build", "functions");

/** The function that has the contract's validators beside its bundle. */
export const VALIDATING: FunctionName = "edge";

/**
 * One number for all code of a function, by the SHA-256 of its `index.js` and of the validators where it has them: the first where it is
 * alone, else that of what `sha256sum` prints of both.
 */
export function codeDigest(bundle: string, validators?: string): string {
  if (validators === undefined) return bundle;
  const lines = `${bundle}  index.js\n${validators}  ${VALIDATORS_FILE}\n`;
  return createHash("sha256").update(lines).digest("hex");
}

/**
 * Bundles every function into one CommonJS file each, and compiles the contract's validators. What has not changed
 * since the last time is not made again, unless it is asked for anew: what lies in the build's folder is believed by what lies beside it,
 * and is not of the source that is released.
 *
 * The same source gives the same bytes on every machine: no source maps, no paths, no banners.
 *
 * @param projectDir the folder with `infra` and `node_modules`
 * @param anew over whatever lies there
 */
export async function buildFunctions(
  projectDir: string,
  contract: Pick<Contract, "document">,
  { anew = false }: { readonly anew?: boolean } = {},
): Promise<BuiltFunctions> {
  const folder = path.join(projectDir, BUILD_FOLDER);
  const [bundles, [validators]] = await Promise.all([
    madeFiles(projectDir, path.join(folder, "bundles"), { key: JSON.stringify(options), anew }, () =>
      bundle(projectDir),
    ),
    madeFiles(projectDir, path.join(folder, "contract"), { key: "", anew }, () => compile(contract)),
  ]);
  const bundleOf = (name: FunctionName): MadeFile => {
    const file = bundles.find((each) => path.basename(each.path) === `${name}.js`);
    if (file === undefined)
      throw new Error(`the bundler made no ${name}.js from infra/functions/${name}/index.ts`);
    return file;
  };
  if (validators === undefined) throw new Error("no validators were compiled from the contract");
  const each = (of: (name: FunctionName) => string) =>
    Object.fromEntries(functionNames.map((name) => [name, of(name)])) as Record<FunctionName, string>;
  return {
    bundles: each((name) => bundleOf(name).path),
    digests: each((name) =>
      codeDigest(bundleOf(name).sha256, name === VALIDATING ? validators.sha256 : undefined),
    ),
    validators: validators.path,
  };
}

/**
 * `index.js` of functions by name, bundled anew, for those who deploy or describe some of them alone.
 *
 * @param plugins what looks on; the build is the same with them
 */
export async function bundleFunctions<Name extends string>(
  projectDir: string,
  names: readonly Name[],
  plugins: readonly Plugin[] = [],
): Promise<ReadonlyMap<Name, string>> {
  const { files } = await bundle(projectDir, names, plugins);
  return new Map(names.map((name) => [name, files[`${name}.js`] ?? ""]));
}

const options: BuildOptions & { readonly write: false; readonly metafile: true } = {
  bundle: true,
  write: false,
  metafile: true,
  minify: true,
  legalComments: "none",
  platform: "node",
  target: "node24",
  format: "cjs",
  charset: "utf8",
  // Packages' ES modules, of which the bundler leaves out what is not used.
  mainFields: ["module", "main"],
  logLevel: "silent",
};

async function bundle(
  projectDir: string,
  names: readonly string[] = functionNames,
  plugins: readonly Plugin[] = [],
): Promise<Made> {
  // Loaded only when there is something to bundle.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { build } = require("esbuild") as typeof import("esbuild");
  const functionsDir = path.join(projectDir, "infra", "functions");
  const result = await build({
    ...options,
    absWorkingDir: functionsDir,
    entryPoints: Object.fromEntries(names.map((name) => [name, `./${name}/index.ts`])),
    outdir: ".",
    plugins: [...plugins],
    alias: {
      "@aws-sdk/credential-provider-node": path.join(functionsDir, "store", "environmentCredentials.ts"),
    },
  });
  return {
    inputs: [
      path.join("infra", "edge", "bundle.ts"),
      path.join("infra", "edge", "functionNames.ts"),
      // By its options, strictness among them, a source becomes other code.
      "tsconfig.json",
      path.join("node_modules", "esbuild", "package.json"),
      ...Object.keys(result.metafile.inputs).map((input) =>
        path.relative(projectDir, path.resolve(functionsDir, input)),
      ),
    ],
    files: Object.fromEntries(result.outputFiles.map(({ path: file, text }) => [path.basename(file), text])),
  };
}

function compile(contract: Pick<Contract, "document">): Made {
  const inputs = [
    path.join("infra", "contract", "openapi.yaml"),
    ...["contract.ts", "contract.schema.ts", "contractRules.ts", "references.ts"].map((file) =>
      path.join("infra", "contract", file),
    ),
    path.join("infra", "edge", "bundle.ts"),
    path.join("infra", "edge", "contractRoutes.ts"),
    path.join("infra", "edge", "validators.ts"),
    path.join("node_modules", "ajv", "package.json"),
  ];
  return { inputs, files: { "validators.js": compileValidators(contract) } };
}
