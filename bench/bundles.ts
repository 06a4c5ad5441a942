/** Bundles both sides of the data plane's benchmark alike, as they would be deployed, and what runs them. */
import { build, type BuildOptions } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StagingFunctions } from "./stagingFunctions";

const root = join(__dirname, "..");
const bench = join(root, "bench");

/** As `infra/edge/bundle.ts` has it. */
const deployed: BuildOptions = {
  bundle: true,
  minify: true,
  legalComments: "none",
  platform: "node",
  mainFields: ["module", "main"],
  target: "node24",
  format: "cjs",
  charset: "utf8",
  logLevel: "silent",
  absWorkingDir: bench,
  alias: {
    // One SDK on both sides, the functions' own, with their credentials.
    "@aws-sdk/client-dynamodb": join(root, "node_modules", "@aws-sdk", "client-dynamodb"),
    "@aws-sdk/credential-provider-node": join(root, "infra/functions/store/environmentCredentials.ts"),
  },
};

export interface Bundles {
  readonly edge: string;
  readonly powertools: string;
  readonly driver: string;
  readonly store: string;
}

/** @returns files in the folder */
export async function bundleAll(folder: string, staging: StagingFunctions): Promise<Bundles> {
  const file = (name: string): string => join(folder, `${name}.cjs`);
  await build({
    ...deployed,
    outfile: file("edge"),
    stdin: {
      resolveDir: bench,
      loader: "ts",
      contents: `
        import { createClaimsSubject, createEdgeSubject } from "./edgeUnderTest";
        import * as validators from "contract:validators";
        import configuration from "contract:configuration";
        export const create = (setup) =>
          setup.claimsAlone === true
            ? createClaimsSubject(setup)
            : createEdgeSubject(setup, { configuration, validators });`,
    },
    plugins: [
      {
        name: "contract",
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /^contract:/ }, ({ path }) => ({ path, namespace: "contract" }));
          onLoad({ filter: /^contract:validators$/, namespace: "contract" }, () => ({
            contents: readFileSync(staging.validators, "utf8"),
            loader: "js",
          }));
          onLoad({ filter: /^contract:configuration$/, namespace: "contract" }, () => ({
            contents: JSON.stringify(staging.configurations.edge),
            loader: "json",
          }));
        },
      },
    ],
  });
  await build({
    ...deployed,
    outfile: file("powertools"),
    entryPoints: [join(bench, "powertools", "handler.ts")],
  });
  // What measures is not what is measured: nothing of it needs to be small.
  for (const [name, entry] of [
    ["driver", "loadDriver.ts"],
    ["store", "storeProcess.ts"],
  ] as const)
    await build({
      bundle: true,
      platform: "node",
      target: "node20",
      format: "cjs",
      packages: "external",
      logLevel: "silent",
      outfile: file(name),
      entryPoints: [join(bench, entry)],
    });
  return { edge: file("edge"), powertools: file("powertools"), driver: file("driver"), store: file("store") };
}

export const kilobytesOf = (file: string): number => readFileSync(file).length / 1_000;
