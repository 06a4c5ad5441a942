import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, describe, expect, it } from "vitest";

/**
 * The program with one control taken away, run by the real command: a policy names what is missing and the exit
 * status is 1. The pack is not touched.
 */
const root = path.join(__dirname, "..");
const copies: string[] = [];

afterEach(() => {
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true, force: true });
});

/** A copy of the program in which `edit` replaced exactly one place of a file. */
function programWith(file: string, from: string, to: string): string {
  const copy = mkdtempSync(path.join(tmpdir(), "fase-b-"));
  copies.push(copy);
  for (const part of [
    "Pulumi.yaml",
    "Pulumi.staging.yaml",
    "package.json",
    "infra",
    "stacks",
    "policies",
    "cli",
    "runtime",
  ]) {
    cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
  }
  symlinkSync(path.join(root, "node_modules"), path.join(copy, "node_modules"));
  const target = path.join(copy, file);
  const text = readFileSync(target, "utf8");
  expect(text.split(from)).toHaveLength(2);
  writeFileSync(target, text.replace(from, to));
  return copy;
}

function preview(cwd: string): { status: number | null; output: string } {
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    scripts: { preview: string };
  };
  const [command = "", ...args] = scripts.preview.split(" ");
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 60_000 });
  return { status, output: stdout + stderr };
}

describe("a control that is taken away", () => {
  it.each<{ what: string; file: string; from: string; to: string; policy: string }>([
    {
      what: "a certificate (B5.1, B8.4)",
      file: "stacks/staging.ts",
      from: 'agent.certificate.source === "issue"',
      to: 'agent.certificate.source === "issue" && agent.id !== "chat-03"',
      policy: "certificates-count-thirteen",
    },
    {
      what: "a method's throttle (B4.3)",
      file: "infra/gateway/gateway.ts",
      from: "of [strictest, ...throttles]",
      to: "of [strictest, ...throttles.slice(1)]",
      policy: "operations-bind-throttles",
    },
    {
      what: "the firewall's place before the stage (B4.4)",
      file: "infra/firewall/firewall.ts",
      from: "    this.createAssociation(webAcl);\n",
      to: "",
      policy: "web-acl-binds-stage",
    },
    {
      what: "the log format's safety (B1.6)",
      file: "infra/gateway/accessLog.ts",
      from: '  apiKeyId: "$context.identity.apiKeyId",',
      to: '  apiKeyId: "$context.identity.apiKeyId",\n  caller: "$context.identity.sourceIp",',
      policy: "stage-requires-access-log",
    },
    {
      what: "mutual TLS (B5.3)",
      file: "infra/agents/agentDomain.ts",
      from: '...(kind === "mutualTls"\n',
      to: '...(kind === "mutualTls" && agent.id !== "vision-02"\n',
      policy: "domain-requires-mutual-tls",
    },
    {
      what: "the quota of a plan (B4.1)",
      file: "infra/clients/clients.ts",
      from: 'period: "MONTH"',
      to: 'period: "DAY"',
      policy: "usage-plan-requires-quota",
    },
  ])("$what is named by $policy", ({ file, from, to, policy }) => {
    const { status, output } = preview(programWith(file, from, to));
    expect(output).toMatch(new RegExp(`✗ ${policy} .*violated`));
    expect(status).toBe(1);
  });

  it("is refused as settings, with status 2 and without a stack trace, where it is a setting", () => {
    const copy = programWith(
      "Pulumi.staging.yaml",
      "domain: chat-03.staging.example.com",
      "domain: chat-02.staging.example.com",
    );
    const { status, output } = preview(copy);
    expect(output).toContain('agents[2].domain: got "chat-02.staging.example.com"');
    expect(output).not.toMatch(/\n\s+at /);
    expect(output).not.toContain("+ aws:");
    expect(status).toBe(2);
  });
});
