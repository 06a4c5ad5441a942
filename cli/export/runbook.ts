import type { Contract } from "../../infra/contract/contract";
import { alerts as alertsOf } from "../../infra/observability/alerts/alerts";
import { alertNames, type AlertName } from "../../infra/observability/alerts/alertNames";
import type { Alert, Operand } from "../../infra/observability/alerts/alert";
import {
  dashboardUrl,
  dataSourceUid,
  type DashboardId,
} from "../../infra/observability/dashboards/dashboardIds";
import { runbookAnchor } from "../../infra/observability/runbook";
import type { CloudWatchQuery, Statistic } from "../../infra/observability/telemetry/query";
import { domainClass } from "../../infra/agents/domainRules";
import { functionNames, requestFunctions, rotationFunctions } from "../../infra/edge/functionNames";
import { logGroupName } from "../../infra/firewall/firewallLogging";
import { accessLogName, voiceAccessLogName } from "../../infra/gateway/accessLog";
import { scansLogGroupName } from "../../infra/observability/logMetrics/logMetricsRules";
import { functionLogGroup } from "../../infra/shared/arn";
import { findingsLogGroupName } from "../../infra/shared/logProtection";
import type { Settings } from "../../infra/settings/settings.schema";
import { UsageError } from "../usageError";
import { codes, formula, thresholdInWords } from "./threshold";

/*
 * What of docs/runbook.md is a fact and not advice. It is written between markers, in Spanish as the text around it, from what
 * is deployed: who is woken at night reads no threshold that somebody forgot to copy.
 */

const FILE = "docs/runbook.md";
const BEGIN = /<!-- ([^>]+?): made by cli\/export\/runbook\.ts -->/g;
const begin = (block: string): string => `<!-- ${block}: made by cli/export/runbook.ts -->`;
const end = (block: string): string => `<!-- end of ${block} -->`;

/** The runbook with the facts of the stack. @throws UsageError where a block's markers are missing */
export const runbookWithFacts = (text: string, settings: Settings, contract: Contract): string =>
  withFacts(text, settings, alertsOf(settings, contract));

/** What the facts are taken from. */
export type RunbookSettings = Pick<
  Settings,
  | "stack"
  | "namePrefix"
  | "account"
  | "agents"
  | "gateway"
  | "functions"
  | "voice"
  | "clients"
  | "cluster"
  | "prober"
  | "observability"
>;

/** The runbook with the facts of these alerts and settings. The same again changes nothing. */
export function withFacts(text: string, settings: RunbookSettings, alerts: readonly Alert[]): string {
  const blocks = factBlocks(settings, alerts);
  const strange = [...text.matchAll(BEGIN)]
    .map(([, block = ""]) => block)
    .find((block) => !blocks.has(block));
  if (strange !== undefined)
    throw problem(
      `the marker "${begin(strange)}"`,
      `blocks named ${[...blocks.keys()].slice(0, 4).join(", ")}, "alert <name>" and "logs <name>" of an alert that has them`,
      "remove the block, or name one of these",
    );
  return [...blocks].reduce((sofar, [block, facts]) => filled(sofar, block, facts), text);
}

function filled(text: string, block: string, facts: string): string {
  const [before, rest, again] = text.split(begin(block));
  const [, after, twice] = rest?.split(end(block)) ?? [];
  if (before === undefined || after === undefined || again !== undefined || twice !== undefined)
    throw problem(
      again !== undefined || twice !== undefined
        ? `"${begin(block)}" or its end twice`
        : `no "${begin(block)}" with "${end(block)}" behind it`,
      "both, once, in this order",
      "put them where these facts belong",
    );
  return `${before}${begin(block)}\n\n${facts}\n\n${end(block)}${after}`;
}

const problem = (got: string, allowed: string, fix: string): UsageError =>
  new UsageError(`${FILE}: got ${got}; allowed: ${allowed}; fix: ${fix}`);

