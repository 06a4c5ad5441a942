import type { Contract } from "../../infra/contract/contract";
import { provisioningFile } from "../../infra/observability/alerts/grafanaRules";
import { folderTitle } from "../../infra/observability/dashboards/grafanaPanel";
import { layoutSvg } from "../../infra/observability/dashboards/layoutSvg";
import { observed } from "../../infra/observability/observed";
import type { Settings } from "../../infra/settings/settings.schema";
import { readStackSettings } from "../stackSettings";
import { UsageError } from "../usageError";
import type { Options } from "./command";
import { documentFiles, documentsFolder } from "./documents/documents";
import { differencesOf, settle, textAt, type Difference, type ExportedFile, type OwnFolder } from "./folder";
import { runbookWithFacts } from "./runbook";

const RUNBOOK = "docs/runbook.md";

/** Reads, compares, and without `--check` writes. */
export function exported(
  options: Options,
  cwd: string,
): { readonly files: number; readonly differences: readonly Difference[] } {
  const { settings, contract, projectDir } = readStackSettings(options, cwd);
  const observability = [...exportedFiles(settings, contract), runbook(projectDir, settings, contract)];
  const documents = documentFiles(settings, contract);
  const differences = [
    ...differencesOf(projectDir, observability, ownFolder(options.stack)),
    ...differencesOf(projectDir, documents, documentsFolder(options.stack)),
  ];
  const files = [...observability, ...documents];
  if (!options.check) settle(projectDir, files, differences);
  return { files: files.length, differences };
}

/** The advice is people's, the facts in it are made. */
function runbook(projectDir: string, settings: Settings, contract: Contract): ExportedFile {
  const text = textAt(projectDir, RUNBOOK);
  if (text === undefined)
    throw new UsageError(`${RUNBOOK}: got none; allowed: the runbook; fix: take it back from the repository`);
  return { path: RUNBOOK, text: runbookWithFacts(text, settings, contract) };
}

const ownFolder = (stack: string): OwnFolder => ({
  path: `stacks/${stack}/dashboards`,
  endings: [".json", ".svg"],
});

/** Every file that is made whole. Pure: the same settings and contract give the same bytes. */
function exportedFiles(settings: Settings, contract: Contract): readonly ExportedFile[] {
  const { path } = ownFolder(settings.stack);
  const { dashboards, ruleGroups } = observed(settings, contract);
  return [
    ...dashboards.flatMap((model) => [
      { path: `${path}/${model.id}.json`, text: model.json },
      { path: `${path}/${model.id}.svg`, text: layoutSvg(model) },
    ]),
    {
      path: `stacks/${settings.stack}/alerts.json`,
      text: `${JSON.stringify(provisioningFile(ruleGroups, folderTitle(settings.namePrefix)), null, 1)}\n`,
    },
  ];
}
