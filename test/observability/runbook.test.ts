import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { describe, expect, it, type TestContext } from "vitest";
import { refusalText, judgementText } from "../../cli/deploy/text";
import {
  logGroups,
  metricsIn,
  runbookWithFacts,
  watchedFunctions,
  withFacts,
} from "../../cli/export/runbook";
import { plainStyle } from "../../cli/style";
import { alarmSections, runbookAnchor } from "../../infra/observability/runbook";
import { readContract } from "../../infra/contract/contract";
import { alertNames } from "../../infra/observability/alerts/alertNames";
import { alerts } from "../../infra/observability/alerts/alerts";
import { observed } from "../../infra/observability/observed";
import { dashboardIds, dashboardUid } from "../../infra/observability/dashboards/dashboardIds";
import { loadSettings } from "../../infra/settings/loadSettings";
import { stackConfig, stagingValues } from "../support/staging";
import { checkCommand, type Known } from "./support/knownCommands";
import { hasField, valuesOf } from "./support/logFields";
import { readQuery } from "./support/logsInsights";
import {
  anchorOf,
  anchorsIn,
  fencesIn,
  inlineCodeIn,
  linksIn,
  proseOf,
  sectionsOf,
  type Fence,
} from "./support/runbookText";
import { commandsIn } from "./support/shell";
import { someAlerts } from "./support/someAlerts";

const file = join(__dirname, "..", "..", "docs", "runbook.md");
const committed = readFileSync(file, "utf8");
const contract = readContract();
const settings = loadSettings(stackConfig(stagingValues()), contract);
const { namePrefix } = settings;

/** What the program registers, as it is committed for reviewers. */
const preview = readFileSync(join(__dirname, "..", "..", "stacks", "staging", "preview.json"), "utf8");
const { steps, outputs } = JSON.parse(preview) as {
  readonly steps: readonly { readonly urn: string }[];
  readonly outputs: Readonly<Record<string, unknown>>;
};
const known: Known = {
  doors: settings.agents.flatMap(({ domain, configuration: { routes } }) =>
    routes.map((route) => `https://${domain}${route}`),
  ),
  urns: steps.map(({ urn }) => urn),
  outputs: Object.keys(outputs),
  namespaces: [
    settings.cluster.agents.namespace,
    settings.prober.namespace,
    settings.scanning.namespace,
    settings.prober.prometheus.namespace,
    settings.prober.externalSecretsMetrics.split(".")[1] ?? "",
  ],
};

// Rules, each a list of what is wrong, so that what they find can be tried on a text that was spoilt on purpose.

/** What CloudWatch tells the pager itself, so that somebody hears it without Grafana. */

const PARTS = ["Significa.", "Causas probables.", "Distínguelas.", "Haz."];

function sectionProblems(text: string): string[] {
  const found = sectionsOf(sectionsOf(text, 2).get("Señales") ?? "", 3);
  const wanted: readonly string[] = [...alertNames, ...alarmSections];
  const missing = wanted.filter((name) => !found.has(name)).map((name) => `no section ${name}`);
  const strange = [...found.keys()].filter((title) => !wanted.includes(title));
  const broken = [...found].flatMap(([title, section]) => {
    const at = PARTS.map((part) => section.indexOf(`\n**${part}**`));
    if (at.some((start, index) => start === -1 || start < (at[index - 1] ?? 0)))
      return [`${title}: ${PARTS.join(" ")} are not there in this order`];
    const [meaning = "", causes = "", apart = "", action = ""] = PARTS.map((part, index) =>
      section.slice((at[index] ?? 0) + part.length + 5, at[index + 1]).trim(),
    );
    return [
      ...(meaning.length < 30 ? [`${title}: does not say what it means`] : []),
      ...([...causes.matchAll(/^\d\. \S.{10,}/gm)].length === 2 ? [] : [`${title}: not two causes`]),
      ...(fencesIn(apart).length > 0 ? [] : [`${title}: nothing tells its causes apart`]),
      ...(section.split("```").length === 2 * fencesIn(section).length + 1
        ? []
        : [`${title}: a block is open`]),
      ...(/^(- |1\. )\S.{10,}/m.test(action) ? [] : [`${title}: nothing to do`]),
    ];
  });
  return [...missing, ...strange.map((title) => `a section ${title} of no alert`), ...broken];
}

const problemsOf = (what: string, check: () => void): string[] => {
  try {
    check();
    return [];
  } catch (error) {
    return [`${what}: ${error instanceof Error ? error.message : String(error)}`];
  }
};

function commandProblems(text: string): string[] {
  const blocks = fencesIn(text).filter(({ language }) => language === "sh");
  const inline = inlineCodeIn(text).filter((code) => /^(aws|kubectl|pulumi|npm|git) \S/.test(code));
  return [
    ...blocks.flatMap(({ text: lines }) =>
      problemsOf(lines, () => {
        for (const command of commandsIn(lines)) checkCommand(command, known);
      }),
    ),
    ...inline.flatMap((code) =>
      problemsOf(code, () => {
        for (const command of commandsIn(code)) checkCommand(command, known, false);
      }),
    ),
  ];
}