/** Every block by its name. */
function factBlocks(settings: RunbookSettings, alerts: readonly Alert[]): ReadonlyMap<string, string> {
  const byName = new Map(alerts.map((alert) => [alert.name, alert]));
  return new Map([
    ["alerts", alertIndex(settings, alerts)],
    ["pager", pager(settings)],
    ["commands", commands(settings)],
    ["promql", prometheus(settings)],
    ["log-groups", logGroupTable(settings)],
    ["without-grafana", withoutGrafana(settings, byName)],
    ["close", closing(settings)],
    ["reopen", reopening(settings)],
    ...alertNames.map((name): [string, string] => [
      `alert ${name}`,
      alertFacts(settings, name, byName.get(name)),
    ]),
    ...functionSections.map((name): [string, string] => [
      `logs ${name}`,
      functionLogs(settings, byName.get(name)),
    ]),
  ]);
}

// Alerts

const alertIndex = (settings: RunbookSettings, alerts: readonly Alert[]): string =>
  table(
    ["Alerta", "Gravedad", "Cláusulas", "Umbral", "Durante", "Tablero"],
    alerts.map((alert) => [
      `[${alert.name}](#${runbookAnchor(alert.name)})`,
      alert.severity,
      alert.clauses.join(", "),
      threshold(alert),
      duration(alert.forSeconds),
      dashboardLink(settings, alert.dashboard),
    ]),
  );

const dashboardLink = ({ namePrefix, observability }: RunbookSettings, id: DashboardId): string =>
  `[${id}](${dashboardUrl(observability.grafana.url, namePrefix, id)})`;

function alertFacts(settings: RunbookSettings, name: AlertName, alert: Alert | undefined): string {
  if (alert === undefined) return `\`${name}\` no vigila nada en \`${settings.stack}\`: no hay de qué.`;
  const { severity, clauses, dashboard, forSeconds, condition, whenSilent } = alert;
  const facts = [
    `**${severity}**`,
    clauses.join(", "),
    forSeconds === 0 ? duration(0) : `durante ${duration(forSeconds)}`,
    `tablero ${dashboardLink(settings, dashboard)}`,
    whenSilent === "alerting" ? "sin datos, suena" : "sin datos, calla",
  ].join(" · ");
  const exact =
    condition.source === "prometheus"
      ? ["```promql", condition.expr, "```"]
      : [
          `\`${formula(condition.math)}\`, con`,
          "",
          ...Object.entries(condition.operands).map(
            ([letter, operand]) => `- \`${letter}\`: ${operandInWords(operand)}${subjects(operand)}`,
          ),
        ];
  return [facts, "", ...exact, ...unanswered(alert)].join("\n");
}

/**
 * Of an alert that rings without a value as well: whoever is woken by it would take the rest of its section for what has happened.
 * The English words are those of the alert's summary.
 */
function unanswered({ condition, whenSilent, ringsUnanswered = false }: Alert): readonly string[] {
  const source = { cloudwatch: "CloudWatch", prometheus: "Prometheus" }[condition.source];
  const then = "ve a [Si Grafana no contesta](#si-grafana-no-contesta).";
  if (ringsUnanswered)
    return [
      "",
      `**Si el resumen dice \`${source} gives no answer\`**, no se sabe si se cumple y lo que sigue no vale: ${then}`,
    ];
  if (whenSilent === "alerting")
    return ["", `**Si el tablero no tiene ni un dato de ${source}**, suena sin saber nada: ${then}`];
  return [];
}

const threshold = ({ condition }: Alert): string =>
  condition.source === "prometheus"
    ? `PromQL sobre ${codes(metricsIn(condition.expr))}`
    : thresholdInWords(condition, ({ reduce, windowSeconds }) =>
        reduce === "last" ? "" : `en ${duration(windowSeconds)}`,
      );

