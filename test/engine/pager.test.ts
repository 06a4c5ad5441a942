import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cli, cliFolder, needsCli, TOKENS } from "./cli";
import { ROOT } from "./subjects";

const MINUTES = 60_000;
/** How the stand-in makes up a key; it marks none as a secret, as PagerDuty's provider marks none. */
const KEY = /integrationKey-pager-\w+/;

/** The pager, its providers, and what its keys are handed to. */
const program = (generation: string): string => `
const aws = require("@pulumi/aws");
const { Pager } = require(${JSON.stringify(join(ROOT, "infra/observability/pager/pager"))});
const providers = require(${JSON.stringify(join(ROOT, "infra/observability/providers"))});
const credentials = providers.readCredentials(process.env, false);
const account = "example.pagerduty.com";
const people = ["first", "second"].map((id) => ({ id, email: id + "@example.com" }));
const pager = new Pager(
  "pager",
  {
    namePrefix: "small",
    settings: {
      account,
      people,
      schedule: { timeZone: "Europe/Madrid", startsOn: "2026-11-30", handOverAt: "09:00", turnDays: 7, turns: ["first"] },
      escalation: { acknowledgeMinutes: 10, then: ["second"], repeats: 1 },
      keyGeneration: ${JSON.stringify(generation)},
      groupingMinutes: 5,
    },
  },
  { providers: { pagerduty: providers.createPagerProvider("pagerduty", account, credentials) } },
);
providers.createGrafanaProvider("grafana", "https://grafana.example.com", credentials);
const topic = new aws.sns.Topic("topic", { name: "small" });
new aws.sns.TopicSubscription("subscription", { topic: topic.arn, protocol: "https", endpoint: pager.alarmsEndpoint });
new aws.secretsmanager.SecretVersion("value", { secretId: "small", secretString: pager.pageKey });
`;

interface State {
  readonly deployment: {
    readonly resources: readonly { readonly urn: string; readonly outputs?: Record<string, unknown> }[];
  };
}

describe("the pager's keys and the real engine", () => {
  const directory = mkdtempSync(join(tmpdir(), "fase-b-pager-"));
  let cli: Cli | undefined;
  const shown: string[] = [];
  const states: string[] = [];

  const the = (): Cli => {
    if (!cli) throw new Error("there is no engine");
    return cli;
  };
  const use = (generation: string): void =>
    writeFileSync(join(the().project, "index.js"), program(generation));
  const run = async (...args: string[]): Promise<void> => {
    const { stdout, stderr } = await the().must([...args, "--stack", "test"]);
    shown.push(stdout, stderr);
  };
  const keep = async (): Promise<void> => {
    states.push((await the().must(["stack", "export", "--stack", "test"])).stdout);
  };
  const integrationsOf = (state: string): readonly State["deployment"]["resources"][number][] =>
    (JSON.parse(state) as State).deployment.resources.filter(({ urn }) =>
      urn.includes(":ServiceIntegration::"),
    );

  beforeAll(async () => {
    if (!cliFolder()) return;
    writeFileSync(
      join(directory, "Pulumi.yaml"),
      `name: small\nmain: index.js\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n    nodeargs: "--require=${join(ROOT, "runtime/register.cjs")}"\n`,
    );
    writeFileSync(join(directory, "Pulumi.test.yaml"), "config: {}\n");
    writeFileSync(join(directory, "package.json"), '{ "name": "small" }');
    cli = new Cli({ directory, stack: "test", policyPack: "none" }, join(ROOT, "node_modules"));
    await cli.init();
    use("k1");
    await run("preview", "--diff");
    await run("up", "--yes", "--diff");
    await keep();
    use("k2");
    await run("preview", "--diff");
    await run("up", "--yes", "--diff");
    await keep();
  }, 5 * MINUTES);

  afterAll(() => {
    cli?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("stand in the state encrypted only, and so do whatever is made of them and both tokens", (context) => {
    needsCli(context);
    for (const state of states) {
      const integrations = integrationsOf(state);
      expect(integrations).toHaveLength(4);
      for (const { outputs } of integrations) {
        expect(outputs?.["integrationKey"]).toMatchObject({ ciphertext: expect.any(String) as string });
      }
      expect(state).not.toMatch(KEY);
      for (const token of Object.values(TOKENS)) expect(state).not.toContain(token);
    }
  });

  it("are there all the same: whoever may decrypt the state finds them", async (context) => {
    needsCli(context);
    const { stdout } = await the().must(["stack", "export", "--show-secrets", "--stack", "test"]);
    expect(stdout).toMatch(KEY);
    expect(stdout).toMatch(
      /events\.pagerduty\.com\/integration\/integrationKey-pager-ticket-alarms-k2-\w+\/enqueue/,
    );
  });

  it("are shown by no preview and no update, with every property or without", (context) => {
    needsCli(context);
    const text = shown.join("\n");
    expect(text).toContain("pager-page-events-k1");
    expect(text).toContain("[secret]");
    expect(text).not.toMatch(KEY);
    for (const token of Object.values(TOKENS)) expect(text).not.toContain(token);
  });

  it("change with their generation: the new ones are made and handed on before the old ones go", (context) => {
    needsCli(context);
    const names = states.map((state) =>
      integrationsOf(state)
        .map(({ urn }) => urn.split("::").at(-1) ?? "")
        .sort(),
    );
    const parts = ["page-alarms", "page-events", "ticket-alarms", "ticket-events"];
    expect(names).toEqual(["k1", "k2"].map((id) => parts.map((part) => `pager-${part}-${id}`)));
    const last = shown.slice(-2).join("\n");
    const at = (text: RegExp): number => last.search(text);
    expect(at(/\+ pagerduty:index\/serviceIntegration[^\n]*create/)).toBeLessThan(
      at(/- pagerduty:index\/serviceIntegration[^\n]*delete/),
    );
  });
});
