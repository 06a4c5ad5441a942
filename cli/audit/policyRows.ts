import { isAbout, type PolicyException } from "../../policies/lib/exceptions";
import type { PolicyDefinition } from "../../policies/lib/policy";
import { clauses as workOrder } from "../../policies/clauses";
import type { PackReport, PolicyInfo, Violation } from "../preview/model";
import { isMandatory } from "../preview/view";
import type { AuditedResource, PolicyFinding, PolicyRow, PolicyVerdict } from "./model";

/** How a policy of the pack's own kind says that an exception lifted what it found. */
const EXCEPTED = /^Excepted by /;

const RANK: Readonly<Record<PolicyVerdict, number>> = {
  violated: 0,
  advisory: 1,
  disabled: 2,
  "not-applicable": 3,
  passed: 4,
};

/**
 * Every policy with what it says, by block, then the worst first, then by name.
 *
 * @param definitions the pack's catalogue: what the protocol does not tell
 * @param resources in the order of their URNs
 * @param standing the exceptions that have not ended
 */
export function policyRowsOf(
  pack: PackReport,
  definitions: readonly PolicyDefinition[],
  resources: readonly AuditedResource[],
  standing: readonly PolicyException[],
): readonly PolicyRow[] {
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  const indexOf = new Map(resources.map(({ urn }, index) => [urn, index]));
  return pack.policies
    .map((info) => rowOf(info, byName.get(info.name), pack, resources, indexOf, standing))
    .sort((a, b) => byText(a.block, b.block) || RANK[a.verdict] - RANK[b.verdict] || byText(a.name, b.name));
}

function rowOf(
  info: PolicyInfo,
  definition: PolicyDefinition | undefined,
  pack: PackReport,
  resources: readonly AuditedResource[],
  indexOf: ReadonlyMap<string, number>,
  standing: readonly PolicyException[],
): PolicyRow {
  const about = (urn: string | undefined): { readonly resource?: number } => {
    const resource = urn === undefined ? undefined : indexOf.get(urn);
    return resource === undefined ? {} : { resource };
  };
  const violations = pack.violations.filter(({ policy }) => policy === info.name);
  const declined = pack.notApplicable.filter(({ policy }) => policy === info.name);
  const kind = definition?.kind ?? "stack";
  const own: readonly PolicyFinding[] = [
    ...violations.map((violation) => ({
      ...about(violation.urn),
      verdict: levelOf(violation),
      message: withoutDescription(violation, info),
    })),
    ...declined
      .filter(({ urn }) => urn !== undefined)
      .map(({ urn, reason }) => ({
        ...about(urn),
        verdict: "excepted" as const,
        message: reason,
        ...exceptionOf(standing.find((one) => isAbout(one, info.name, urn ?? ""))),
      })),
  ];
  const found = new Set(own.map(({ resource }) => resource));
  const lifted =
    kind === "stack" && info.enforcementLevel !== "disabled"
      ? liftedOf(
          standing.filter(({ policy }) => policy === info.name),
          resources,
        ).filter(({ resource }) => !found.has(resource))
      : [];
  const findings = [...own, ...lifted].sort(
    (a, b) =>
      (a.resource ?? -1) - (b.resource ?? -1) || byText(a.verdict, b.verdict) || byText(a.message, b.message),
  );
  const [toNothing] = declined.filter(({ urn, reason }) => urn === undefined && !EXCEPTED.test(reason));
  const types = definition?.types ?? [];
  const verdict = verdictOf(info, violations, toNothing !== undefined);
  return {
    name: info.name,
    block: blockOf(info.clauses),
    clauses: info.clauses,
    severity: info.severity,
    level: info.enforcementLevel,
    kind,
    summary: definition?.summary ?? info.description,
    reads: definition?.reads ?? "",
    controls: definition?.controls ?? [],
    remediation: info.remediationSteps,
    url: info.url,
    verdict,
    ...(verdict === "not-applicable" && toNothing ? { reason: toNothing.reason } : {}),
    findings,
    judges: kind === "stack" ? STACK : judgesText(types),
    ...(kind === "stack"
      ? {}
      : {
          passed:
            info.enforcementLevel === "disabled"
              ? []
              : judgedBy(types, resources).filter((index) => !found.has(index)),
        }),
  };
}

const STACK = "the stack as a whole: what it reads, and how that is related";

const judgesText = (types: readonly string[]): string =>
  types.length === 0 ? "each resource" : `each ${types.join(" and each ")}`;

const exceptionOf = (one: PolicyException | undefined): Pick<PolicyFinding, "exception"> =>
  one === undefined ? {} : { exception: { id: one.id, expires: one.expires } };

/**
 * What exceptions lift of a policy on the whole stack. A policy on single resources tells it by itself; this kind has no word for one
 * resource. What stands here is known to be in use all the same: an exception that finds nothing to lift is a violation of its policy about
 * that very resource (`policies/lib/policy.ts`).
 */
const liftedOf = (
  exceptions: readonly PolicyException[],
  resources: readonly AuditedResource[],
): readonly PolicyFinding[] =>
  exceptions.flatMap((one) =>
    resources.flatMap(({ urn }, resource): PolicyFinding[] =>
      isAbout(one, one.policy, urn)
        ? [
            {
              resource,
              verdict: "excepted",
              message: `Excepted by ${one.id} until ${one.expires}: ${one.reason}`,
              ...exceptionOf(one),
            },
          ]
        : [],
    ),
  );

const levelOf = (violation: Violation): "violated" | "advisory" =>
  isMandatory(violation) ? "violated" : "advisory";

/** The SDK puts the policy's description before each message; the row has it already. */
function withoutDescription({ message }: Violation, { description }: PolicyInfo): string {
  const rest = message.startsWith(description) ? message.slice(description.length) : message;
  return rest.trim();
}

function verdictOf(info: PolicyInfo, violations: readonly Violation[], toNothing: boolean): PolicyVerdict {
  if (violations.some(isMandatory)) return "violated";
  if (violations.length > 0) return "advisory";
  if (info.enforcementLevel === "disabled") return "disabled";
  return toNothing ? "not-applicable" : "passed";
}

/** Indices of the resources of these types; of none named all. */
const judgedBy = (types: readonly string[], resources: readonly AuditedResource[]): readonly number[] =>
  resources.flatMap(({ type }, index) => (types.length === 0 || types.includes(type) ? [index] : []));

function blockOf(clauses: readonly string[]): string {
  const [first] = clauses;
  return workOrder.find(({ id }) => id === first)?.block ?? "";
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
