/** What stops a deployment beyond staging, clause by clause; on staging it is only listed. */
import { agents } from "../../lib/orderedAgents";
import { functions, logs } from "../../lib/release/evidenceStaging";
import type { EvidenceClause } from "../../lib/release/evidenceKinds";
import type { ReleaseRecord } from "../../lib/release/record";
import { types } from "../../lib/types";
import { startedWith } from "../release/letters";
import { unknownValue } from "../harness";
import { at, evidenceWith, recordOf, releaseOf, well } from "../release/signed";
import type { TestStack } from "../stack";
import type { CaseBook, Cases } from "./case";

const production = (stack: TestStack): void => stack.rename("production");
const untouched = (): void => undefined;

interface Otherwise {
  readonly when: string;
  readonly says: RegExp;
  readonly kind?: string;
  readonly predicate: object;
}

/** Every gate: what leaves it open, and what just about closes it. */
function gate(
  clause: EvidenceClause,
  kind: string,
  open: readonly Otherwise[],
  closed: readonly Omit<Otherwise, "says">[] = [],
): Cases {
  const release = (one: Omit<Otherwise, "says">): ReleaseRecord =>
    evidenceWith({ clause, kind: one.kind ?? kind, predicate: one.predicate });
  return {
    violations: [
      {
        when: "the stack is production and nothing was collected",
        change: production,
        says: /got the stack "production", while B\d\.\d is unknown \(the source was not read\).+npm run evidence -- collect/,
      },
      {
        when: "the stack calls itself staging, and its provider allows another account",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", '["210987654321"]'),
        release: releaseOf(recordOf([], [])),
        says: new RegExp(
          `Provider 'aws'|'aws': got a provider of AWS that allows .+ while ${clause} is unknown`,
        ),
      },
      {
        when: "the stack calls itself staging, and nobody knows which account its provider allows",
        change: (stack) => stack.get(types.provider).set("allowedAccountIds", unknownValue),
        says: /allows the accounts a value not known yet/,
      },
      {
        when: "the stack calls itself staging, and a domain of it is none of staging's",
        change: (stack) => stack.first(types.domain).set("domainName", "chat-01.example.com"),
        release: releaseOf(recordOf([], [])),
        says: /the name "chat-01\.example\.com", outside staging\.example\.com/,
      },
      {
        when: "the evidence is of another source",
        change: production,
        release: evidenceWith({ clause, kind, source: "6".repeat(64) }),
        says: /is of another source/,
      },
      {
        when: "the evidence was collected more than a day ago",
        change: production,
        release: evidenceWith({ clause, kind, predicate: { collectedAt: at(24.01) } }),
        says: /24\.0 h old, of 24 h at most/,
      },
      {
        when: "its collector says that it is not met",
        change: production,
        release: evidenceWith({ clause, kind, predicate: { verdict: "not-met", because: "it is bad" } }),
        says: /is not-met \(.+; its collector says not-met: it is bad\)/,
      },
      {
        when: "its collector does not know",
        change: production,
        release: evidenceWith({ clause, kind, predicate: { verdict: "unknown", because: "who knows" } }),
        says: /is unknown \(.+; its collector says unknown: who knows\)/,
      },
      ...open.map((one) => ({ when: one.when, change: production, release: release(one), says: one.says })),
    ],
    nearMisses: [
      { when: "the stack is staging, and nothing was collected", change: untouched },
      {
        when: "the stack is staging, and a record takes its name from a certificate that is yet to come",
        change: (stack) => stack.first(types.record).set("name", unknownValue),
      },
      {
        when: "the stack is production, and the evidence is there",
        change: production,
        release: evidenceWith(),
      },
      ...closed.map((one) => ({ when: one.when, change: production, release: release(one) })),
    ],
  };
}