const groupsAbove = ({ before }: Fence): readonly string[] =>
  [...before.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code).filter((code) => code.includes(namePrefix));

function queryProblems(text: string): string[] {
  const declared = logGroups(settings).map(({ name }) => name);
  return fencesIn(text)
    .filter(({ language }) => language === "logs-insights")
    .flatMap((fence) =>
      problemsOf(fence.text, () => {
        const { fields, comparisons } = readQuery(fence.text);
        const groups = groupsAbove(fence);
        if (groups.length === 0) throw new Error("no log group above it");
        for (const group of groups) if (!declared.includes(group)) throw new Error(`no log group ${group}`);
        for (const field of fields)
          if (!groups.some((group) => hasField(group, namePrefix, field)))
            throw new Error(`${groups.join()} have no ${field}`);
        for (const { field, values } of comparisons)
          for (const value of values)
            if (valuesOf(groups, field)?.includes(value) === false)
              throw new Error(`${field} is never ${value}`);
      }),
    );
}

/** A function that an alert watches and its section does not ask is taken for a silent one. */
function unaskedFunctions(text: string): string[] {
  const sections = sectionsOf(text, 3);
  return alerts(settings, contract).flatMap((alert) => {
    const asked = fencesIn(sections.get(alert.name) ?? "")
      .filter(({ language }) => language === "logs-insights")
      .flatMap(groupsAbove);
    return watchedFunctions(alert, namePrefix)
      .filter((name) => !asked.includes(`/aws/lambda/${name}`))
      .map((name) => `${alert.name} does not ask ${name}`);
  });
}

/** An update that names neither its stack nor the pack is judged by nobody. */
const bareUpdates = (text: string): string[] =>
  [...text.matchAll(/pulumi up\b[^`\n]*/g)]
    .map(([command]) => command)
    .filter((command) => !command.includes("--stack ") || !command.includes("--policy-pack "));

/**
 * What the scrape jobs bring: the exporter's probes, External Secrets' conditions, the kubelet's containers, and Prometheus' own
 * `up`. https://github.com/prometheus/blackbox_exporter, https://external-secrets.io/latest/api/metrics/,
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
const scraped = [
  "up",
  "probe_success",
  "probe_http_status_code",
  "probe_failed_due_to_regex",
  "probe_ssl_earliest_cert_expiry",
  "externalsecret_status_condition",
  "container_memory_working_set_bytes",
];

const promqlIn = (text: string): readonly string[] =>
  fencesIn(text)
    .filter(({ language }) => language === "promql")
    .map((fence) => fence.text);

function promqlProblems(text: string, metrics: readonly string[]): string[] {
  return promqlIn(text).flatMap((expr) => {
    const used = metricsIn(expr);
    if (used.length === 0) return [`${expr}: names no metric`];
    return used.filter((name) => !metrics.includes(name)).map((name) => `${expr}: nobody scrapes ${name}`);
  });
}

function linkProblems(text: string): string[] {
  const anchors = anchorsIn(text);
  const { url } = settings.observability.grafana;
  const dashboards = dashboardIds.map((id) => `${url}/d/${dashboardUid(namePrefix, id)}`);
  const twice = anchors.filter((anchor, at) => anchors.indexOf(anchor) !== at);
  const dead = linksIn(text).filter((target) => {
    if (target.startsWith("#")) return !anchors.includes(target.slice(1));
    if (target.startsWith(`${url}/`)) return !dashboards.includes(target);
    if (/^[a-z]+:/.test(target)) return true;
    const [path = "", anchor] = target.split("#");
    const there = join(dirname(file), path);
    if (!existsSync(there)) return true;
    return anchor !== undefined && !anchorsIn(readFileSync(there, "utf8")).includes(anchor);
  });
  return [
    ...twice.map((anchor) => `two headings are #${anchor}`),
    ...dead.map((target) => `dead: ${target}`),
  ];
}

/** Names of staging must be of something that the program declares, or that one of its exports makes. */
function nameProblems(text: string): string[] {
  const made = [namePrefix, ...dashboardIds.map((id) => dashboardUid(namePrefix, id))];
  const names = new Set(
    text.match(/(?<![\w/-])(?:\/aws\/\w+\/|\/fase-b\/|aws-waf-logs-)?fase-b-staging(?:[/-][\w/-]*\w)?/g),
  );
  return [...names].filter((name) => {
    if (made.includes(name) || name.startsWith(`${namePrefix}/functions`) || name === `${namePrefix}/logs`)
      return false;
    return !new RegExp(`(?<![\\w/-])${name}(?![\\w/-])`).test(preview);
  });
}

/** Settings that somebody is told to change are settings. */
function settingProblems(text: string): string[] {
  const missing = (value: unknown, there: unknown, path: string): string[] => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      if (typeof there !== "object" || there === null || !Object.hasOwn(there, key))
        return [`no setting ${path}${key}`];
      return missing(inner, Reflect.get(there, key), `${path}${key}.`);
    });
  };
  const all = Object.fromEntries(
    Object.entries(stagingValues()).map(([key, value]) => [`fase-b:${key}`, value]),
  );
  const blocks = fencesIn(text).filter(({ language }) => language === "yaml");
  const inline = inlineCodeIn(text).filter((code) => /^fase-b:[a-zA-Z]+$/.test(code));
  return [
    ...blocks.flatMap((fence) => missing(parse(fence.text), all, "")),
    ...inline.filter((code) => !Object.hasOwn(all, code)).map((code) => `no setting ${code}`),
  ];
}

