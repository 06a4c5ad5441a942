import { cyclonedxEsbuildPlugin } from "@cyclonedx/cyclonedx-esbuild";
import { Version } from "@cyclonedx/cyclonedx-library/Spec";
import { JsonStrictValidator } from "@cyclonedx/cyclonedx-library/Validation";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { loadContract } from "../../infra/contract/contract";
import { bundleFunctions, codeDigest, VALIDATING } from "../../infra/edge/bundle";
import { functionNames } from "../../infra/edge/functionNames";
import { compileValidators } from "../../infra/edge/validators";
import { PROGRAM, type Sbom } from "../../infra/supplyChain/sbomIndex";
import { UsageError } from "../usageError";
import { allComponents, type Bom } from "./bom";
import { normalise, repeated, tracesOf } from "./normalise";

/** A bill of materials, and its line in the list of them. */
export interface Bill {
  readonly entry: Sbom;
  readonly bom: Bom;
  readonly text: string;
  /** `index.js` of a function, which the bill is of. */
  readonly bundle?: string;
}

/** By its place, since the package exports nothing. */
const GENERATOR = path.join(
  __dirname,
  "..",
  "..",
  "node_modules/@cyclonedx/cyclonedx-npm/bin/cyclonedx-npm-cli.js",
);
const GENERATOR_TIMEOUT_MS = 180_000;

const sha256 = (content: string): string => createHash("sha256").update(content).digest("hex");

/**
 * Every bill of materials of what is deployed: the program's, of the lock file, and each function's, of its bundle. The same sources
 * and packages give the same bytes on every machine.
 *
 * @throws UsageError where the lock file or a bundle gives none
 */
export async function generateBills(
  projectDir: string,
  names: readonly string[] = functionNames,
): Promise<readonly Bill[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "fase-b-sbom-"));
  try {
    const program = await finished([projectDir, folder], PROGRAM, programBom(projectDir, folder));
    const functions: Bill[] = [];
    for (const name of names) functions.push(await functionBill(projectDir, folder, name));
    return [program, ...functions];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By the lock file alone, so that what this machine has installed, for its own system, says nothing. */
function programBom(projectDir: string, folder: string): Bom {
  const file = path.join(folder, `${PROGRAM}.json`);
  const { status, stderr, error } = spawnSync(
    process.execPath,
    [
      GENERATOR,
      ...[
        "--package-lock-only",
        "--omit",
        "dev",
        "--output-reproducible",
        "--short-PURLs",
        "--flatten-components",
      ],
      ...["--spec-version", "1.6", "--output-format", "JSON", "--output-file", file, "package.json"],
    ],
    { cwd: projectDir, encoding: "utf8", timeout: GENERATOR_TIMEOUT_MS },
  );
  if (status !== 0) {
    const why = error?.message ?? stderr.trim().split("\n").at(-1) ?? "";
    throw new UsageError(
      `package-lock.json: got no bill of materials of it (${why}); allowed: a lock file of package.json; fix: npm install`,
    );
  }
  return JSON.parse(readFileSync(file, "utf8")) as Bom;
}

/** What the bundler really took in, by the build that makes what is deployed. */
async function functionBill(projectDir: string, folder: string, name: string): Promise<Bill> {
  const file = path.join(folder, `${name}.json`);
  const looksOn = cyclonedxEsbuildPlugin({
    specVersion: Version.v1dot6,
    outputFile: file,
    outputReproducible: true,
    // Once it is in its last form.
    validate: false,
  });
  const bundles = await bundleFunctions(projectDir, [name], [looksOn]);
  const bundle = bundles.get(name) ?? "";
  const deployedSha256 = codeDigest(
    sha256(bundle),
    name === VALIDATING ? sha256(validatorsOf(projectDir)) : undefined,
  );
  const bom = JSON.parse(readFileSync(file, "utf8")) as Bom;
  const hashes = [{ alg: "SHA-256", content: sha256(bundle) }];
  const bill = await finished(
    [projectDir, folder],
    name,
    bom,
    { type: "application", group: "fase-b", name, hashes },
    { deployedSha256 },
  );
  return { ...bill, bundle };
}

/** Made of the contract alone: no package is in them, so that they are in the digest of what is deployed and in no bill. */
const validatorsOf = (projectDir: string): string =>
  compileValidators(
    loadContract(readFileSync(path.join(projectDir, "infra", "contract", "openapi.yaml"), "utf8")),
  );

async function finished(
  folders: readonly string[],
  name: string,
  generated: Bom,
  subject?: Parameters<typeof normalise>[1],
  deployed: Pick<Sbom, "deployedSha256"> = {},
): Promise<Bill> {
  const bom = normalise(generated, subject);
  const text = `${JSON.stringify(bom, null, 1)}\n`;
  const file = `${name}.cdx.json`;
  const faults = await new JsonStrictValidator(Version.v1dot6).validate(text);
  if (faults !== null) throw new Error(`${file}: no CycloneDX 1.6: ${JSON.stringify(faults).slice(0, 500)}`);
  const twice = repeated(bom);
  if (twice.length > 0) throw new Error(`${file}: several components are ${twice.join(", ")}`);
  const traces = tracesOf(text, folders, process.env["npm_config_registry"]);
  if (traces.length > 0) throw new Error(`${file}: tells of this machine: ${traces.join(", ")}`);
  const components = allComponents(bom).length;
  return { entry: { name, file, sha256: sha256(text), ...deployed, components }, bom, text };
}
