import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { FunctionName } from "../infra/edge/functionNames";
import { stagingSettings } from "./support/staging";

/** The README's pictures show what staging has, by count and by name. */

const root = join(__dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const pictures = [...read("README.md").matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => text,
);
const [architecture = "", changes = ""] = pictures;

/** Each function of the stack, as the picture calls it; one without a word here does not compile. */
const shown: Readonly<Record<FunctionName, RegExp>> = {
  edge: /\[\[edge function\]\]/,
  authorizer: /\[\[authorizer\]\]/,
  voice: /\[\[voice function\]\]/,
  "voice-authorizer": /\[\[voice authorizer\]\]/,
  "rotate-client-keys": /\[\[rotation functions[^\]]*client keys/,
  "rotate-edge-certificate": /\[\[rotation functions[^\]]*edge/,
  "rotate-prober-certificates": /\[\[rotation functions[^\]]*prober/,
  "rotate-scanner-certificate": /\[\[rotation functions[^\]]*scanner/,
  "rotate-grafana-token": /\[\[rotation functions[^\]]*Grafana/,
  "rotate-stage-certificate": /\[\[rotation functions[^\]]*stage/,
  "trust-watch": /\[\[trust-watch\]\]/,
  announce: /\[\[announce/,
};

describe("the README's pictures", () => {
  it("are two: what staging is, and who changes it", () => {
    expect(pictures).toHaveLength(2);
  });

  it("count domains, certificates and rate steps as the settings have them", () => {
    const { agents, firewall } = stagingSettings();
    const of = (protocol: string): number => agents.filter((agent) => agent.protocol === protocol).length;
    const by = (source: string): number =>
      agents.filter(({ certificate }) => certificate.source === source).length;
    const steps = JSON.stringify(firewall.rateSteps).match(/"limit":/g) ?? [];
    expect(architecture).toContain(`${of("http")} HTTP domains`);
    expect(architecture).toContain(`${of("websocket")} WebSocket domains`);
    expect(architecture).toContain(`${by("issue")} + ${agents.length - by("issue")} certificates`);
    expect(architecture).toContain(`${steps.length} rate steps`);
  });

  it.each(Object.entries(shown))("show the function %s", (_, word) => {
    expect(architecture).toMatch(word);
  });

  it("name commands that are there, and the roles of the account's own stack", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const commands = [...changes.matchAll(/npm run ([a-z:]+)/g)].map(([, name = ""]) => name);
    expect(commands).toEqual(["deploy", "rollback", "report"]);
    expect(commands.filter((name) => !(name in scripts))).toEqual([]);
    const account = read("stacks/account/README.md");
    for (const role of ["preview", "drift"]) {
      expect(account).toContain(`fase-b-account-${role}`);
      expect(changes).toContain(`${role} role`);
    }
    expect(changes).toContain("deploy role");
  });
});