/** Words that Spanish writes with an accent, without it; and the form of address that this text does not use. */
const MISSPELT =
  /(?<!\p{L})(?:accion|codigo|tambien|funcion|peticion|version|rotacion|validacion|renovacion|direccion|conexion|maquina|ultim[oa]s?|numero|segun|despues|minimo|maximo|pagina|linea|rapido|todavia|aqui|asi|mas|dia|dias|esta[ns]? (?:caido|listo|lista)|clausulas?|credito|unico|raiz|pidelo|senal(?:es)?|ano|usted|ustedes|compruebe|revise|mire|haga|pulse|escriba)(?!\p{L})/giu;

function needsPromtool(context: TestContext): void {
  if (spawnSync("promtool", ["--version"]).error) context.skip("no promtool on the PATH");
}

function promtoolTakes(expressions: readonly string[]): boolean {
  const folder = mkdtempSync(join(tmpdir(), "runbook-"));
  const rules = expressions.map((expr, at) => ({ record: `runbook:${at}`, expr }));
  try {
    writeFileSync(join(folder, "rules.yml"), JSON.stringify({ groups: [{ name: "runbook", rules }] }));
    return spawnSync("promtool", ["check", "rules", join(folder, "rules.yml")]).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the runbook (B7.5)", () => {
  it("has a section with every part for every alert, and no other", () => {
    expect(sectionProblems(committed)).toEqual([]);
  });

  it("finds a section that is missing, unknown, or lacks a part", () => {
    const spoil = (from: string | RegExp, to: string): string[] => {
      const spoilt = committed.replace(from, to);
      expect(spoilt).not.toBe(committed);
      return sectionProblems(spoilt);
    };
    expect(spoil("### QueueLate\n", "### QueueSlow\n")).toEqual([
      "no section QueueLate",
      "a section QueueSlow of no alert",
    ]);
    expect(spoil(/(### QueueLate[\s\S]*?)\n2\. .*/, "$1")).toEqual(["QueueLate: not two causes"]);
    expect(spoil(/(### QueueLate[\s\S]*?)```sh[\s\S]*?```/, "$1")).toEqual([
      "QueueLate: nothing tells its causes apart",
    ]);
    expect(spoil(/(### QueueLate[\s\S]*?)\n```sh/, "$1 ```sh")).toContain("QueueLate: a block is open");
    expect(spoil(/(### QueueLate[\s\S]*?)\*\*Haz\.\*\*/, "$1")).toEqual([
      `QueueLate: ${PARTS.join(" ")} are not there in this order`,
    ]);
    expect(spoil(/(### QueueLate[\s\S]*?\*\*Haz\.\*\*)[\s\S]*?\n### /, "$1\n\n### ")).toEqual([
      "QueueLate: nothing to do",
    ]);
    expect(spoil(/(### QueueLate[\s\S]*?\*\*Significa\.\*\*).*/, "$1 Tarde.")).toEqual([
      "QueueLate: does not say what it means",
    ]);
  });

  it("says what an incident needs: first minutes, roles, channel, rolling back, standing down, evidence", () => {
    const titles = [...sectionsOf(committed, 2).keys()];
    expect(titles).toEqual([
      "Los primeros cinco minutos",
      "Gravedad",
      "Papeles",
      "El canal",
      "Comunicación",
      "Las herramientas",
      "Volver atrás",
      "Cuándo se cierra",
      "Después",
      "Señales",
    ]);
    const part = (title: string): string => sectionsOf(committed, 2).get(title) ?? "";
    for (const minute of [0, 1, 2, 3, 4, 5])
      expect(part("Los primeros cinco minutos")).toContain(`**Minuto ${minute}.`);
    expect(part("Papeles")).toMatch(/\*\*Incident commander\.\*\*[\s\S]*\*\*Scribe\.\*\*/);
    expect(part("El canal")).toContain("`#inc-{date}-{summary}`");
    const [example = ""] = /#inc-\d[^`]*/.exec(part("El canal")) ?? [];
    // Slack's own limits: https://api.slack.com/methods/conversations.create
    expect(example).toMatch(/^#inc-\d{4}-\d\d-\d\d(-[a-z0-9]+){2,4}$/);
    expect(example.length - 1).toBeLessThanOrEqual(80);
    expect(part("Después")).toContain("`#api-sec-audit`");
    expect(part("Volver atrás")).toContain("infra/secrets/liveValues.ts");
  });

  it("tells of the alarms that need no Grafana, under the sections that they lead to", () => {
    const sections = sectionsOf(sectionsOf(committed, 2).get("Señales") ?? "", 3);
    const alarm = (name: string): string => sections.get(name) ?? "";
    expect(alarm("GrafanaSilent")).toContain(`\`${namePrefix}-grafana-silent\``);
    expect(alarm("GrafanaSilent")).toContain("del primer despliegue");
    expect(alarm("AlarmsLost")).toContain(`\`${namePrefix}-alarms-lost\``);
    expect(alarm("PageAlarmsLost")).toContain(`\`${namePrefix}-page-alarms\``);
    const anchors = anchorsIn(committed);
    for (const name of alarmSections) expect(anchors).toContain(name.toLowerCase());
  });

  it("does not take a list without alarms for calm, and says how to ask without Grafana", () => {
    const blind = sectionsOf(sectionsOf(committed, 2).get("Las herramientas") ?? "", 3).get(
      "Si Grafana no contesta",
    );
    expect(blind?.replace(/\s+/g, " ")).toContain("una lista vacía no es calma");
    for (const metric of ["OrderedSlowRequests", "ServedServerErrors", "ServedRequests", "Throttled"])
      expect(blind).toContain(`--metric-name ${metric} `);
    expect(blind).toMatch(/^curl .* --cert \S+ --key \S+ .*\/chat$/m);
    // Its calls are what Grafana's silence is seen by.
    expect(committed).not.toMatch(/aws cloudwatch get-metric-data/);
  });

  it("says how long an acknowledged page sleeps, as the pager has it", () => {
    const [, seconds] = /"acknowledgementTimeout": "(\d+)"/.exec(preview) ?? [];
    const quiet = sectionsOf(sectionsOf(committed, 2).get("Los primeros cinco minutos") ?? "", 3).get(
      "Callar una alerta",
    );
    expect(quiet).toContain(`vuelve a sonar a los ${Number(seconds) / 60} minutos`);
  });

  it("has an anchor for each alert that links name (the alert's name in lower case)", () => {
    const anchors = anchorsIn(committed);
    for (const name of alertNames) {
      expect(anchorOf(name)).toBe(runbookAnchor(name));
      expect(anchors).toContain(runbookAnchor(name));
    }
  });

  it("holds no path of a machine and no address of a person", () => {
    expect(committed).not.toMatch(/(?:^|[\s`("'])\/(?:home|root|Users|work|tmp)\b/m);
    expect(committed).not.toMatch(/[\w.+-]+@[\w-]+\.\w/);
  });

  it("writes Spanish with its accents, and says tú", () => {
    expect(proseOf(committed).match(MISSPELT) ?? []).toEqual([]);
    expect("Mire la ultima linea del dia".match(MISSPELT)).toEqual(["Mire", "ultima", "linea", "dia"]);
  });
});

describe("what the runbook tells to type", () => {
  it("are commands that exist, with options that they have", () => {
    expect(commandProblems(committed)).toEqual([]);
    expect(fencesIn(committed).filter(({ language }) => language === "sh").length).toBeGreaterThan(30);
  });

  it.each([
    ["npm run previw", /no npm run previw/],
    ["npm run preview -- --difff", /no option --difff/],
    ["npm run client -- revok web-app", /got "revok"/],
    ["npm run client -- revoke web-app --all --serial 1", /exclude each other/],
    ["npm run drift -- --fix", /no option --fix/],
    ["npm run rollback -- undo", /got "undo"/],
    ["npm run rollback -- apply --by devops-security", /--reason: got none/],
    ["aws apigateway update-stages --rest-api-id x --stage-name v1", /no UpdateStagesCommand/],
    ["aws apigateway update-stage --rest-api-id x", /needs --stage-name/],
    [
      "aws apigateway update-stage --rest-api-id x --stage-name v1 --deployment-id y",
      /no option --deployment-id/,
    ],
    ["aws secretsmanager rotate-secret --name x", /no option --name/],
    ["aws lambda move-alias --function-name x --name live", /not in the table/],
    ["aws lambda update-alias --function-name x --name live --version 3", /no option --version/],
    ["aws ec2 describe-instances", /not in the table/],
    ["pulumi rollback --stack staging", /no pulumi rollback/],
    ["pulumi up --to <commit>", /no option --to/],
    ["pulumi up --target '**::firewall-bloqued-ipv4'", /no resource of the stack/],
    ["pulumi stack output apiId --stack staging", /no output apiId/],
    ["kubectl -n fase-b-agent get pods", /no namespace/],
    ["kubectl -n fase-b-agents get certificats", /no kind/],
    ["kubectl -n fase-b-agents delete pods", /no kubectl delete/],
    ["git switch --detached abc", /no --detached/],
    ['curl "https://example.com"', /no door/],
    ["curl --insecure https://chat-01.staging.example.com/chat", /no option --insecure/],
    ["wget https://chat-01.staging.example.com/chat", /wget: allowed/],
    ["aws cloudwatch get-metric-statistics --namespace AWS/SNS --metric-name x", /needs --start-time/],
    ["npm run drift | tail", /one plain command a line/],
    ['aws sqs get-queue-attributes --queue-url "$(aws sqs get-queue --queue-name x)"', /not in the table/],
  ])("refuses %s", (line, why) => {
    expect(commandProblems(`\`\`\`sh\n${line}\n\`\`\`\n`).join()).toMatch(why);
  });

  it("never an update without its stack and the pack", () => {
    expect(bareUpdates(committed)).toEqual([]);
    expect(bareUpdates("Repónlo con `pulumi up`.\npulumi up --stack staging --diff\n")).toEqual([
      "pulumi up",
      "pulumi up --stack staging --diff",
    ]);
  });

  it("names the usual command once, with what a refusal looks like", () => {
    const usual = sectionsOf(sectionsOf(committed, 2).get("Las herramientas") ?? "", 3).get(
      "La orden de siempre",
    );
    expect(usual).toContain("\nnpm run preview -- --diff\nnpm run deploy -- up\n");
    // Without a look at the account first, the engine has nothing to put back.
    expect(usual).toContain("\npulumi refresh --stack staging\n");
    const refused = {
      urn: "urn:pulumi:staging::fase-b::aws:dynamodb/table:Table::data-requests",
      id: "aws:dynamodb/table:Table::data-requests",
      loss: "deleted",
      op: "delete",
      allowed: false,
      because: "it holds state, and no letter names it",
    } as const;
    const judgement = { losses: [refused], others: {}, staging: true } as const;
    expect(usual).toContain(
      judgementText(judgement, settings.stack, plainStyle) + refusalText([refused], plainStyle),
    );
    expect(linksIn(committed).filter((target) => target === "#la-orden-de-siempre").length).toBeGreaterThan(
      20,
    );
  });

  it("also where a command stands in a sentence", () => {
    expect(commandProblems("Mira `aws lambda get-aliases` y ya.").join()).toMatch(/not in the table/);
  });

  it("are names of things that the stack has", () => {
    expect(nameProblems(committed)).toEqual([]);
    expect(nameProblems("`fase-b-staging-edgy` y `/aws/lambda/fase-b-staging-edge`")).toEqual([
      "fase-b-staging-edgy",
    ]);
  });

  it("are settings that there are", () => {
    expect(settingProblems(committed)).toEqual([]);
    expect(
      settingProblems("```yaml\nfase-b:firewall:\n  blockedAdresses: []\n```\n`fase-b:firewal`"),
    ).toEqual(["no setting fase-b:firewall.blockedAdresses", "no setting fase-b:firewal"]);
  });
});

/** Staging with a block of the runbook written into it. */
function withBlock(yaml: string): Record<string, unknown> {
  const written = (into: unknown, value: unknown): unknown => {
    if (!isRecord(into) || !isRecord(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, written(into[key], inner)]);
    return { ...into, ...Object.fromEntries(entries) };
  };
  const block = Object.entries(parse(yaml) as Record<string, unknown>);
  const bare = Object.fromEntries(block.map(([key, value]) => [key.replace(/^fase-b:/, ""), value]));
  return written(stagingValues(), bare) as Record<string, unknown>;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

describe("the settings that the runbook tells to write", () => {
  const load = (yaml: string) => () => loadSettings(stackConfig(withBlock(yaml)), contract);

  it("are taken", () => {
    const blocks = fencesIn(committed).filter(({ language }) => language === "yaml");
    expect(blocks.length).toBeGreaterThanOrEqual(2);
    for (const { text } of blocks) expect(load(text)).not.toThrow();
  });

  it("would be refused if they were wrong together", () => {
    const step = "slowDown: { limit: 40000, retryAfterSeconds: 30, mode: block }";
    expect(load(`fase-b:firewall:\n  rateSteps:\n    rest:\n      byClientKey:\n        ${step}\n`)).toThrow(
      /byIpAddress/,
    );
  });
});

describe("what the runbook tells to ask", () => {
  it("are Logs Insights queries of fields that the logs have, in groups that the stack declares", () => {
    expect(queryProblems(committed)).toEqual([]);
    expect(fencesIn(committed).filter(({ language }) => language === "logs-insights").length).toBeGreaterThan(
      35,
    );
  });

  it("ask every function that their alert watches", () => {
    expect(unaskedFunctions(committed)).toEqual([]);
    const without = committed.replaceAll(`\`/aws/lambda/${namePrefix}-rotate-scanner-certificate\`, `, "");
    expect(unaskedFunctions(without)).toEqual(
      expect.arrayContaining([
        `RotationFunctionFailed does not ask ${namePrefix}-rotate-scanner-certificate`,
        `AsyncEventsLate does not ask ${namePrefix}-rotate-scanner-certificate`,
      ]),
    );
    const rotation = fencesIn(sectionsOf(committed, 3).get("RotationFailed") ?? "").flatMap(groupsAbove);
    expect(rotation).toContain(`/aws/lambda/${namePrefix}-rotate-scanner-certificate`);
  });

  it.each([
    ["edge", 'filter outcom = "fault"', /have no outcom/],
    ["edge", 'filter outcome = "failed"', /outcome is never failed/],
    ["edge", 'filter outcome in ["fault", "broken"]', /outcome is never broken/],
    ["edge", 'filter clientIp = "192.0.2.1"', /have no clientIp/],
    ["edge", 'filters outcome = "fault"', /got the command filters/],
    ["edge", "stats count(*) as n by outcome | sort total desc", /total is gone after stats/],
    ["edge", "stats median(StoreLatency) as n", /no function median/],
    ["edge", "stats count(* as n", /"\)" is missing/],
    ["edge", "fields @timestamp outcome", /nothing between/],
    ["edge", "limit many", /limit is a number/],
    ["edge", "filter outcome = 'fault'", /no Logs Insights at/],
    ["edgy", 'filter outcome = "fault"', /no log group/],
  ])("refuses, in %s, %s", (name, query, why) => {
    const text = `En \`/aws/lambda/fase-b-staging-${name}\`:\n\n\`\`\`logs-insights\n${query}\n\`\`\`\n`;
    expect(queryProblems(text).join()).toMatch(why);
  });

  it("knows what scans and findings write", () => {
    const asked = (group: string, query: string): string =>
      queryProblems(`En \`${group}\`:\n\n\`\`\`logs-insights\n${query}\n\`\`\`\n`).join();
    const scans = `/fase-b/${namePrefix}/scans`;
    expect(asked(scans, 'filter outcome = "failed"')).toBe("");
    expect(asked(scans, 'filter outcome = "fault"')).toMatch(/outcome is never fault/);
    expect(asked(scans, "fields denyReason")).toMatch(/have no denyReason/);
    expect(asked(`/aws/vendedlogs/${namePrefix}-log-findings`, "fields outcome")).toMatch(/have no outcome/);
  });

  it("refuses a query that does not say where", () => {
    expect(queryProblems('Mira:\n\n```logs-insights\nfilter outcome = "fault"\n```\n').join()).toMatch(
      /no log group above it/,
    );
  });

  it("are PromQL of metrics that somebody scrapes", () => {
    const alertMetrics = alerts(settings, contract).flatMap(({ condition }) =>
      condition.source === "prometheus" ? metricsIn(condition.expr) : [],
    );
    expect(promqlProblems(committed, [...scraped, ...alertMetrics])).toEqual([]);
    expect(promqlProblems('```promql\nprobe_sucess{job="x"}\n```\n', scraped)).toEqual([
      'probe_sucess{job="x"}: nobody scrapes probe_sucess',
    ]);
  });

  it("are PromQL that Prometheus takes", (context) => {
    needsPromtool(context);
    expect(promtoolTakes(promqlIn(committed))).toBe(true);
    expect(promtoolTakes(["probe_success{job="])).toBe(false);
  });
});

describe("the runbook's links", () => {
  it("all lead somewhere", () => {
    expect(linkProblems(committed)).toEqual([]);
  });

  it.each([
    "[x](#no-section)",
    "[x](../infra/secrets/liveValue.ts)",
    "[x](../README.md#change-that)",
    "[x](https://grafana.staging.example.com/d/fase-b-staging-overvew)",
    "[x](https://other.example.com/)",
  ])("notices %s", (link) => {
    expect(linkProblems(link)).toHaveLength(1);
  });

  it("notices two headings with one anchor", () => {
    expect(linkProblems("## Dos\n\n### Dos\n")).toEqual(["two headings are #dos"]);
  });
});

describe("the facts of the runbook", () => {
  it("are those of the alerts and the settings as they are now", () => {
    expect(committed).toBe(runbookWithFacts(committed, settings, contract));
  });

  it("change with a threshold, and with whom is paged", () => {
    const stricter = structuredClone(settings);
    stricter.observability.alerts.serverErrors.thresholdPercent = 0.5;
    stricter.observability.pager.escalation.acknowledgeMinutes = 7;
    const changed = runbookWithFacts(committed, stricter, contract);
    expect(sectionsOf(changed, 3).get("ServerErrorsHigh")).toContain("100 * A > 0.5 * B");
    expect(changed).toContain("si nadie acepta en 7 min");
  });

  const filled = withFacts(committed, settings, someAlerts);

  it("are the same when they are written again", () => {
    expect(withFacts(filled, settings, someAlerts)).toBe(filled);
  });

  it("say of each alert how grave it is, since when and by what, and where to look", () => {
    expect(filled).toContain(
      "| [ChatLatencyHigh](#chatlatencyhigh) | page | B1.1, B1.2 | p95 de `Latency` > 800 | 10 min | [latency](https://grafana.staging.example.com/d/fase-b-staging-latency) |",
    );
    expect(filled).toContain("| ticket | B1.4 | fórmula sobre `Throttled` | al momento |");
    expect(filled).toContain("PromQL sobre `probe_success`, `up` | 2 min |");
    const section = sectionsOf(filled, 3).get("ChatLatencyHigh") ?? "";
    expect(section).toContain("**page** · B1.1, B1.2 · durante 10 min · tablero [latency]");
    expect(section).toContain(
      "- `A`: último valor en 2 min del p95 de `Latency` por minuto, hasta hace 2 min (`AWS/ApiGateway`, `ApiName=fase-b-staging`, `Resource=/chat`)",
    );
  });

  it("say what silence of its source means", () => {
    expect(sectionsOf(filled, 3).get("ChatLatencyHigh")).toContain("· sin datos, calla");
    expect(sectionsOf(filled, 3).get("ThrottlingSpike")).toContain("· sin datos, suena");
  });

  it("lead away from the section where its source gave no answer, in every alert that rings then", () => {
    const byName = new Map(
      observed(settings, contract).ruleGroups.flatMap(({ rules }) => rules.map((rule) => [rule.title, rule])),
    );
    const ringing = alerts(settings, contract).filter(({ name }) => {
      const rule = byName.get(name);
      return rule?.noDataState === "Alerting" || rule?.execErrState === "Alerting";
    });
    expect(ringing.length).toBeGreaterThan(9);
    for (const { name, summary } of alerts(settings, contract)) {
      const [above = ""] = (sectionsOf(committed, 3).get(name) ?? "").split(`<!-- end of alert ${name} -->`);
      const leads = above.includes("(#si-grafana-no-contesta)");
      expect([name, leads]).toEqual([name, ringing.some((each) => each.name === name)]);
      const [, words] = /Si el resumen dice `([^`]+)`/.exec(above) ?? [];
      expect([name, words === undefined || summary.includes(words)]).toEqual([name, true]);
      expect([name, words !== undefined]).toEqual([name, byName.get(name)?.execErrState === "Alerting"]);
    }
  });

  it("name in the index what is measured and from where on, and leave formulas to the sections", () => {
    const index = sectionsOf(committed, 2).get("Señales") ?? "";
    const of = (name: string): string | undefined =>
      index
        .split("\n")
        .find((line) => line.startsWith(`| [${name}]`))
        ?.split(" | ")[3];
    expect(of("ChatLatencyHigh")).toBe("`OrderedSlowRequests` > 5 % de `OrderedRequests`");
    expect(of("ThrottlingSpike")).toBe(
      "`Throttled` > 50 en 5 min y `Throttled` > 3 veces lo que es normal en 5 min",
    );
    expect(of("LatencyBudgetBurnsFast")).toBe(
      "`ObjectiveSlowRequests` > 72 % de `ObjectiveRequests` en 1 h y en 5 min",
    );
    expect(of("AccessLogSilent")).toBe("`AccessLogLines` < 1 en 10 min y `Count` > 0 en 10 min");
    expect(of("SecretStale")).toBe("`SecretAge` >= 75");
    expect(of("ScanMissing")).toBe("`ScansEnded` < 1 en 26 h");
    expect(index).not.toMatch(/^\| \[.*\b[A-D] [<>]/m);
  });

  it("say an alternative once that Grafana is given twice", () => {
    expect(sectionsOf(committed, 3).get("ScanMissing")).toContain("`A < 1 o B < 1 o C < 1`, con");
  });

  it("are tables of which every row has as many cells as its head", () => {
    const rows = filled.split("\n\n").filter((block) => block.startsWith("| "));
    expect(rows).toHaveLength(4);
    for (const table of rows.map((block) => block.split("\n")))
      expect(new Set(table.map((row) => row.split("|").length)).size).toBe(1);
  });

  it("show an alert by PromQL with its expression as it is", () => {
    expect(sectionsOf(filled, 3).get("MutualTlsDown")).toContain(
      '```promql\n(probe_success{job="fase-b-staging-prober",probe=~"good|tls"} == 0) and on (domain) (up{job="x"} == 1)\n```',
    );
  });

  it("say so where an alert watches nothing", () => {
    expect(sectionsOf(filled, 3).get("QueueLate")).toContain("`QueueLate` no vigila nada en `staging`");
  });

  it("close a door only after what is kept warm of it is gone, and keep it warm again", () => {
    expect(withFacts(committed, settings, someAlerts)).not.toContain("provisioned-concurrency-config");
    const warm = structuredClone(settings);
    warm.functions.edge.provisionedConcurrency = 7;
    const lines = withFacts(committed, warm, someAlerts).split("\n");
    const at = (start: string): number => {
      const found = lines.findIndex((line) => line.startsWith(start) && line.includes("-edge "));
      expect([start, found]).not.toEqual([start, -1]);
      return found;
    };
    expect(at("aws lambda put-function-concurrency")).toBe(
      at("aws lambda delete-provisioned-concurrency-config") + 1,
    );
    expect(lines[at("aws lambda put-provisioned-concurrency-config")]).toMatch(
      / --qualifier live --provisioned-concurrent-executions 7$/,
    );
    expect(commandProblems(lines.join("\n"))).toEqual([]);
  });

  it("ask by hand, without Grafana, what the ordered alerts ask", () => {
    const asked = committed.split("\n").filter((line) => line.includes(" get-metric-statistics "));
    const ordered = ["ChatLatencyHigh", "ServerErrorsHigh", "ThrottlingSpike"];
    const conditions = alerts(settings, contract).filter(({ name }) => ordered.includes(name));
    for (const { condition } of conditions)
      for (const { query } of condition.source === "cloudwatch" ? Object.values(condition.operands) : [])
        expect(
          asked.filter(
            (line) =>
              line.includes(` --namespace ${query.namespace} --metric-name ${query.metricName} `) &&
              Object.values(query.dimensions).every((value) => line.includes(`"Value":"${String(value)}"`)) &&
              line.includes(`statistics ${query.statistic} `),
          ),
        ).toHaveLength(1);
  });

  it("say where PromQL is typed, with Grafana and without", () => {
    const { url, prometheusUrl } = settings.observability.grafana;
    expect(committed).toContain(`Grafana (\`${url}\`) → Explore → fuente de datos`);
    expect(committed).toContain(`\`${prometheusUrl}/graph\``);
  });

  it("open the doors again as wide as the settings say", () => {
    const wider = structuredClone(settings);
    wider.functions.edge.reservedConcurrency = 333;
    expect(withFacts(committed, wider, someAlerts)).toContain(
      "--function-name fase-b-staging-edge --reserved-concurrent-executions 333",
    );
  });

  it("name who is paged by what they do, and nobody's address", () => {
    expect(filled).toContain("la guardia: `observability-engineer`, `devops-security`, por turnos");
    expect(filled).toContain("| 2 | `lead-api-security` | si nadie acepta en 10 min |");
    for (const { email } of settings.observability.pager.people) expect(filled).not.toContain(email);
  });

  it("list every log group that the program declares", () => {
    const declared = new Set(
      [...preview.matchAll(/logGroup:LogGroup::([\w-]+)"/g)].map(([, name = ""]) => name),
    );
    const groups = logGroups(settings);
    expect(declared.size).toBe(groups.length);
    // A name with an id that AWS makes up is unknown at preview.
    const fixed = groups.map(({ name }) => name).filter((name) => !name.includes("<"));
    expect(fixed.filter((name) => !preview.includes(`"name": "${name}"`))).toEqual([]);
    expect(groups.filter(({ name }) => !filled.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it("follow the rules of the rest: commands, names, links", () => {
    expect([commandProblems(filled), nameProblems(filled), linkProblems(filled)]).toEqual([[], [], []]);
  });

  it("keep what stands between them", () => {
    expect(filled.split("\n").filter((line) => line.startsWith("**Significa.**"))).toHaveLength(
      alertNames.length + alarmSections.length,
    );
    expect(filled.startsWith(committed.slice(0, 200))).toBe(true);
  });

  it("are refused where their markers are missing, twice, turned round, or of an alert that is none", () => {
    const begin = "<!-- pager: made by cli/export/runbook.ts -->";
    const end = "<!-- end of pager -->";
    const attempt = (text: string) => () => withFacts(text, settings, someAlerts);
    const form = /docs\/runbook\.md: got .*pager.*; allowed: both, once, in this order; fix: /;
    expect(attempt(committed.replace(begin, ""))).toThrow(form);
    expect(attempt(committed.replace(end, ""))).toThrow(form);
    expect(attempt(`${committed}\n${begin}\n${end}\n`)).toThrow(/twice/);
    expect(attempt(committed.replace(begin, "\0").replace(end, begin).replace("\0", end))).toThrow(form);
    expect(attempt(`${committed}\n${begin.replace("pager", "alert NoSuchThing")}\n`)).toThrow(/NoSuchThing/);
  });
});