const measured = (clause: "B8.1" | "B8.2", changes: object): object => ({
  ...well[clause]["metrics"],
  ...changes,
});
const longAgo = [
  {
    when: "the window is a minute short of a day",
    predicate: { window: { from: at(25), to: at(1 + 1 / 60) } },
    says: /24\.0 h long, of 24 h at least/,
  },
  {
    when: "the window is 90 days long, in which a bad one does not show",
    predicate: { window: { from: at(90 * 24), to: at(1) } },
    says: /2159\.0 h long, of 26 h at most/,
  },
  {
    when: "the window ended more than a day ago",
    predicate: { window: { from: at(50), to: at(24.1) } },
    says: /its window ended 24\.1 h ago/,
  },
  {
    when: "the window ends after it was collected",
    predicate: { window: { from: at(25), to: at(0.5) } },
    says: /ends after it was collected/,
  },
];
const tooFew = {
  when: "999 requests are all there were",
  predicate: { samples: 999 },
  says: /999 requests say nothing/,
};

const finding = (severity: string, status: object): object => ({
  id: "0123456789abcdef",
  tool: "zap",
  rule: "10010",
  title: "Cookie without a flag",
  severity,
  classes: { owaspTop10: ["A05:2021"], owaspApiTop10: ["API8:2023"], cwe: ["CWE-1004"], advisories: [] },
  place: "POST /chat",
  evidence: "",
  fix: "",
  status,
  firstSeen: at(30),
  lastSeen: at(3),
  reopened: 0,
});
const accepted = (until: string, severity: string, on = at(20)): object => ({
  state: "accepted",
  until,
  by: "lead-security",
  reason: "Nobody can reach it from where it could be used.",
  severity,
  at: on,
});
const fixed = (on: string): object => ({ state: "fixed", commit: "a".repeat(40), at: on });
const foundOf = (clause: "B6.3" | "B8.5", grave: string): readonly Otherwise[] => [
  {
    when: `a ${grave} finding is open`,
    predicate: { findings: [finding(grave, { state: "open" })] },
    says: new RegExp(`1 ${grave} open`),
  },
  {
    when: `a ${grave} finding is counted and not listed`,
    predicate: { open: { critical: 0, high: 0, medium: 0, low: 0, info: 0, [grave]: 2 } },
    says: new RegExp(`2 ${grave} open`),
  },
  {
    when: `a ${grave} finding was seen after it was fixed`,
    predicate: { findings: [finding(grave, fixed(at(3.01)))] },
    says: new RegExp(`1 ${grave} open`),
  },
  {
    when: `a ${grave} finding is to be fixed after the collection`,
    predicate: { findings: [finding(grave, fixed(at(0.9)))] },
    says: new RegExp(`1 ${grave} open`),
  },
  { when: "no run looked for any", predicate: { runs: [] }, says: /no run of .+ within \d+ h/ },
  {
    when: "a run ended after it was collected",
    predicate: {
      runs: (well[clause]["findings"] as { runs: object[] }).runs.map((run) => ({
        ...run,
        endedAt: at(0.5),
      })),
    },
    says: /a run ended after it was collected/,
  },
];
/** Exceptions that B6.3 does not know. */
const overstayed: readonly Otherwise[] = [
  { when: "the day has passed to which it was accepted", status: accepted("2026-11-25", "critical") },
  { when: "it was accepted as something less", status: accepted("2026-12-01", "medium") },
  { when: "it was accepted for 31 days", status: accepted("2026-12-26", "critical") },
  { when: "it is to be accepted tomorrow", status: accepted("2026-12-01", "critical", at(-24)) },
].map(({ when, status }) => ({
  when: `a critical advisory is there, and ${when}`,
  predicate: { findings: [finding("critical", status)] },
  says: /1 critical open/,
}));
const endedAt = (clause: "B6.3" | "B8.5", hoursAgo: number): object => ({
  runs: (well[clause]["findings"] as { runs: object[] }).runs.map((run, index) =>
    index === 0 ? { ...run, endedAt: at(hoursAgo) } : run,
  ),
});