/** A metric is what stands before its labels; a function or a label never does. */
export const metricsIn = (expr: string): readonly string[] => [
  ...new Set([...expr.matchAll(/\b([a-zA-Z_:][\w:]*)\s*\{/g)].map(([, metric = ""]) => metric)),
];

/** With "de" before it, as Spanish wants it. */
const STATISTICS: Readonly<Record<Statistic, { readonly word: string; readonly of: string }>> = {
  Sum: { word: "suma", of: "de la suma" },
  Average: { word: "media", of: "de la media" },
  Minimum: { word: "mínimo", of: "del mínimo" },
  Maximum: { word: "máximo", of: "del máximo" },
  SampleCount: { word: "número de valores", of: "del número de valores" },
  p50: { word: "p50", of: "del p50" },
  p95: { word: "p95", of: "del p95" },
  p99: { word: "p99", of: "del p99" },
};
const REDUCERS: Readonly<Record<Operand["reduce"], string>> = {
  last: "último valor",
  mean: "media",
  min: "mínimo",
  max: "máximo",
  sum: "suma",
  count: "número de valores",
};

function operandInWords({ query, reduce, windowSeconds, endsSecondsAgo, whenEmpty }: Operand): string {
  const { word, of } = STATISTICS[query.statistic];
  const window = duration(windowSeconds);
  const isOne = windowSeconds <= query.periodSeconds || word === REDUCERS[reduce];
  const per = query.periodSeconds === MINUTE ? "minuto" : duration(query.periodSeconds);
  const what = isOne
    ? `${word} de \`${query.metricName}\` en ${window}`
    : `${REDUCERS[reduce]} en ${window} ${of} de \`${query.metricName}\` por ${per}`;
  const until = endsSecondsAgo > 0 ? `, hasta hace ${duration(endsSecondsAgo)}` : "";
  return `${what}${until}${whenEmpty === undefined ? "" : `; sin datos, ${whenEmpty}`}`;
}

/** Longer lists of subjects are the settings' own. */
const MAX_SUBJECTS = 3;

function subjects({ query: { namespace, dimensions } }: Operand): string {
  const each = Object.entries(dimensions).map(([name, value]) => {
    if (value === "*") return `cada \`${name}\``;
    if (typeof value === "string") return `\`${name}=${value}\``;
    return value.length > MAX_SUBJECTS
      ? `\`${name}\`: ${value.length} valores`
      : value.map((one) => `\`${name}=${one}\``).join(" o ");
  });
  return ` (${[`\`${namespace}\``, ...each].join(", ")})`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function duration(seconds: number): string {
  if (seconds === 0) return "al momento";
  for (const [unit, word] of [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
  ] as const)
    if (seconds % unit === 0) return `${seconds / unit} ${word}`;
  return `${seconds} s`;
}

// Where functions write

/** Sections that ask the logs of the functions that their alert watches. */
const functionSections = [
  "RotationFailed",
  "RotationFunctionFailed",
  "FunctionFaults",
  "FunctionThrottled",
  "FunctionMemoryHigh",
  "AsyncEventsLost",
  "AsyncEventsLate",
] as const satisfies readonly AlertName[];

/** The line above such a section's query: a function that is left out of it would be taken for a silent one. */
function functionLogs({ namePrefix, stack }: RunbookSettings, alert: Alert | undefined): string {
  if (alert === undefined) return `Ninguna función que vigilar en \`${stack}\`.`;
  const watched = watchedFunctions(alert, namePrefix);
  // Of a secret that is stuck it is whoever rotates it, which its name does not say.
  const asked = watched.length > 0 ? watched : inAws(namePrefix, rotationFunctions);
  return `En ${codes(asked.map(functionLogGroup))}:`;
}

const inAws = (namePrefix: string, names: readonly string[]): readonly string[] =>
  names.map((name) => `${namePrefix}-${name}`);

/**
 * The functions that an alert is about, as they are called in AWS. One that alone reports of others, as `trust-watch` does of secrets and
 * `edge` of agents, is not among them.
 */
export function watchedFunctions({ condition }: Alert, namePrefix: string): readonly string[] {
  if (condition.source === "prometheus") return [];
  const found = Object.values(condition.operands).flatMap(({ query: { namespace, dimensions } }) => {
    const { FunctionName: ofLambda = [], functionName: own = [] } = dimensions;
    if (namespace === "AWS/Lambda") return ofLambda;
    return typeof own === "string" ? [] : inAws(namePrefix, own);
  });
  return [...new Set(found)];
}

// Who is paged

