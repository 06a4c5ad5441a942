/**
 * By what each clause of the work order is proven, beside the policies that carry its id.
 *
 * A policy judges what is declared. What functions and commands do is proven by tests; what only a running staging can show, by
 * evidence. A test stands here by its file and its title as its source has it (`suite > test`, what is put in by a table or a template as `%s`), and its title carries the clause's id, so that it is found from either side.
 */
import type { ClauseId } from "./clauses";

export interface Proof {
  /** From the project's folder. */
  readonly file: string;
  readonly title: string;
}

/** What a piece of evidence holds, as its predicate is called. */
export type EvidenceKind =
  "certificates" | "configurations" | "findings" | "logScan" | "metrics" | "proofRun" | "sbom";

/**
 * What it takes to say that a clause holds, measured by the work order's "it holds when":
 *
 * - policies: what is declared is all that it asks for
 * - tests: it asks also for what functions, commands or a deployment do, which tests show and no policy judges
 * - evidence: it is about what happened on a running staging
 * - letter: it is about what people signed
 */
export type ShownBy = "policies" | "tests" | "evidence" | "letter";

/** `shown by …` */
export const shownByText: Readonly<Record<ShownBy, string>> = {
  policies: "its policies",
  tests: "tests, beside what its policies judge",
  evidence: "evidence",
  letter: "a letter",
};

export interface ClauseProofs {
  readonly shownBy: ShownBy;
  /** The best one to three; the rest is found by the clause's id. */
  readonly tests: readonly Proof[];
  /** Kinds of evidence that the clause needs, all of them: `npm run evidence -- collect <clause>`. */
  readonly evidence?: readonly EvidenceKind[];
  /** Why no policy judges the clause, where none does and no evidence is asked for either. */
  readonly withoutPolicy?: string;
}

const test = (file: string, title: string): Proof => ({ file, title });