type Runs = "B8.6" | "B8.7" | "B8.8";
const counted = (clause: Runs, changes: object): object => ({
  figures: { ...(well[clause]["proofRun"] as { figures: object }).figures, ...changes },
});
const seen = (clause: Runs, changes: object): object => ({
  observed: { ...(well[clause]["proofRun"] as { observed: object }).observed, ...changes },
});
const runOf = (clause: Runs, changes: object): object => ({
  run: { ...(well[clause]["proofRun"] as { run: object }).run, ...changes },
});
const noRun = (clause: Runs): readonly Otherwise[] => [
  { when: "nothing was run", predicate: { run: undefined }, says: /there was no run/ },
  {
    when: "another proof was run",
    predicate: runOf(clause, { name: clause === "B8.7" ? "idempotency" : "breaker" }),
    says: /it is of the run/,
  },
  {
    when: "another source was run",
    predicate: runOf(clause, { sourceDigest: "6".repeat(64) }),
    says: /the run was of another source/,
  },
  {
    when: "the run ended before it began",
    predicate: runOf(clause, { startedAt: at(1.5) }),
    says: /ended at no time that could be/,
  },
  {
    when: "the run was a day ago, and collected now",
    predicate: runOf(clause, { startedAt: at(25), endedAt: at(24.1) }),
    says: /the run ended 24\.1 h ago, of 24 h at most/,
  },
  { when: "nothing was counted", predicate: { figures: {} }, says: /it did not count/ },
];

const bills = (change: (bills: readonly Record<string, unknown>[]) => readonly object[]): object => ({
  of: change((well["B6.2"]["sbom"] as { of: Record<string, unknown>[] }).of),
});
const groupsOf = (change: (group: Record<string, unknown>) => object): object => ({
  groups: (well["B8.3"]["logScan"] as { groups: Record<string, unknown>[] }).groups.map(change),
});
const installed = (change: (one: Record<string, unknown>) => object): object => ({
  installed: (well["B8.4"]["certificates"] as { installed: Record<string, unknown>[] }).installed.map(change),
});
const [anAgent] = agents;
const first = (one: Record<string, unknown>): boolean => one["agent"] === anAgent?.id;