function pager({ observability: { pager: who } }: RunbookSettings): string {
  const { schedule, escalation, groupingMinutes } = who;
  const ids = (list: readonly string[]): string => list.map((id) => `\`${id}\``).join(", ");
  return [
    table(
      ["Orden", "A quién", "Cuándo"],
      [
        [
          "1",
          `la guardia: ${ids(schedule.turns)}, por turnos`,
          `al momento; relevo cada ${schedule.turnDays} días a las ${schedule.handOverAt} (${schedule.timeZone})`,
        ],
        ["2", ids(escalation.then), `si nadie acepta en ${escalation.acknowledgeMinutes} min`],
      ],
    ),
    "",
    `La ronda se repite ${escalation.repeats} veces.`,
    "",
    `Cada alerta es un incidente, con todos sus agentes, clientes o dominios. Lo que empieza en los ${groupingMinutes} min siguientes PagerDuty lo`,
    "añade al incidente abierto, si la cuenta tiene el complemento AIOps. Aun así, una caída de verdad pueden ser dos o tres",
    "incidentes: acéptalos todos y trátalos como uno.",
  ].join("\n");
}

// Commands with staging's own names

function commands(settings: RunbookSettings): string {
  const { stack, namePrefix, account, gateway, voice, clients, cluster, prober } = settings;
  const inStack = `--stack ${stack}`;
  return table(
    ["Para", "Orden"],
    [
      [`ver en qué cuenta estás: debe ser \`${account.id}\``, "`aws sts get-caller-identity`"],
      [
        "ver las alarmas de CloudWatch que suenan",
        `\`aws cloudwatch describe-alarms --alarm-name-prefix ${namePrefix} --state-value ALARM\``,
      ],
      [
        `ver el despliegue en vigor del stage \`${gateway.stageName}\``,
        `\`aws apigateway get-stage --rest-api-id "$(pulumi stack output restApiId ${inStack})" --stage-name ${gateway.stageName}\``,
      ],
      [
        `ver el del stage de voz \`${voice.stageName}\``,
        `\`aws apigatewayv2 get-stage --api-id "$(pulumi stack output webSocketApiId ${inStack})" --stage-name ${voice.stageName}\``,
      ],
      ...requestFunctions.map((name): [string, string] => [
        `ver la versión en vigor de \`${name}\``,
        `\`aws lambda get-alias --function-name ${namePrefix}-${name} --name live\``,
      ]),
      [
        `ver los certificados de un cliente (${clients.map(({ clientId }) => `\`${clientId}\``).join(", ")})`,
        "`npm run client -- list <client_id>`",
      ],
      ["ver qué se ha cambiado a mano", "`npm run drift`"],
      ["ver los pods de los agentes", `\`kubectl -n ${cluster.agents.namespace} get pods\``],
      ["ver el prober", `\`kubectl -n ${prober.namespace} get pods\``],
    ],
  );
}

/** What stands between callers and agents; none of the three lets anything through without concurrency. */
const doors = ({ functions: { edge, voiceAuthorizer, voice } }: RunbookSettings) =>
  [
    { name: "edge", ...edge },
    { name: "voice-authorizer", provisionedConcurrency: 0, ...voiceAuthorizer },
    { name: "voice", provisionedConcurrency: 0, ...voice },
  ] as const;

const sh = (lines: readonly string[]): string => ["```sh", ...lines, "```"].join("\n");

/**
 * No function may have less than is kept warm of it, so that goes first.
 * https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
const closing = (settings: RunbookSettings): string =>
  sh(
    doors(settings).flatMap(({ name, provisionedConcurrency }) => {
      const of = `--function-name ${settings.namePrefix}-${name}`;
      return [
        ...(provisionedConcurrency > 0
          ? [`aws lambda delete-provisioned-concurrency-config ${of} --qualifier live`]
          : []),
        `aws lambda put-function-concurrency ${of} --reserved-concurrent-executions 0`,
      ];
    }),
  );

/** What undoes it: the concurrency that the settings give. */
const reopening = (settings: RunbookSettings): string =>
  sh(
    doors(settings).flatMap(({ name, reservedConcurrency, provisionedConcurrency }) => {
      const of = `--function-name ${settings.namePrefix}-${name}`;
      return [
        `aws lambda put-function-concurrency ${of} --reserved-concurrent-executions ${reservedConcurrency}`,
        ...(provisionedConcurrency > 0
          ? [
              `aws lambda put-provisioned-concurrency-config ${of} --qualifier live --provisioned-concurrent-executions ${provisionedConcurrency}`,
            ]
          : []),
      ];
    }),
  );

// Metrics

