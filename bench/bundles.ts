/** Bundles both sides of the data plane's benchmark alike, as they would be deployed, and what runs them. */
import { build, type BuildOptions } from "esbuild";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "../infra/contract/contract";
import type { Limits } from "../infra/contract/limits.schema";
import { compileValidators, contractRoutes } from "../infra/edge/validators";

const root = join(__dirname, "..");
const bench = join(root, "bench");

/** Smaller by a third than esbuild's own choice for Node.js, `main` first: the SDK's CommonJS cannot be shaken. */
const deployed: BuildOptions = {
  bundle: true,
  minify: true,
  legalComments: "none",
  platform: "node",
  mainFields: ["module", "main"],
  target: "node20",
  format: "cjs",
  charset: "utf8",
  logLevel: "silent",
  absWorkingDir: bench,
  // One SDK on both sides, the functions' own.
  alias: { "@aws-sdk/client-dynamodb": join(root, "node_modules", "@aws-sdk", "client-dynamodb") },
};

/** No request here comes near them. */
const limits: Limits = {
  bodies: {
    chat: { maxBytes: 65_536 },
    vision: { maxBytes: 5_500_000 },
    avatar: { maxBytes: 16_384 },
    "voice-ticket": { maxBytes: 4_096 },
  },
  rates: Object.fromEntries(
    ["chat", "vision", "avatar", "voice-ticket"].map((name) => [name, { requestsPerSecond: 10, burst: 20 }]),
  ),
};

export interface Bundles {
  readonly edge: string;
  readonly powertools: string;
  readonly driver: string;
  readonly store: string;
}

/** @returns files in the folder */
export async function bundleAll(folder: string): Promise<Bundles> {
  const contract = readContract();
  const routes = contractRoutes(contract, limits).filter(({ idempotency }) => idempotency === "required");
  const file = (name: string): string => join(folder, `${name}.cjs`);
  await build({
    ...deployed,
    outfile: file("edge"),
    stdin: {
      resolveDir: bench,
      loader: "ts",
      contents: `
        import { createEdgeSubject } from "./edgeUnderTest";
        import * as validators from "contract:validators";
        import routes from "contract:routes";
        export const create = (setup) => createEdgeSubject(setup, { routes, validators });`,
    },
    plugins: [
      {
        name: "contract",
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /^contract:/ }, ({ path }) => ({ path, namespace: "contract" }));
          onLoad({ filter: /^contract:validators$/, namespace: "contract" }, () => ({
            contents: compileValidators(contract),
            loader: "js",
          }));
          onLoad({ filter: /^contract:routes$/, namespace: "contract" }, () => ({
            contents: JSON.stringify(routes),
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
