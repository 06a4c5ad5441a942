import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { tlsOfClass } from "../infra/agents/domainRules";
import { ticketLifetimeMs } from "../infra/functions/tickets/tickets";
import { controlExceptions, policyExceptions } from "../policies/exceptions";
import { anchorOf, inlineCodeIn, linksIn, sectionsOf } from "./observability/support/runbookText";
import { stagingSettings } from "./support/staging";

/** The records of what was decided: what they lean on is there, and who refuses something says all of it. */

const root = join(__dirname, "..");
const text = readFileSync(join(root, "docs/decisions.md"), "utf8");
const sections = sectionsOf(text, 2);
const titles = [...sections.keys()];
const index = text.slice(0, text.indexOf("\n## "));
/** As they are pinned: the pack itself takes long to load. */
const membership = readFileSync(join(root, "policies/test/membership.test.ts"), "utf8");
const policies = new Set(
  [...membership.matchAll(/^([a-z-]+) (?:resource|stack) /gm)].map(([, name = ""]) => name),
);
/** Where settings and options stand that a record names. */
const words = ["Pulumi.staging.yaml", "stacks/staging.ts"].map((file) =>
  readFileSync(join(root, file), "utf8"),
);

/** Links of the index below one of its headings. */
const listed = (heading: string): string[] => {
  const [, below = ""] = index.split(`**${heading}`);
  return linksIn(below.split("\n**")[0] ?? "").filter((target) => target.startsWith("#"));
};
const refused = listed("Refused");
const leftOut = listed("Left out on purpose").filter((target) => target !== "#17-left-out-on-purpose");
const inParts = titles.filter((title) => [...refused, ...leftOut].includes(`#${anchorOf(title)}`));

const partOf = (title: string, part: string): string =>
  new RegExp(`^- \\*\\*${part}:\\*\\* ([\\s\\S]*?)(?=^- \\*\\*|(?![\\s\\S]))`, "m").exec(
    sections.get(title) ?? "",
  )?.[1] ?? "";

describe("the decision records", () => {
  it("are numbered without a gap, since others name them by number", () => {
    expect(titles.map((title) => Number(title.split(".")[0]))).toEqual(titles.map((_, at) => at + 1));
  });

  it("each say their status first", () => {
    const without = titles.filter((title) => !/^\n\nStatus: [^\n]/.test(sections.get(title) ?? ""));
    expect(without).toEqual([]);
  });

  it("are each in the index, once", () => {
    const all = linksIn(index).filter((target) => target.startsWith("#"));
    expect([...all].sort()).toEqual(titles.map((title) => `#${anchorOf(title)}`).sort());
  });

  it("hold what was refused and what is left out", () => {
    expect([refused.length, leftOut.length]).toEqual([7, 4]);
  });
});

describe.each(inParts)("%s", (title) => {
  it("says who asks, what was decided, what follows, what would decide otherwise and what holds it", () => {
    const parts = ["Asked", "Decided", "Follows", "Otherwise if", "Held by"];
    expect(parts.filter((part) => partOf(title, part).trim().length < 20)).toEqual([]);
  });

  it("leads to the words of an examiner or of AWS", () => {
    expect(linksIn(sections.get(title) ?? "").filter((target) => /^https:/.test(target))).not.toEqual([]);
  });

  it("is held by what is there: files, policies of the pack, settings", () => {
    const isThere = (name: string): boolean =>
      policies.has(name) || existsSync(join(root, name)) || words.some((file) => file.includes(name));
    expect(inlineCodeIn(partOf(title, "Held by")).filter((name) => !isThere(name))).toEqual([]);
  });

  it("names a control of every exception that it rests on, and no exception that is not there", () => {
    const record = sections.get(title) ?? "";
    const controls = new Map<string, readonly string[]>([
      ...policyExceptions.map(({ id, policy }) => [id, [policy]] as const),
      ...controlExceptions.map((one) => [one.id, one.controls] as const),
    ]);
    const named = [...record.matchAll(/\b[CE]X-\d{3}\b/g)].map(([id]) => id);
    const unknown = named.filter((id) => !controls.get(id)?.some((control) => record.includes(control)));
    expect(unknown).toEqual([]);
  });
});

describe("what the records say of staging", () => {
  const { agents, firewall, functions, gateway, trust, evidence, voice } = stagingSettings();
  const said = text.replace(/\s+/g, " ");
  const { clients, services } = trust.leaves;

  it("is what its settings have", () => {
    expect(said).toContain(`every log group keeps its lines for ${gateway.logRetentionDays} days`);
    expect(said).toContain(
      `Clients' leaves live ${clients.lifetimeDays} days, services' ${services.lifetimeDays};`,
    );
    expect(said).toContain(`an issuer lives ${trust.issuerLifetimeDays} days`);
    expect(said).toContain(`a ticket of ${ticketLifetimeMs / 1000} seconds`);
    expect(said).toContain(`a mistake stays for ${evidence.lock.days} days`);
    expect(said).toContain(`would take \`${tlsOfClass.publicTls.securityPolicy}\``);
  });

  it("holds: one time for all logs, an hour for a session, no domain without mutual TLS, nothing kept warm, anonymous addresses counted", () => {
    expect([functions, gateway, firewall].map((part) => part.logRetentionDays)).toEqual(
      Array(3).fill(gateway.logRetentionDays),
    );
    expect(voice.sessions.longestMs).toBe(3_600_000);
    expect(agents.filter((agent) => agent.protocol === "http" && agent.mutualTlsException)).toEqual([]);
    expect([functions.edge, functions.authorizer].map((each) => each.provisionedConcurrency)).toEqual([0, 0]);
    expect(firewall.managedGroups.AWSManagedRulesAnonymousIpList?.mode).toBe("count");
    expect(firewall.managedGroups.AWSManagedRulesAmazonIpReputationList.mode).toBe("block");
    expect(evidence.lock.mode).toBe("COMPLIANCE");
  });
});
