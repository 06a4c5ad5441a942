import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { contractFile, loadContract, readContract } from "../../../infra/contract/contract";
import type { Settings } from "../../../infra/settings/settings.schema";
import { testTitles } from "../../../policies/test/testTitles";
import { stagingSettings, stagingValues } from "../../../test/support/staging";
import { documentFiles } from "./documents";
import { leaseSeconds } from "./facts";
import { checklist, idempotencyChecklist } from "./idempotencyChecklist";
import { bytes, grouped, type Proved } from "./markdown";
import { policyStatements, quotaPolicy } from "./quotaPolicy";

const project = join(__dirname, "../../..");
const settings = stagingSettings();
const contract = readContract();
const checked = Object.values(checklist(settings, contract)).flat();
const stated = Object.values(policyStatements(settings, contract)).flat();

function defectOf({ proof: { file, title } }: Proved): string[] {
  const path = join(project, file);
  if (!existsSync(path)) return [`got ${file}; expected a file of the project`];
  const found = testTitles(readFileSync(path, "utf8"), file).filter((one) => one === title).length;
  return found === 1 ? [] : [`got ${found} tests "${title}" in ${file}; expected one`];
}

const withChange = (part: string, change: (value: never) => void): Settings => {
  const value = structuredClone(stagingValues()[part]);
  change(value as never);
  return stagingSettings({ [part]: value });
};

describe("each line that clients are told (B7.3)", () => {
  it.each([
    ["of the idempotency checklist", checked],
    ["of the quota policy", stated],
  ])("%s is shown by one test, that is there by this very title", (_of, lines) => {
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.flatMap(defectOf)).toEqual([]);
  });

  it("is missed where the test is gone, or its file", () => {
    const [line] = checked;
    if (line === undefined) throw new Error("no line");
    const { file, title } = line.proof;
    expect(defectOf({ ...line, proof: { file, title: `${title}.` } })).toEqual([
      `got 0 tests "${title}." in ${file}; expected one`,
    ]);
    expect(defectOf({ ...line, proof: { file: "test/gone.test.ts", title } }).join()).toMatch(
      /a file of the project/,
    );
  });

  it("stands in its document with file and title", () => {
    const [list, policy] = [idempotencyChecklist(settings, contract), quotaPolicy(settings, contract)];
    for (const { says, proof } of checked)
      expect(list).toContain(
        `- [ ] ${says}<br>\n  <sub>Proof: [\`${proof.file}\`](../../../${proof.file}), \`${proof.title}\``,
      );
    for (const { says, proof } of stated)
      expect(policy).toContain(
        `- ${says}<br>\n  <sub>Proof: [\`${proof.file}\`](../../../${proof.file}), \`${proof.title}\``,
      );
  });
});

describe("the documents for clients (B7.3)", () => {
  it("have every client, tier, route and step of the settings", () => {
    const policy = quotaPolicy(settings, contract);
    for (const { clientId, monthlyQuotaRequests, tier } of settings.clients)
      expect(policy).toMatch(
        new RegExp(`\\| \`${clientId}\`.*\\| ${tier} \\| ${grouped(monthlyQuotaRequests)} \\|`),
      );
    for (const { path, bodyLimitClass } of contract.routes)
      expect(policy).toMatch(
        new RegExp(
          `\\| \`POST ${path}\` \\|.*${grouped(settings.limits.bodies[bodyLimitClass]?.maxBytes ?? 0)} bytes`,
        ),
      );
    expect(policy.match(/\| (API key|address) \|/g)).toHaveLength(10);
  });

  const changes: readonly [string, string, RegExp, Settings][] = [
    [
      "a quota",
      "quota-policy.md",
      /\| `web-app` \| gold \| 19,000,000 \|/,
      withChange("clients", (clients: { monthlyQuotaRequests: number }[]) => {
        if (clients[0]) clients[0].monthlyQuotaRequests = 19_000_000;
      }),
    ],
    [
      "a size",
      "quota-policy.md",
      /`POST \/avatar` .* 32,768 bytes \(32 KiB\)/,
      withChange("limits", (limits: { bodies: { avatar: { maxBytes: number } } }) => {
        limits.bodies.avatar.maxBytes = 32_768;
      }),
    ],
    [
      "a wait",
      "idempotency-checklist.md",
      /`Retry-After` when \(45 s where/,
      withChange("gateway", (gateway: { retryAfter: { unavailableSeconds: number } }) => {
        gateway.retryAfter.unavailableSeconds = 45;
      }),
    ],
    [
      "a certificate's life",
      "onboarding.md",
      /lives 20 days\. With 6 days left/,
      withChange("trust", (trust: { leaves: { clients: { lifetimeDays: number } } }) => {
        trust.leaves.clients.lifetimeDays = 20;
      }),
    ],
  ];
  it.each(changes)("say %s as it is changed in the settings", (_what, name, text, changed) => {
    const textOf = (of: Settings): string =>
      documentFiles(of, contract).find(({ path }) => path.endsWith(name))?.text ?? "";
    expect(textOf(settings)).not.toMatch(text);
    expect(textOf(changed)).toMatch(text);
  });

  it("take routes, key and hours from the contract, and say so where it does not say them", () => {
    const yaml = readFileSync(contractFile(), "utf8");
    const other = loadContract(yaml.replace("A repeat within 24 h gets", "A repeat within 12 h gets"));
    expect(idempotencyChecklist(settings, other)).toMatch(/Within 12 h a repeat[^]*kept for 12 h/);
    const silent = loadContract(yaml.replace("A repeat within 24 h gets", "A repeat gets"));
    expect(() => documentFiles(settings, silent)).toThrow(
      /^openapi\.yaml: Idempotency-Key: got .*; allowed: .*; fix: /,
    );
  });

  it("name the seconds that a key stays taken as the claims count them", () => {
    // 28 s until the function is killed, and one by which two clocks differ.
    expect(leaseSeconds(settings)).toBe(29);
    expect(idempotencyChecklist(settings, contract)).toContain("it takes 29 s at most");
  });

  it("write numbers as people read them", () => {
    expect([0, 999, 1_000, 20_000_000].map(grouped)).toEqual(["0", "999", "1,000", "20,000,000"]);
    expect([bytes(4_194_304), bytes(65_536), bytes(64_001)]).toEqual([
      "4,194,304 bytes (4 MiB)",
      "65,536 bytes (64 KiB)",
      "64,001 bytes",
    ]);
  });

  it("name the way to each other", () => {
    const names = documentFiles(settings, contract).map(({ path }) => path.split("/").at(-1));
    for (const { text } of documentFiles(settings, contract))
      for (const [, target] of text.matchAll(/\]\(([a-z-]+\.md)(?:#[a-z-]+)?\)/g))
        expect(names).toContain(target);
  });
});
