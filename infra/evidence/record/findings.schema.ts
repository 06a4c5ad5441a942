import { z } from "zod";

/** From worst to least; `info` is told and never counts. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const TOOLS = ["zap", "schemathesis", "sarif", "osv", "npm-audit"] as const;
export type Tool = (typeof TOOLS)[number];

const instant = z.iso.datetime({ precision: 3 });

/** What a finding is an instance of; at least one of them, `unclassified` beside the tool's own rule where nothing fits. */
export const classification = z.strictObject({
  /** https://owasp.org/Top10/2021/, e.g. `A03:2021` */
  owaspTop10: z.array(z.string().regex(/^A(0[1-9]|10):20\d\d$/)),
  /** https://owasp.org/API-Security/editions/2023/en/0x11-t10/, e.g. `API4:2023` */
  owaspApiTop10: z.array(z.string().regex(/^API([1-9]|10):20\d\d$/)),
  /** e.g. `CWE-79` */
  cwe: z.array(z.string().regex(/^CWE-\d{1,5}$/)),
  /** e.g. `CVE-2026-12345`, or an advisory's own id (`GHSA-…`) where it has none. */
  advisories: z.array(
    z.string().regex(/^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3}|[A-Za-z][A-Za-z0-9]*-[\w.:-]{1,60})$/),
  ),
});

/** Who may answer for a finding that stays: the roles of the work order's owners and signers, never a person's name. */
export const ROLES = [
  "lead-security",
  "lead-api-security",
  "qa-sec",
  "devops-security",
  "backend",
  "observability",
  "coordinator",
  "code",
  "ceo",
] as const;
export type Role = (typeof ROLES)[number];

/** B6.3: for so long, from when it was accepted, may what is critical stay by a dated exception. */
export const LONGEST_EXCEPTION_DAYS = 30;

/** Which way a finding went. A closed one that is seen again is open again. */
export const findingState = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("open") }),
  z.strictObject({
    state: z.literal("fixed"),
    /** Of the repository: what fixed it. */
    commit: z.string().regex(/^[0-9a-f]{40}$/),
    at: instant,
  }),
  z.strictObject({
    state: z.literal("accepted"),
    /** A calendar day, at its end in UTC; after it the finding is open. */
    until: z.iso.date(),
    /** Who answers for it, by role. */
    by: z.enum(ROLES),
    reason: z.string().min(20).max(500),
    /** Of the finding when it was accepted: nobody has accepted it as anything worse. */
    severity: z.enum(SEVERITIES),
    at: instant,
  }),
]);

/** One thing that is wrong, as one run saw it, however often. */
export const sighting = z.strictObject({
  /** Stable over runs: of tool, rule, place and nothing that differs from run to run. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  tool: z.enum(TOOLS),
  /** The tool's own name of the rule, check or advisory. */
  rule: z.string().min(1).max(200),
  title: z.string().min(1).max(300),
  severity: z.enum(SEVERITIES),
  classes: classification,
  /** `POST /chat`, a package `name@version`, or a file of the repository; what a person looks at first. */
  place: z.string().min(1).max(500),
  /** What shows it, without any value of a header, body or secret. */
  evidence: z.string().max(2_000),
  /** What the tool says would mend it. */
  fix: z.string().max(2_000),
});

/** One thing that is wrong, however often and by whatever run it was seen. */
export const finding = sighting.extend({
  status: findingState,
  firstSeen: instant,
  lastSeen: instant,
  /** How often it came back after it was closed. */
  reopened: z.number().int().min(0),
});

export type Sighting = z.infer<typeof sighting>;
export type Finding = z.infer<typeof finding>;
export type FindingState = z.infer<typeof findingState>;
