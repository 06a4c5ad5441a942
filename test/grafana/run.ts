import { readContract } from "../../infra/contract/contract";
import { dataSources } from "../../infra/observability/dashboards/dataSources";
import { observed } from "../../infra/observability/observed";
import { stagingSettings } from "../support/staging";
import { Grafana, GrafanaProblem } from "./grafana";
import { checkImport, type Imported } from "./importCheck";

/** Grafana asks nobody when it is given a data source: any role's name does. */
const READER = "arn:aws:iam::123456789012:role/fase-b-staging-grafana-reader";

export function everything(): Imported {
  const settings = stagingSettings();
  return { ...observed(settings, readContract()), dataSources: dataSources(settings, READER) };
}

/** `npm run test:grafana`: returns the exit status. */
export async function testGrafana(
  env: Readonly<Record<string, string | undefined>>,
  write: (text: string) => unknown,
  imported: () => Imported = everything,
): Promise<0 | 1 | 2> {
  const { GRAFANA_URL: url = "", GRAFANA_AUTH: auth = "" } = env;
  const missing = [url === "" ? ["GRAFANA_URL"] : [], auth === "" ? ["GRAFANA_AUTH"] : []].flat();
  if (missing.length > 0) {
    write(
      `skipped: nothing was imported, since the environment has no ${missing.join(" and no ")}; with both, dashboards, data sources and alert rules are imported into a folder of their own, read back and removed\n`,
    );
    return 0;
  }
  try {
    const all = imported();
    const problems = await checkImport(new Grafana({ url, auth }), all);
    for (const problem of problems) write(`✗ ${problem}\n`);
    if (problems.length > 0) return 1;
    write(
      `✓ Grafana took, kept and gave back ${all.dashboards.length} dashboards, ${all.dataSources.length} data sources and ${all.ruleGroups.length} groups of alert rules\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof GrafanaProblem)) throw error;
    write(`error: ${error.message}\n`);
    return 2;
  }
}
