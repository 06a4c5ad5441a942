import { randomBytes } from "node:crypto";
import type { DashboardModel } from "../../infra/observability/dashboards/dashboards";
import type { DataSourceModel } from "../../infra/observability/dashboards/dataSources";
import { GrafanaProblem, type Grafana } from "./grafana";

/** An alert rule group in the form of the provisioning API. */
export interface RuleGroup {
  readonly name: string;
  readonly intervalSeconds: number;
  readonly rules: readonly { readonly uid?: string; readonly title: string }[];
}

export interface Imported {
  readonly dashboards: readonly DashboardModel[];
  readonly dataSources: readonly DataSourceModel[];
  readonly ruleGroups: readonly RuleGroup[];
}

/**
 * Imports everything under names of its own, reads it back, compares, and removes it again, whatever happened.
 *
 * @returns what is wrong, a line each; none where Grafana took and kept everything
 */
export async function checkImport(grafana: Grafana, imported: Imported): Promise<readonly string[]> {
  const run = `check-${randomBytes(4).toString("hex")}`;
  const problems: string[] = [];
  const undo: Undo[] = [];
  const attempt = async (how: () => Promise<void>): Promise<void> => {
    try {
      await how();
    } catch (error) {
      if (!(error instanceof GrafanaProblem)) throw error;
      problems.push(error.message);
    }
  };
  const renamed = renaming(imported, run);
  try {
    await attempt(async () => {
      await grafana.ask("POST", "/api/folders", { uid: run, title: run });
      undo.push({
        what: `folder ${run}`,
        how: () => grafana.ask("DELETE", `/api/folders/${run}?forceDeleteRules=true`),
      });
    });
    // Without its folder everything would be in the general one, and stay there.
    if (problems.length > 0) return problems;
    for (const source of imported.dataSources)
      await attempt(async () => {
        const { uid, name, type, url, jsonData } = renamed(source);
        await grafana.ask("POST", "/api/datasources", {
          uid,
          name,
          type,
          url: url ?? "",
          access: "proxy",
          jsonData,
        });
        undo.push({
          what: `data source ${uid}`,
          how: () => grafana.ask("DELETE", `/api/datasources/uid/${uid}`),
        });
        const read = await grafana.ask("GET", `/api/datasources/uid/${uid}`);
        problems.push(...lost({ uid, name, type, jsonData }, read, `data source ${source.uid}`));
      });
    for (const { uid, json } of imported.dashboards)
      await attempt(async () => {
        const dashboard = renamed(JSON.parse(json) as { readonly uid: string });
        await grafana.ask("POST", "/api/dashboards/db", { dashboard, folderUid: run, overwrite: false });
        undo.push({
          what: `dashboard ${dashboard.uid}`,
          how: () => grafana.ask("DELETE", `/api/dashboards/uid/${dashboard.uid}`),
        });
        const read = (await grafana.ask("GET", `/api/dashboards/uid/${dashboard.uid}`)) as {
          readonly dashboard?: unknown;
        };
        // A newer Grafana may bring it to its own version.
        const { schemaVersion: _, ...sent } = dashboard as Readonly<Record<string, unknown>>;
        problems.push(...lost(sent, read.dashboard, `dashboard ${uid}`));
      });
    for (const group of imported.ruleGroups)
      await attempt(async () => {
        const { name, intervalSeconds, rules } = renamed(group);
        const path = `/api/v1/provisioning/folder/${run}/rule-groups/${encodeURIComponent(name)}`;
        const sent = rules.map((rule) => ({ ...rule, folderUID: run, ruleGroup: name }));
        await grafana.ask("PUT", path, {
          title: name,
          folderUid: run,
          interval: intervalSeconds,
          rules: sent,
        });
        undo.push({ what: `rule group ${name}`, how: () => grafana.ask("DELETE", path) });
        const read = await grafana.ask("GET", path);
        problems.push(
          ...lost({ title: name, interval: intervalSeconds, rules: sent }, read, `rule group ${name}`),
        );
      });
  } finally {
    problems.push(...(await undone(undo)));
  }
  return problems;
}

interface Undo {
  readonly what: string;
  readonly how: () => Promise<unknown>;
}

/** Last in, first out; what fails keeps nothing else from being removed. */
async function undone(undo: readonly Undo[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { what, how } of undo.toReversed()) {
    try {
      await how();
    } catch (error) {
      if (!(error instanceof GrafanaProblem)) throw error;
      problems.push(`${error.message}; left behind: ${what}, remove it by hand`);
    }
  }
  return problems;
}

/** Every uid becomes one of this run, wherever it stands: what is there already is never touched. */
function renaming({ dashboards, dataSources, ruleGroups }: Imported, run: string): <T>(value: T) => T {
  const uids = [
    ...dashboards.map(({ uid, id }): [string, string] => [uid, `${run}-${id}`]),
    ...dataSources.map(({ uid, type }): [string, string] => [uid, `${run}-${type}`]),
    ...ruleGroups.flatMap(({ name, rules }) =>
      rules.flatMap(({ uid }, i): [string, string][] =>
        uid === undefined ? [] : [[uid, `${run}-${name}-${i}`.slice(0, 40)]],
      ),
    ),
  ];
  const byUid = new Map(uids);
  const rename = (value: unknown): unknown => {
    if (typeof value === "string") return byUid.get(value) ?? value;
    if (Array.isArray(value)) return value.map(rename);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, rename(each)]));
  };
  // As it goes over the wire: the SDK marks its queries with functions.
  return <T>(value: T) => rename(JSON.parse(JSON.stringify(value))) as T;
}

/** What of the sent is not there, or not as it was; what Grafana adds is its own affair. */
export function lost(sent: unknown, read: unknown, at: string): readonly string[] {
  if (Array.isArray(sent)) {
    if (!Array.isArray(read) || read.length !== sent.length)
      return [
        `${at}: got ${Array.isArray(read) ? `${read.length} elements` : typeof read}; allowed: ${sent.length} elements, as sent; fix: see what Grafana makes of it`,
      ];
    return sent.flatMap((each: unknown, i) => lost(each, read[i], `${at}[${i}]`));
  }
  if (typeof sent === "object" && sent !== null) {
    const there = (typeof read === "object" && read !== null ? read : {}) as Readonly<
      Record<string, unknown>
    >;
    return Object.entries(sent).flatMap(([key, each]) => lost(each, there[key], `${at}.${key}`));
  }
  if (sent === read || sent === undefined) return [];
  return [`${at}: got ${shown(read)}; allowed: ${shown(sent)}, as sent; fix: see what Grafana makes of it`];
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? "nothing").slice(0, 120);