const prometheus = ({ namePrefix, observability: { grafana } }: RunbookSettings): string =>
  [
    `Las consultas PromQL («En Prometheus») pégalas en Grafana (\`${grafana.url}\`) → Explore → fuente de datos`,
    `\`${dataSourceUid(namePrefix, "prometheus")}\`. Si Grafana no contesta, en la página de Prometheus: \`${grafana.prometheusUrl}/graph\`.`,
  ].join("\n");

/**
 * What the ordered alerts ask, asked by hand. Not by GetMetricData: its calls would be taken for Grafana's, and hide its silence.
 * https://docs.aws.amazon.com/cli/latest/reference/cloudwatch/get-metric-statistics.html
 */
function withoutGrafana(settings: RunbookSettings, byName: ReadonlyMap<string, Alert>): string {
  const asked = (["ChatLatencyHigh", "ServerErrorsHigh", "ThrottlingSpike"] as const).flatMap((name) => {
    const condition = byName.get(name)?.condition;
    if (condition?.source !== "cloudwatch") return [];
    const each = Object.values(condition.operands).map(({ query }) => metricCommand(query));
    return [`De [${name}](#${runbookAnchor(name)}):`, "", sh([...new Set(each)]), ""];
  });
  return [...asked, ...doorByHand(settings)].join("\n");
}

function metricCommand({ namespace, metricName, dimensions, statistic }: CloudWatchQuery): string {
  const pairs = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const of = pairs.length === 0 ? "" : ` --dimensions '${JSON.stringify(pairs)}'`;
  const [option, path] = /^p\d/.test(statistic)
    ? ["--extended-statistics", `ExtendedStatistics.${statistic}`]
    : ["--statistics", statistic];
  return `aws cloudwatch get-metric-statistics --namespace ${namespace} --metric-name ${metricName}${of} --period ${MINUTE} ${option} ${statistic} --start-time <desde> --end-time <hasta> --query 'sort_by(Datapoints,&Timestamp)[].[Timestamp,${path}]' --output table`;
}

/** What the prober does, by hand: a body that no route takes, which only what is behind the door refuses. */
function doorByHand({ agents, observability }: RunbookSettings): readonly string[] {
  const { route } = observability.alerts.chatLatency;
  const agent = agents.find(
    (each) => domainClass(each) === "mutualTls" && each.configuration.routes.includes(route),
  );
  if (!agent) return ["Ninguna puerta pide certificado."];
  const curl = "curl --silent --show-error --output /dev/null --write-out '%{http_code}'";
  const request = `--header 'content-type: application/json' --data '{}' https://${agent.domain}${route}`;
  return [
    "Una puerta, con un certificado bueno y sin ninguno:",
    "",
    sh([
      `${curl} --cert <certificado> --key <clave_privada> --header @<cabecera> ${request}`,
      `${curl} --header @<cabecera> ${request}`,
    ]),
  ];
}

// Logs

/** Every log group that the stack declares, with what its lines are about. `<…>` is an id that AWS makes up. */
export function logGroups({
  namePrefix,
  gateway,
  voice,
}: Pick<RunbookSettings, "namePrefix" | "gateway" | "voice">): readonly {
  readonly name: string;
  readonly what: string;
}[] {
  return [
    {
      name: accessLogName(namePrefix),
      what: "una línea por petición HTTP, la conteste quien la conteste",
    },
    { name: voiceAccessLogName(namePrefix), what: "una línea por evento de una sesión de voz" },
    { name: logGroupName(namePrefix), what: "lo que el firewall ha rechazado o contado" },
    ...functionNames.map((name) => ({
      name: functionLogGroup(`${namePrefix}-${name}`),
      what: `una línea por llamada a \`${name}\``,
    })),
    { name: findingsLogGroupName(namePrefix), what: "dónde se ha enmascarado qué; nunca qué ponía" },
    { name: scansLogGroupName(namePrefix), what: "una línea por escaneo terminado" },
    {
      name: `API-Gateway-Execution-Logs_<rest_api_id>/${gateway.stageName}`,
      what: "errores del propio gateway; también por qué rechaza un certificado",
    },
    { name: `/aws/apigateway/<web_socket_api_id>/${voice.stageName}`, what: "lo mismo, de la voz" },
  ];
}

const logGroupTable = (settings: RunbookSettings): string =>
  table(
    ["Grupo", "Qué hay"],
    logGroups(settings).map(({ name, what }) => [`\`${name}\``, what]),
  );

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
