import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import schemas from "./schemas.json";

const ajv = new Ajv({ allErrors: true, strict: false, validateFormats: false });
for (const [name, schema] of Object.entries(schemas)) ajv.addSchema(schema, name);

const definition = (file: keyof typeof schemas, name: string): ValidateFunction =>
  ajv.getSchema(`${file}#/definitions/${name}`) ?? missing(`${file}: ${name}`);

function missing(what: string): never {
  throw new Error(`${what}: no such schema`);
}

/** By the plugin's id. A type that is not here is refused: nothing would look at its options. */
const panels: Readonly<Record<string, keyof typeof schemas | "none">> = {
  timeseries: "timeseries",
  stat: "stat",
  bargauge: "bargauge",
  "state-timeline": "statetimeline",
  text: "text",
  alertlist: "none",
};
const withFieldConfig: readonly string[] = ["timeseries", "statetimeline"];

interface PanelJson {
  readonly type: string;
  readonly options?: unknown;
  readonly fieldConfig?: { readonly defaults: { readonly custom?: unknown } };
  readonly targets?: readonly { readonly datasource?: { readonly type?: string } }[];
}

/** What Grafana's schemas have against a dashboard; none where it is well. */
export function schemaProblems(dashboard: unknown): readonly string[] {
  const problems = problemsOf(definition("dashboard", "Dashboard"), dashboard, "dashboard");
  const { panels: all = [] } = dashboard as { readonly panels?: readonly PanelJson[] };
  return [...problems, ...all.flatMap((panel, i) => panelProblems(panel, `panels[${i}]`))];
}

function panelProblems({ type, options, fieldConfig, targets = [] }: PanelJson, at: string): string[] {
  if (type === "row") return [];
  const plugin = panels[type];
  if (plugin === undefined) return [`${at}: no schema of the panel ${type}`];
  if (plugin === "none") return [];
  return [
    ...problemsOf(definition(plugin, "Options"), options, `${at}.options`),
    ...(withFieldConfig.includes(plugin)
      ? problemsOf(definition(plugin, "FieldConfig"), fieldConfig?.defaults.custom, `${at}.custom`)
      : []),
    ...targets.flatMap((target, i) => queryProblems(target, `${at}.targets[${i}]`)),
  ];
}

function queryProblems(target: { readonly datasource?: { readonly type?: string } }, at: string): string[] {
  if (target.datasource?.type === "cloudwatch")
    return problemsOf(definition("cloudwatch", "MetricsQuery"), target, at);
  if (target.datasource?.type === "prometheus")
    return problemsOf(definition("prometheus", "Dataquery"), target, at);
  return [`${at}: no schema of a query of ${String(target.datasource?.type)}`];
}

function problemsOf(validate: ValidateFunction, value: unknown, at: string): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }: ErrorObject) =>
      `${at}${instancePath} ${message ?? "is wrong"} ${JSON.stringify(params)}`,
  );
}