export const gates: CaseBook = {
  "sboms-require-evidence": gate("B6.2", "sbom", [
    {
      when: "a function has no bill",
      predicate: bills((all) => all.filter(({ name }) => name !== functions[0])),
      says: /not one bill of edge/,
    },
    {
      when: "a bill is of no bundle",
      predicate: bills((all) => all.map(({ deployedSha256: _, ...bill }) => bill)),
      says: /not one bill of edge, authorizer/,
    },
    {
      when: "the program has two",
      predicate: bills((all) => [...all, ...all.slice(0, 1)]),
      says: /not one bill of program/,
    },
    {
      when: "the program's bill is empty",
      predicate: bills((all) => all.map((bill) => ({ ...bill, components: 0 }))),
      says: /the program's bill is empty/,
    },
  ]),
  "patches-require-evidence": gate(
    "B6.3",
    "findings",
    [...foundOf("B6.3", "critical"), ...overstayed],
    [
      { when: "a high advisory is open", predicate: { findings: [finding("high", { state: "open" })] } },
      {
        when: "a critical one was fixed when it was last seen",
        predicate: { findings: [finding("critical", fixed(at(3)))] },
      },
      {
        when: "a critical one is accepted for 30 days",
        predicate: { findings: [finding("critical", accepted("2026-12-25", "critical"))] },
      },
      {
        when: "a critical one is accepted to the end of this day",
        predicate: { findings: [finding("critical", accepted("2026-11-26", "critical"))] },
      },
      { when: "the audit was a day ago", predicate: endedAt("B6.3", 24) },
    ],
  ),
  "latency-requires-evidence": gate(
    "B8.1",
    "metrics",
    [
      ...longAgo,
      tooFew,
      {
        when: "p95 is over 700 ms",
        predicate: { value: 700.1 },
        says: /p95 700\.1 ms over 5000 requests, not at most 700 ms/,
      },
      { when: "it has no figure", predicate: { value: undefined }, says: /it has no p95 in ms/ },
      { when: "its figure is in percent", predicate: { unit: "percent" }, says: /it has no p95 in ms/ },
    ],
    [
      { when: "exactly 1,000 requests made p95", predicate: measured("B8.1", { samples: 1_000 }) },
      { when: "the window is 26 hours long", predicate: { window: { from: at(27), to: at(1) } } },
    ],
  ),
  "errors-require-evidence": gate(
    "B8.2",
    "metrics",
    [
      ...longAgo,
      tooFew,
      {
        when: "errors are 0.7 %",
        predicate: { value: 0.7 },
        says: /0\.7 % of 5000 requests ended in 5xx, not less than 0\.7 %/,
      },
      { when: "it has no figure", predicate: { value: undefined }, says: /it has no rate in percent/ },
      { when: "its figure is in ms", predicate: { unit: "ms" }, says: /it has no rate in percent/ },
    ],
    [
      {
        when: "exactly 1,000 requests had no error",
        predicate: measured("B8.2", { samples: 1_000, value: 0 }),
      },
    ],
  ),
  "logs-require-evidence": gate("B8.3", "logScan", [
    ...longAgo,
    {
      when: "an address was found in a line",
      predicate: groupsOf((group) => ({ ...group, found: { email: 1 } })),
      says: new RegExp(`${logs.length} found in lines`),
    },
    { when: "the masking found something", predicate: { protectionFindings: 1 }, says: /1 by the masking/ },
    { when: "nobody asked the masking", predicate: { protectionFindings: undefined }, says: /does not say/ },
    {
      when: "a log was not looked through",
      predicate: groupsOf((group) => ({ ...group, logGroup: `${String(group["logGroup"])}s` })),
      says: /not looked through/,
    },
    {
      when: "the edge wrote no line",
      predicate: groupsOf((group) => ({ ...group, lines: /-edge$/.test(String(group["logGroup"])) ? 0 : 9 })),
      says: /no line of \/aws\/lambda\/fase-b-staging-edge/,
    },
  ]),
  "coverage-requires-evidence": gate("B8.4", "certificates", [
    {
      when: "a certificate is not installed",
      predicate: installed((one) => (first(one) ? { ...one, installed: false } : one)),
      says: /17 of 18 certificates/,
    },
    {
      when: "a certificate has ended",
      predicate: installed((one) => (first(one) ? { ...one, notAfter: at(0) } : one)),
      says: /17 of 18 certificates/,
    },
    {
      when: "a certificate is of another domain",
      predicate: installed((one) => (first(one) ? { ...one, domain: "a.staging.example.com" } : one)),
      says: /17 of 18 certificates/,
    },
    {
      when: "a certificate more is pending",
      predicate: {
        installed: [
          ...(well["B8.4"]["certificates"] as { installed: object[] }).installed,
          {
            agent: "chat-06",
            domain: "chat-06.staging.example.com",
            status: "PENDING_VALIDATION",
            installed: false,
          },
        ],
      },
      says: /18 of 18 certificates/,
    },
    {
      when: "it counts 12 to issue",
      predicate: { expected: { issued: 12, all: 18 } },
      says: /12 to issue of 18/,
    },
    {
      when: "a configuration lacks a part",
      kind: "configurations",
      predicate: {
        agents: agents.map(({ id }) => ({
          agent: id,
          closed: true,
          missing: id === "chat-01" ? ["routes"] : [],
        })),
      },
      says: /17 of 18 configurations/,
    },
    {
      when: "a configuration is not closed",
      kind: "configurations",
      predicate: { agents: agents.map(({ id }) => ({ agent: id, closed: id !== "chat-01", missing: [] })) },
      says: /17 of 18 configurations/,
    },
    {
      when: "it counts 4 to close",
      kind: "configurations",
      predicate: { expected: { closed: 4, all: 18 } },
      says: /4 to close of 18/,
    },
  ]),
  "scans-require-evidence": gate(
    "B8.5",
    "findings",
    [
      ...foundOf("B8.5", "critical"),
      ...foundOf("B8.5", "high"),
      ...["critical", "high"].map((grave) => ({
        when: `a ${grave} finding is accepted, where no exception is known`,
        predicate: { findings: [finding(grave, accepted("2026-12-01", grave))] },
        says: new RegExp(`1 ${grave} open`),
      })),
      {
        when: "one scan is of the day before",
        predicate: endedAt("B8.5", 26.1),
        says: /no run of zap-baseline/,
      },
    ],
    [
      { when: "a medium finding is open", predicate: { findings: [finding("medium", { state: "open" })] } },
      {
        when: "a high finding was fixed when it was last seen",
        predicate: { findings: [finding("high", fixed(at(3)))] },
      },
      { when: "a scan ended 26 hours ago", predicate: endedAt("B8.5", 26) },
    ],
  ),
  "idempotency-requires-evidence": gate("B8.6", "proofRun", [
    ...noRun("B8.6"),
    {
      when: "a key had two effects",
      predicate: counted("B8.6", { effects: 101 }),
      says: /101 effects of 100 keys/,
    },
    {
      when: "keys were asked for less than ten times each",
      predicate: counted("B8.6", { requests: 999 }),
      says: /in 999 requests/,
    },
    {
      when: "there were 99 keys",
      predicate: counted("B8.6", { keys: 99, effects: 99 }),
      says: /99 effects of 99 keys/,
    },
    {
      when: "staging was not asked",
      predicate: { observed: {} },
      says: /staging did not count answered, rep/,
    },
    {
      when: "the log has 99 repeats",
      predicate: seen("B8.6", { replays: 99 }),
      says: /is unknown \(.+ 99 repeats from the store/,
    },
    {
      when: "the log has 99 first answers",
      predicate: seen("B8.6", { answered: 99 }),
      says: /log 99 answers of agents/,
    },
    {
      when: "by the log a repeat reached an agent again",
      predicate: seen("B8.6", { takeovers: 1 }),
      says: /is unknown \(.+ 1 that reached an agent again/,
    },
  ]),
  "breakers-require-evidence": gate("B8.7", "proofRun", [
    ...noRun("B8.7"),
    {
      when: "the load fell by 95 % and no more",
      predicate: counted("B8.7", { loadFellByPercent: 95 }),
      says: /fell by 95 %/,
    },
    {
      when: "the others felt a tenth of it",
      predicate: counted("B8.7", { othersP95MovedByPercent: 10 }),
      says: /moved by 10 %/,
    },
    { when: "99 calls were cut off", predicate: counted("B8.7", { cutOff: 99 }), says: /99 calls cut off/ },
    {
      when: "there were two rounds",
      predicate: counted("B8.7", { rounds: 2, letBackIn: 2 }),
      says: /in 2 rounds/,
    },
    {
      when: "after one round the agent was not let back in",
      predicate: counted("B8.7", { letBackIn: 2 }),
      says: /let back in 2 times/,
    },
  ]),
  "rate-limits-require-evidence": gate("B8.8", "proofRun", [
    ...noRun("B8.8"),
    {
      when: "a refusal did not say when to come again",
      predicate: counted("B8.8", { refusalsWithRetryAfter: 29 }),
      says: /29 told when to come again/,
    },
    {
      when: "nothing was slowed down",
      predicate: counted("B8.8", { slowedDown: 0, blocked: 30 }),
      says: /0 slowed down/,
    },
    {
      when: "nothing was blocked",
      predicate: counted("B8.8", { slowedDown: 30, blocked: 0 }),
      says: /0 blocked/,
    },
    {
      when: "nothing passed",
      predicate: counted("B8.8", { passed: 0, requests: 30 }),
      says: /0 passed/,
    },
    { when: "a request is not accounted for", predicate: counted("B8.8", { requests: 61 }), says: /of 61,/ },
    { when: "staging was not asked", predicate: { observed: {} }, says: /staging did not count warned/ },
    ...["warned", "slowedDown", "blocked"].map((step) => ({
      when: `staging's firewall counted nothing as ${step}`,
      predicate: seen("B8.8", { [step]: 0 }),
      says: /is unknown \(.+ by staging's firewall (0|1 warned, 0|.+ 0 blocked)/,
    })),
  ]),
  "staging-lists-missing-evidence": {
    violations: [
      {
        when: "nothing was collected",
        change: untouched,
        release: releaseOf(recordOf([], [])),
        says: /got B8\.1 unknown: no metrics evidence was collected; expected a p95 .+ Fix: .+ collect B8\.1/,
      },
      {
        when: "one clause is not met",
        change: untouched,
        release: evidenceWith({ clause: "B8.2", kind: "metrics", predicate: { value: 0.7 } }),
        says: /The stack: got B8\.2 not-met: 0\.7 % of 5000 requests ended in 5xx/,
      },
      {
        when: "nobody has signed the letter that starts the work",
        change: untouched,
        release: evidenceWith(),
        says: /got B0\.2 unknown: no valid Carta GO of Fase A \(stacks\/staging\/letters: got no letter of fase-a;/,
      },
    ],
    nearMisses: [
      {
        when: "everything was collected, and the letter that starts the work is in force",
        change: untouched,
        release: startedWith(evidenceWith()),
      },
      { when: "the stack is production, where the gates speak", change: production },
    ],
  },
};