export const proofs: Readonly<Record<ClauseId, ClauseProofs>> = {
  "B0.1": {
    shownBy: "tests",
    tests: [
      test("test/release/guard.test.ts", "B0.1: the program alone, the pack left out, > refuses $what"),
      test(
        "test/release/guard.test.ts",
        "B0.1: the pack alone, the program's guard taken out, > refuses $what",
      ),
      test(
        "test/release/letter.test.ts",
        "a letter, to program and pack (B0.1, B0.2) > is accepted by neither once it is tampered with",
      ),
    ],
  },
  "B0.2": {
    shownBy: "letter",
    tests: [
      test(
        "infra/release/verifyLetter.test.ts",
        "a letter (B0.2) > holds with the signatures of three people for the three roles",
      ),
      test(
        "policies/test/release/letterTampering.test.ts",
        "letters that somebody has tampered with (B0.2) > are none of 10,000 accepted, and each is refused in one line",
      ),
    ],
  },
  "B0.3": {
    shownBy: "tests",
    withoutPolicy: "A pack sees resources, not branches and who reviewed what gets into them.",
    tests: [
      test(
        "test/codeOwners.test.ts",
        "the ruleset of the work's branch (B0.3) > lets nothing in but by a pull request with two reviews of its last commit: one of each of two teams",
      ),
      test(
        "cli/reviews/command.test.ts",
        "a pull request (B0.3) > has its two reviews when one of Lead and one of QA Sec approved its last commit",
      ),
      test(
        "test/workflows.test.ts",
        "the update of staging (B0.3) > is by the reviewed plan, through the command that compares the source and judges, and never without a preview",
      ),
    ],
  },
  "B0.4": {
    shownBy: "tests",
    tests: [
      test(
        "cli/evidence/bucket.test.ts",
        "the bucket of evidence > is put to once a key, with the digest that it checks, the payload signed and nothing said of encryption (B0.4)",
      ),
      test(
        "test/local/evidence.test.ts",
        "B2.2, B8.5, B0.4: the whole path on one machine > what the fuzzer found not is read, signed and verified; with one byte changed it is refused",
      ),
      test(
        "cli/report/report.test.ts",
        "Informe B with all its evidence (B7.1) > names every piece by its digest in the annex, and by no other (B0.4)",
      ),
    ],
  },
  "B1.1": {
    shownBy: "policies",
    tests: [
      test("infra/observability/dashboards/dashboards.test.ts", "what was ordered (B1.1) > has a panel: %s"),
      test(
        "test/observability/emitted.test.ts",
        "what is declared > emits every metric that a panel names, whatever its reader chooses (B1.1)",
      ),
    ],
  },
  "B1.2": {
    shownBy: "policies",
    tests: [
      test(
        "infra/observability/alerts/alerts.test.ts",
        "the rules of Grafana > are B1.2, B1.3, B1.4 and B1.5 as ordered: a page, by the threshold, for the time",
      ),
      test("infra/observability/alerts/alertsInTime.test.ts", "an alert in time (B1.2, B1.3, B1.4) > %s"),
    ],
  },
  "B1.3": {
    shownBy: "policies",
    tests: [
      test(
        "infra/observability/alerts/alerts.test.ts",
        "the rules of Grafana > are B1.2, B1.3, B1.4 and B1.5 as ordered: a page, by the threshold, for the time",
      ),
      test("infra/observability/alerts/alertsInTime.test.ts", "an alert in time (B1.2, B1.3, B1.4) > %s"),
    ],
  },
  "B1.4": {
    shownBy: "policies",
    tests: [
      test(
        "infra/observability/alerts/alerts.test.ts",
        "the rules of Grafana > are B1.2, B1.3, B1.4 and B1.5 as ordered: a page, by the threshold, for the time",
      ),
      test("infra/observability/alerts/alertsInTime.test.ts", "an alert in time (B1.2, B1.3, B1.4) > %s"),
    ],
  },
  "B1.5": {
    shownBy: "tests",
    tests: [
      test(
        "test/prober/exporter.test.ts",
        "the exporter at a door > is answered with the good certificate and refused with every other, under %s (B1.5)",
      ),
      test("infra/prober/proberRules.test.ts", "the alerts > page for everything of B1.5"),
    ],
  },
  "B1.6": {
    shownBy: "tests",
    tests: [
      test(
        "infra/functions/correlation/correlation.test.ts",
        "the correlation id (B1.6) > never lets through what the pattern does not allow, whatever is sent",
      ),
      test(
        "infra/functions/authorizer/authorizer.test.ts",
        "the authorizer (B5.3, B1.6) > gives a request without a good correlation id a new one, in context and log alike",
      ),
      test(
        "infra/gateway/accessLog.test.ts",
        "B1.6: the %s access log > says the gateway's two ids and the correlation id, each under its own name",
      ),
    ],
  },
  "B2.1": {
    shownBy: "tests",
    tests: [
      test(
        "infra/scanning/scanningRules.test.ts",
        "scanningManifests (B2.1, B2.2) > attack in the authenticated scan alone, fail on what is Medium, and report whatever happens",
      ),
      test(
        "infra/scanning/scripts.test.ts",
        "zap.sh (B2.1) > says that a scan passed when ZAP does and its report can be read",
      ),
    ],
  },
  "B2.2": {
    shownBy: "tests",
    tests: [
      test(
        "test/local/fuzz.test.ts",
        "B2.2: fuzzed from the contract, the API > at %s answers by the contract on %s, whatever comes",
      ),
      test(
        "infra/functions/edge/fuzz.test.ts",
        "requests made from the contract (B2.2) > to %s: never a 5xx, never an invalid body taken, every refusal a problem",
      ),
    ],
  },
  "B2.3": {
    shownBy: "tests",
    tests: [
      test(
        "cli/findings/command.test.ts",
        "import > reads reports of every tool into one list, and again without a change (B2.3)",
      ),
      test(
        "cli/findings/command.test.ts",
        "accept, close, reopen and gate > hold the gate until everything that is high is fixed or accepted, and again when an acceptance is over (B2.3, B8.5)",
      ),
    ],
  },
  "B3.1": {
    shownBy: "tests",
    tests: [
      test(
        "infra/functions/edge/model/model.test.ts",
        "the edge under any order, crash, lost answer, failing agent and clock (B3.1, B3.2, B4.1, B8.6) > causes one effect for each key, gives its first answer to all, holds no lock twice, counts each request that it sends once, answers in time",
      ),
      test(
        "infra/functions/edge/handleRequest.test.ts",
        "a repeat (B3.1) > while the first runs is 409 and told when to come again; another on the same avatar is locked (B3.2)",
      ),
      test(
        "test/local/dataPlane.test.ts",
        "an idempotency key (B3.1) > gets the first answer again, marked, and has one effect",
      ),
    ],
  },
  "B3.2": {
    shownBy: "tests",
    tests: [
      test(
        "test/reference/race.reference.test.ts",
        "2,000 requests over 100 keys and 2 locks, 32 at once from 4 processes (B3.1, B3.2, B4.1) > no lock is held twice at a time, and its fence only grows",
      ),
      test(
        "infra/functions/edge/claims/claims.test.ts",
        "locks (B3.2) > is not given back by a late owner whose lock another one holds by now",
      ),
    ],
  },
  "B3.3": {
    shownBy: "tests",
    tests: [
      test(
        "test/load/breakerUnderLoad.load.ts",
        "B3.3, B8.7: under load with one failing agent > its breaker opens, spares it more than 95 %, leaves the others their p95, and closes again",
      ),
      test(
        "infra/functions/edge/upstream/randomSchedules.test.ts",
        "B3.3 on any schedule of outages, store failures, crashes and wrong clocks > probes never meet, deadlines and budgets hold, and an upstream that is well is let back in",
      ),
      test(
        "infra/functions/edge/upstream/retryPolicy.test.ts",
        "B3.3 the retry budget > never allows more than the burst and the ratio of the requests, in any order",
      ),
    ],
    withoutPolicy:
      "Retries and breakers are code of the edge function; a pack sees its table, its time-outs and its rights, which other clauses' policies judge.",
  },
  "B4.1": {
    shownBy: "policies",
    tests: [
      test(
        "test/wholeStack.test.ts",
        "staging as a whole > B4.1: gives every client one plan and one key, with the contract's quota and a margin",
      ),
      test(
        "infra/functions/edge/claims/claims.test.ts",
        "the monthly count (B4.1) > admits exactly the quota, also at once, and gives a refused claim back",
      ),
      test(
        "test/local/dataPlane.test.ts",
        "the month's quota (B4.1) > takes exactly what the contract grants, and says when it begins anew",
      ),
    ],
  },
  "B4.2": {
    shownBy: "tests",
    tests: [
      test(
        "infra/functions/voice/model.test.ts",
        "voice sessions under any order, crash, lost disconnect and clock (B4.2, B5.3) > let no session too many in, lock nobody out beyond the lease, write once a second, keep to the rate, honour a ticket once",
      ),
      test(
        "test/local/voice.test.ts",
        "a voice session (B4.2) > is one of two at most for each user, also in a race",
      ),
      test(
        "test/local/voice.test.ts",
        "a voice session (B4.2) > is warned, held back and closed when it takes more than its bandwidth",
      ),
    ],
  },
  "B4.3": {
    shownBy: "tests",
    tests: [
      test(
        "test/local/dataPlane.test.ts",
        "what is refused > is 413 for an image too large, by its declared length at the firewall and by its real one at the edge (B4.3)",
      ),
      test(
        "infra/firewall/firewallTraffic.test.ts",
        "B4.3 /vision apart from the rest > has steps of its own",
      ),
    ],
  },
  "B4.4": {
    shownBy: "tests",
    tests: [
      test(
        "infra/firewall/firewallTraffic.test.ts",
        "B4.4 graduated blocking of one client > does the same with the limits of staging",
      ),
      test(
        "test/local/firewall.test.ts",
        "a burst (B4.4, B8.8) > meets each graduated step in order, each with its Retry-After",
      ),
    ],
  },
  "B5.1": {
    shownBy: "policies",
    tests: [
      test(
        "test/wholeStack.test.ts",
        "staging as a whole > B5.1, B8.4: issues 13 certificates, each validated by DNS before its domain takes it",
      ),
      test(
        "test/board.test.ts",
        "the board of B8.4 > counts staging's resources: all that was ordered (B5.1, B5.4)",
      ),
    ],
  },
  "B5.2": {
    shownBy: "tests",
    tests: [
      test(
        "test/trust/rotation.test.ts",
        "with an overlap no call fails (B5.2) > when root and issuers change, and the old ones are refused after it",
      ),
      test(
        "test/generations.test.ts",
        "the authority's next generation (B5.2) > %s, and every policy passes",
      ),
      test(
        "test/local/rotation.test.ts",
        "rotations on the emulator (B5.2, B6.1) > of %s survive the death of the instance at every call",
      ),
    ],
  },
  "B5.3": {
    shownBy: "tests",
    tests: [
      test(
        "test/trust/chains.test.ts",
        "a client that calls through gateway, authorizer and edge (B5.3) > with %s",
      ),
      test(
        "infra/functions/functions.test.ts",
        "the authorizer, as it is deployed > lets a client in by certificate and live key, and not with a revoked certificate (B5.3)",
      ),
      test("test/wholeStack.test.ts", "staging as a whole > B5.3: leaves no way around the custom domains"),
    ],
  },
  "B5.4": {
    shownBy: "policies",
    tests: [
      test(
        "test/board.test.ts",
        "the board of B8.4 > counts staging's resources: all that was ordered (B5.1, B5.4)",
      ),
      test("test/board.test.ts", "the board of B8.4 > misses a configuration without %s (B5.4)"),
    ],
  },
  "B6.1": {
    shownBy: "tests",
    tests: [
      test(
        "infra/functions/rotation/timeTravel.test.ts",
        "a year of days (B5.2, B6.1) > in which nothing works passes every deadline it has, and each was paged about in time",
      ),
      test(
        "infra/functions/rotate-client-keys/clientKeys.test.ts",
        "a client's API key (B6.1) > survives a crash before and after every call of a rotation: one version, one new key",
      ),
      test(
        "test/local/rotation.test.ts",
        "rotations on the emulator (B5.2, B6.1) > of %s survive the death of the instance at every call",
      ),
    ],
  },
  "B6.2": {
    shownBy: "evidence",
    tests: [
      test(
        "cli/sbom/generate.test.ts",
        "bills of materials (B6.2) > are of the very bundle that is deployed",
      ),
      test(
        "cli/evidence/collectors/sboms.test.ts",
        "bills of materials (B6.2) > are there for the program and every function, of what this source makes",
      ),
    ],
    evidence: ["sbom"],
  },
  "B6.3": {
    shownBy: "evidence",
    tests: [
      test(
        "cli/advisories/advisories.test.ts",
        "npm run advisories, with npm asking a registry on this machine > stops for what is critical, and keeps npm's report (B6.3)",
      ),
      test(
        "cli/evidence/collectors/dependencies.test.ts",
        "dependencies (B6.3) > are unknown where %s, and never clean",
      ),
    ],
    evidence: ["findings"],
  },
  "B7.1": {
    shownBy: "tests",
    withoutPolicy: "The report is made of evidence by a command; a pack sees resources alone.",
    tests: [
      test(
        "cli/report/report.test.ts",
        "Informe B with all its evidence (B7.1) > shows each figure beside what was before, what was ordered, and the piece in which it stands",
      ),
      test(
        "cli/report/command.test.ts",
        "npm run report (B7.1) > writes page and PDF of evidence that suffices, and ends with 0",
      ),
    ],
  },
  "B7.2": {
    shownBy: "tests",
    tests: [
      test(
        "cli/export/export.test.ts",
        "npm run export > writes each dashboard's JSON, byte for byte what Grafana is given, and its picture; then nothing is stale (B7.2)",
      ),
      test(
        "infra/observability/alerts/alerts.test.ts",
        "the rules of Grafana > are exported as they are provisioned, to the byte (B7.2)",
      ),
      test(
        "test/grafana/importCheck.test.ts",
        "npm run test:grafana, against a test double of Grafana > imports everything, reads it back and leaves nothing behind (B7.2)",
      ),
    ],
    withoutPolicy:
      "An export is a command's files, which no pack sees; `npm run check` fails when what is committed is not what is deployed.",
  },
  "B7.3": {
    shownBy: "tests",
    tests: [
      test(
        "cli/export/documents/documents.test.ts",
        "each line that clients are told (B7.3) > %s is shown by one test, that is there by this very title",
      ),
      test(
        "cli/export/documents/documents.test.ts",
        "the documents for clients (B7.3) > say %s as it is changed in the settings",
      ),
      test(
        "cli/export/documents/onboarding.test.ts",
        "the page of a client's first call (B7.3) > makes a key and a request that we certify, and then each of its curl lines gets what stands behind it",
      ),
    ],
    withoutPolicy:
      "Documents and messages are what commands print from the settings and the audit; a pack sees resources alone.",
  },
  "B7.4": {
    shownBy: "tests",
    withoutPolicy: "A pack sees what is declared, not where a stage is pointed back to when that is broken.",
    tests: [
      test(
        "test/local/rollback.test.ts",
        "a rollback of the gateway (B7.4) > brings A back under load: calls fail until the stage points back, and none after",
      ),
      test(
        "cli/rollback/plan.test.ts",
        "the plan of a rollback (B7.4) > names on terminal and in the document every live value that is never put back, from the program's own table",
      ),
      test(
        "cli/rollback/command.test.ts",
        "the program that is broken (B7.4) > is not loaded: nothing of it, of its settings or of Pulumi",
      ),
    ],
  },
  "B7.5": {
    shownBy: "tests",
    tests: [
      test(
        "test/observability/runbook.test.ts",
        "the runbook (B7.5) > has a section with every part for every alert, and no other",
      ),
      test(
        "test/observability/runbook.test.ts",
        "the runbook (B7.5) > says what an incident needs: first minutes, roles, channel, rolling back, standing down, evidence",
      ),
    ],
  },
  "B7.6": {
    shownBy: "tests",
    tests: [
      test(
        "cli/message/message.test.ts",
        "the instructions (B7.6) > to %s say all that was ordered, before there is a letter",
      ),
      test(
        "cli/message/command.test.ts",
        "npm run message > prints the kick-off by the letter that is in force (B7.6)",
      ),
      test(
        "cli/message/command.test.ts",
        "npm run message > prints a draft that may not be sent, and ends with 1, where %s (B7.6)",
      ),
    ],
    withoutPolicy:
      "Documents and messages are what commands print from the settings and the audit; a pack sees resources alone.",
  },
  "B7.7": {
    shownBy: "tests",
    tests: [
      test(
        "policies/test/generated.test.ts",
        "the reading of the work order > gives a clause its owner, deadline and milestone (B4.1, B5.1, B7.7)",
      ),
      test("cli/audit/board.test.ts", "a clause's state (B7.7) > is the worst of all that is said"),
      test(
        "cli/message/madrid.test.ts",
        "the hours of the status (B7.7) > are two a day, at their hours, through two years and their four changes",
      ),
    ],
  },
  "B8.1": {
    shownBy: "evidence",
    tests: [
      test("cli/evidence/collectors/objectives.test.ts", "p95 (B8.1) > %s"),
      test(
        "test/prober/evidence.test.ts",
        "collected from a real Prometheus > p95 of the world %s is the one of its requests (B8.1)",
      ),
    ],
    evidence: ["metrics"],
  },
  "B8.2": {
    shownBy: "evidence",
    tests: [
      test("cli/evidence/collectors/objectives.test.ts", "the share of 5xx (B8.2) > %s"),
      test(
        "test/prober/evidence.test.ts",
        "collected from a real Prometheus > the share of 5xx of the world %s is the one of its requests (B8.2)",
      ),
    ],
    evidence: ["metrics"],
  },
  "B8.3": {
    shownBy: "evidence",
    tests: [
      test(
        "infra/functions/edge/pii.test.ts",
        "no line of the edge, and no refusal, holds personal data (B8.3) > when %j stands in any field of the event, or is a field's name",
      ),
      test(
        "infra/functions/log/pii.test.ts",
        "no line holds personal data (B8.3) > when a careless function logs %j in every field, known and unknown",
      ),
      test("cli/evidence/collectors/logScan.test.ts", "a look through the logs (B8.3) > is unknown where %s"),
    ],
    evidence: ["logScan"],
  },
  "B8.4": {
    shownBy: "evidence",
    tests: [
      test(
        "test/board.test.ts",
        "the board of B8.4 > misses one that no path leads to, and counts the existing certificates in coverage",
      ),
      test("cli/evidence/collectors/judgements.test.ts", "an agent (B8.4) > is not installed %s"),
    ],
    evidence: ["certificates", "configurations"],
  },
  "B8.5": {
    shownBy: "evidence",
    tests: [
      test("cli/evidence/collectors/judgements.test.ts", "scans (B8.5) > are unknown with %s"),
      test(
        "test/local/evidence.test.ts",
        "B2.2, B8.5, B0.4: the whole path on one machine > what it did find is in the evidence",
      ),
    ],
    evidence: ["findings"],
  },
  "B8.6": {
    shownBy: "evidence",
    tests: [
      test(
        "test/local/oneEffect.test.ts",
        "B3.1, B8.6: under duplicates and killed instances > %s requests over %s keys, %s at once, have %s effects and one answer each",
      ),
      test(
        "infra/functions/edge/model/model.test.ts",
        "the edge under any order, crash, lost answer, failing agent and clock (B3.1, B3.2, B4.1, B8.6) > causes one effect for each key, gives its first answer to all, holds no lock twice, counts each request that it sends once, answers in time",
      ),
    ],
    evidence: ["proofRun"],
  },
  "B8.7": {
    shownBy: "evidence",
    tests: [
      test(
        "test/load/breakerUnderLoad.load.ts",
        "B3.3, B8.7: under load with one failing agent > its breaker opens, spares it more than 95 %, leaves the others their p95, and closes again",
      ),
      test(
        "infra/functions/edge/upstream/outage.test.ts",
        "B3.3 B8.7 an upstream that fails for two minutes (%s) among eight instances > is relieved of more than 95 % of its load, finding out included",
      ),
    ],
    evidence: ["proofRun"],
  },
  "B8.8": {
    shownBy: "evidence",
    tests: [
      test(
        "test/local/firewall.test.ts",
        "a burst (B4.4, B8.8) > meets each graduated step in order, each with its Retry-After",
      ),
      test(
        "cli/evidence/collectors/judgements.test.ts",
        "a proof run (B8.6, B8.7, B8.8) > holds for the source that it ran, and for no other",
      ),
    ],
    evidence: ["proofRun"],
  },
};
