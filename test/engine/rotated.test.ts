import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { drift } from "../../cli/drift/command";
import type { PreviewDigest } from "../../cli/preview/model";
import { liveValues, type LiveValue } from "../../infra/secrets/liveValues";
import { Cli, cliFolder, needsCli } from "./cli";
import { ROOT, staging } from "./subjects";

const MINUTES = 60_000;
const nameOf = (urn: string): string => urn.split("::").at(-1) ?? "";

/** What a rotation leaves of each property that is another's. */
const rotatedValues: Readonly<Record<string, unknown>> = {
  enabled: false,
  item: JSON.stringify({ id: { S: "rotated" } }),
  secretString: JSON.stringify({ rotated: true }),
  versionStages: ["SEED", "AWSPREVIOUS"],
  clientCertificateId: "made-by-its-rotation",
};

describe("staging after everything was rotated, and the real engine", () => {
  let cli: Cli | undefined;
  let live = "";
  let rotated: Record<string, Record<string, unknown> | null> = {};
  let created = 0;

  const the = (): Cli => {
    if (!cli) throw new Error("there is no engine");
    return cli;
  };
  const withLive = (changes: typeof rotated): NodeJS.ProcessEnv => {
    writeFileSync(live, JSON.stringify({ ...rotated, ...changes }));
    return { FASE_B_STANDIN_LIVE: live };
  };
  const lookFor = async (changes: typeof rotated): Promise<{ status: number; text: string }> => {
    let text = "";
    const status = await drift([], {
      env: {},
      stdout: { write: (part) => (text += part) },
      stderr: { write: (part) => (text += part) },
      readFile: () => "",
      runPulumi: (args) =>
        the().run(
          args.filter((arg) => arg !== "--non-interactive"),
          withLive(changes),
        ),
    });
    return { status, text };
  };

  beforeAll(async () => {
    if (!cliFolder()) return;
    cli = new Cli(staging, join(ROOT, "node_modules"));
    live = join(cli.project, "live.json");
    await cli.init();
    await cli.must(["up", "--stack", staging.stack, "--yes", "--skip-preview"]);
    const { stdout } = await cli.must(["stack", "export", "--stack", staging.stack]);
    const { deployment } = JSON.parse(stdout) as {
      deployment: { resources: PreviewDigest["steps"][number]["newState"][] };
    };
    created = deployment.resources.length;
    rotated = Object.fromEntries(
      deployment.resources.flatMap(({ urn, type }) => {
        const owner = Object.values<LiveValue>(liveValues).find(
          (value) => value.type === type && value.names.test(nameOf(urn)),
        );
        if (!owner) return [];
        return [[nameOf(urn), Object.fromEntries(owner.properties.map((key) => [key, rotatedValues[key]]))]];
      }),
    );
  }, 10 * MINUTES);

  afterAll(() => cli?.close());

  it("rotated every live value", (context) => {
    needsCli(context);
    expect(Object.keys(rotated).length).toBeGreaterThan(15);
    expect(Object.values(rotated).flatMap((change) => Object.values(change ?? {}))).not.toContain(undefined);
  });

  it(
    "shows no drift, and a second update changes and recreates nothing, refreshed or not",
    async (context) => {
      needsCli(context);
      const { status, text } = await lookFor({});
      expect(text).toContain("✓ no drift in");
      expect(status).toBe(0);
      for (const refresh of [[], ["--refresh"]]) {
        const up = ["up", "--stack", staging.stack, "--yes", "--skip-preview", ...refresh, "--json"];
        const { stdout } = await the().run(up, withLive({}));
        const summary = stdout
          .split("\n")
          .filter((line) => line.includes('"summaryEvent"'))
          .map((line) => (JSON.parse(line) as { summaryEvent: { resourceChanges: object } }).summaryEvent);
        expect(summary.at(-1)?.resourceChanges).toEqual({ same: created });
      }
    },
    10 * MINUTES,
  );

  it(
    "shows as drift what nobody rotates: a changed rule, a topic that is gone, a truststore by hand",
    async (context) => {
      needsCli(context);
      const { status, text } = await lookFor({
        "firewall-acl": { description: "somebody was here" },
        "alarms-topic": null,
        "trust-truststore": { content: "another's certificate" },
      });
      expect(status).toBe(1);
      expect(text).toContain("aws:wafv2/webAcl:WebAcl firewall-acl differs: description");
      expect(text).toContain("alarms-topic is gone");
      expect(text).toContain("trust-truststore differs: content");
    },
    10 * MINUTES,
  );

  it(
    "is not taken down by the way: the authority is protected",
    async (context) => {
      needsCli(context);
      const refused = await the().run(["destroy", "--stack", staging.stack, "--yes", "--skip-preview"]);
      expect(refused.status).not.toBe(0);
      expect(refused.stdout + refused.stderr).toMatch(/authority-g1-root.*protected/s);
    },
    10 * MINUTES,
  );
});
