import * as path from "node:path";
import { SBOM_FOLDER, SBOM_INDEX } from "../../infra/supplyChain/sbomIndex";
import { differencesOf, settle, type Difference, type ExportedFile } from "../export/folder";
import { findPaths } from "../preview/paths";
import type { Options } from "./command";
import { generateBills, type Bill } from "./generate";
import { licenceTable, licenceUses, type LicenceUse } from "./licences";

export const LICENCES_FILE = "licences.md";

export interface Made {
  readonly files: number;
  readonly differences: readonly Difference[];
  readonly licences: readonly LicenceUse[];
}

/** Makes all bills, compares, and without `--check` writes them, whole or not at all. */
export async function made(options: Options, cwd: string): Promise<Made> {
  const { projectDir } = findPaths(options, cwd);
  const from = options.cwd === undefined ? cwd : path.resolve(cwd, options.cwd);
  const [base, folder] =
    options.out === undefined
      ? [projectDir, `stacks/${options.stack}/${SBOM_FOLDER}`]
      : [path.resolve(from, options.out), "."];
  const bills = await generateBills(projectDir);
  const licences = licenceUses(bills.map(({ bom }) => bom));
  const files = filesOf(folder, bills, licences);
  const differences = differencesOf(base, files, { path: folder, endings: [".cdx.json"] });
  if (!options.check) settle(base, files, differences);
  if (options.bundles !== undefined) writeBundles(path.resolve(from, options.bundles), bills);
  return { files: files.length, differences, licences };
}

/** What the bills are of, for who signs for it. */
function writeBundles(folder: string, bills: readonly Bill[]): void {
  const files = bills.flatMap(({ entry, bundle }) =>
    bundle === undefined ? [] : [{ path: `./${entry.name}.js`, text: bundle }],
  );
  settle(folder, files, differencesOf(folder, files, { path: ".", endings: [".js"] }));
}

const filesOf = (
  folder: string,
  bills: readonly Bill[],
  licences: readonly LicenceUse[],
): readonly ExportedFile[] => [
  ...bills.map(({ entry, text }) => ({ path: `${folder}/${entry.file}`, text })),
  {
    path: `${folder}/${SBOM_INDEX}`,
    text: `${JSON.stringify(
      bills.map(({ entry }) => entry),
      null,
      2,
    )}\n`,
  },
  { path: `${folder}/${LICENCES_FILE}`, text: licenceTable(licences) },
];
