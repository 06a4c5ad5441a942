import { join } from "node:path";
import { auditOf, type AuditInput } from "../../../cli/audit/audit";
import { evidencePartOf } from "../../../cli/audit/evidencePart";
import { judgePreview } from "../../../cli/audit/input/judgePreview";
import type { JudgedStack } from "../../../cli/audit/input/judged";
import type { Audit } from "../../../cli/audit/model";
import { toEnvironment } from "../../../cli/audit/pack/arguments";
import { runPreview } from "../../../cli/preview/engine";
import { readStackSettings } from "../../../cli/stackSettings";
import { demandsOf } from "../../../infra/evidence/record/judge";
import { verifyEvidence } from "../../../infra/evidence/record/verify";
import { EVIDENCE_CLAUSES } from "../../../infra/evidence/record/requirements";
import { definitions } from "../../../policies/catalogue";
import { controlExceptions, policyExceptions } from "../../../policies/exceptions";

const ROOT = join(__dirname, "../../..");
const SOURCE = "0".repeat(64);
export const AT = new Date("2026-11-27T12:00:00.000Z");

/** Staging, by a preview of this checkout. */
export const judgedStaging = (): Promise<JudgedStack> =>
  judgePreview(
    { projectDir: ROOT, stack: "staging" },
    join(ROOT, "cli/audit/pack"),
    toEnvironment({ at: AT, root: ROOT, source: SOURCE }),
    runPreview,
  );

export function auditWith(judged: JudgedStack, others: Partial<AuditInput> = {}): Audit {
  const { settings } = readStackSettings({ stack: "staging", color: "never" }, ROOT);
  return auditOf({
    judged,
    definitions,
    packVersion: "0.1.0",
    exceptions: { policies: policyExceptions, controls: controlExceptions },
    evidence: evidencePartOf(
      verifyEvidence({
        files: [{ path: "B8.1/metrics/no-evidence.json", bytes: Buffer.from("{}") }],
        keys: [],
        stack: "staging",
        sourceDigest: SOURCE,
        nowMs: AT.getTime(),
        demands: demandsOf(settings),
        clauses: EVIDENCE_CLAUSES,
      }),
      { stack: "staging", source: SOURCE },
    ),
    kickOff: { set: false, because: "there is no valid Carta GO Fase A" },
    letters: [{ phase: "fase-a", title: "Carta GO Fase A", valid: false, says: "nobody may sign one" }],
    at: AT,
    ...others,
  });
}

/** What somebody would put into a state who wants the page to do something, and the marks by which a test sees it. */
export const HOSTILE = [
  `<img src="https://example.com/seen.png" onerror="document.title='ran'">`,
  `<script>document.title = "ran"</script>`,
  `</code></style></script><script>document.title = "ran"</script>`,
  `" autofocus onfocus="document.title='ran'" x="`,
  `<a href="javascript:document.title='ran'">a link</a>`,
  `&lt;b&gt; \u202Egnirts desrever\u202C \u0000 \uD800`,
];

/** Every verdict there is, texts that would be markup, names without an end, and a kick-off whose deadlines have passed. */
export function troubled(judged: JudgedStack): Audit {
  const { resources, pack } = judged;
  const [mandatory, advisory, disabled, toNothing] = pack.policies;
  if (!mandatory || !advisory || !disabled || !toNothing)
    throw new Error("the pack has fewer than four policies");
  const endless = `urn:pulumi:staging::fase-b::aws:s3/bucket:Bucket::${"endless".repeat(60)}`;
  const hostile = HOSTILE.map((text) => `urn:pulumi:staging::fase-b::aws:s3/bucket:Bucket::${text}`);
  return auditWith(
    {
      ...judged,
      resources: [
        ...resources,
        ...[endless, ...hostile].map((urn) => ({ urn, type: "aws:s3/bucket:Bucket", custom: true })),
        {
          urn: `urn:pulumi:staging::fase-b::fase-b:index:${HOSTILE[0] ?? ""}::${HOSTILE[1] ?? ""}`,
          type: `fase-b:index:${HOSTILE[0] ?? ""}`,
          custom: false,
          inputs: { clauses: ["B4.1", HOSTILE[2] ?? ""] },
        },
      ],
      pack: {
        ...pack,
        policies: pack.policies.map((policy) =>
          policy.name === disabled.name ? { ...policy, enforcementLevel: "disabled" as const } : policy,
        ),
        violations: [
          ...[endless, ...hostile].map((urn, index) => ({
            pack: pack.name,
            policy: mandatory.name,
            enforcementLevel: "mandatory" as const,
            severity: mandatory.severity,
            message: HOSTILE[index % HOSTILE.length] ?? "",
            urn,
          })),
          {
            pack: pack.name,
            policy: advisory.name,
            enforcementLevel: "advisory" as const,
            severity: advisory.severity,
            message: `a text without a space: ${"x".repeat(500)}`,
          },
        ],
        notApplicable: [
          { policy: toNothing.name, reason: "the stack has none of it" },
          {
            policy: mandatory.name,
            reason: "Excepted by EX-001 until 2027-11-26: a reason",
            urn: resources[3]?.urn ?? "",
          },
        ],
      },
    },
    {
      kickOff: { set: true, at: "2026-11-25T09:00:00.000Z", letter: "stacks/staging/letters/fase-a-001" },
      exceptions: {
        policies: policyExceptions,
        controls: controlExceptions.map((one, index) =>
          index === 0 ? { ...one, expires: "2026-11-26" } : one,
        ),
      },
    },
  );
}

/** The stack with so many agents: the resources of one of them, again and again, and a violation for each. */
export function manyAgents(judged: JudgedStack, agents: number): Audit {
  const pattern = judged.resources.filter(({ urn }) => /::(agent|certificate)-chat-03/.test(urn));
  if (pattern.length < 4) throw new Error("no agent to take as a pattern");
  const renamed = (text: string, agent: number): string => text.replaceAll("chat-03", `chat-${agent}`);
  const more = Array.from({ length: agents }, (_, agent) =>
    pattern.map((resource) => ({
      ...resource,
      urn: renamed(resource.urn, 1000 + agent),
      ...(resource.parent === undefined ? {} : { parent: renamed(resource.parent, 1000 + agent) }),
      ...(resource.dependencies === undefined
        ? {}
        : { dependencies: resource.dependencies.map((urn) => renamed(urn, 1000 + agent)) }),
    })),
  ).flat();
  const resources = [...judged.resources, ...more].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  const domains = resources.filter(({ type }) => type === "aws:apigateway/domainName:DomainName");
  const policy = judged.pack.policies.find(({ name }) => name === "domain-requires-mutual-tls");
  if (!policy) throw new Error("the pack has no policy on domains");
  return auditWith({
    ...judged,
    resources,
    subject: { ...judged.subject, resources: resources.length },
    pack: {
      ...judged.pack,
      violations: domains.map(({ urn }) => ({
        pack: judged.pack.name,
        policy: policy.name,
        enforcementLevel: "mandatory" as const,
        severity: policy.severity,
        message: "got no truststore; expected the stack's. Fix: take it from the bucket.",
        urn,
      })),
    },
  });
}
