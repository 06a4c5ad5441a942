import { isArray, isObject, type JsonObject } from "./json";
import type {
  Json,
  NotApplicable,
  PackReport,
  PolicyInfo,
  PreviewResult,
  PreviewStep,
  Violation,
} from "./model";

/** What is shown of a result, whether on a terminal, in a pipe or in a document for reviewers. */

/** A resource in the tree. */
export interface TreeRow {
  /** e.g. `│  ├─ `, empty at the root. */
  readonly branch: string;
  readonly step: PreviewStep;
  /** The type as the CLI shows it, e.g. `aws:apigateway:RestApi`. */
  readonly type: string;
  readonly name: string;
  /** Of a component; empty for others. */
  readonly clauses: readonly string[];
}

export interface ComponentSummary {
  readonly type: string;
  readonly name: string;
  readonly clauses: readonly string[];
  /** Resources below it, other components not counted. */
  readonly resources: number;
}

export type Verdict =
  | { readonly kind: "passed" }
  /** `advisory` is how many more were reported without failing the preview. */
  | { readonly kind: "violated"; readonly count: number; readonly advisory: number }
  | { readonly kind: "advisory"; readonly count: number }
  | { readonly kind: "not applicable"; readonly reason: string }
  | { readonly kind: "disabled" };

export interface JudgedPolicy {
  readonly info: PolicyInfo;
  readonly verdict: Verdict;
}

export interface JudgedPack {
  readonly name: string;
  readonly version: string;
  readonly policies: readonly JudgedPolicy[];
  readonly violations: readonly Violation[];
}

export interface DomainSummary {
  readonly domain: string;
  readonly protocol: "HTTP" | "WebSocket";
  /** The certificate that the stack issues for it, by logical name, or the ARN of an existing one. */
  readonly certificate: { readonly issued: string } | { readonly existing: string } | undefined;
  readonly mutualTls: boolean;
  readonly securityPolicy: string;
}

/** Engine's mark for a value that is known after deployment only, in a state. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export const isUnknown = (value: Json | undefined): boolean => value === UNKNOWN;

/** The value with unknowns spelled out. */
export function spellUnknowns(value: Json): Json {
  if (typeof value === "string") return value === UNKNOWN ? "[unknown]" : value;
  if (isArray(value)) return value.map(spellUnknowns);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spellUnknowns(item)]));
}

/** `aws:apigateway/restApi:RestApi` becomes `aws:apigateway:RestApi`, as in the CLI's tree. */
export function shortType(type: string): string {
  const [packageName, module, name] = type.split(":");
  if (packageName === undefined || module === undefined || name === undefined) return type;
  const [folder, file] = module.split("/");
  return file !== undefined && file.toLowerCase() === name.toLowerCase()
    ? `${packageName}:${folder}:${name}`
    : type;
}

/** A URN's last part: `urn:pulumi:<stack>::<project>::<types>::<name>`; a name may itself hold `::`. */
export function urnName(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

function clausesOf(step: PreviewStep): readonly string[] {
  const clauses = step.newState.custom ? undefined : step.newState.inputs?.["clauses"];
  return isArray(clauses) ? clauses.filter((clause): clause is string => typeof clause === "string") : [];
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/** Depth first from the stack; what has no parent among the resources stands directly below the stack. */
export function treeOf(steps: readonly PreviewStep[]): readonly TreeRow[] {
  const known = new Set(steps.map((step) => step.urn));
  const root = steps.find((step) => step.newState.type === STACK_TYPE)?.urn;
  const children = new Map<string | undefined, PreviewStep[]>();
  for (const step of steps) {
    const { parent } = step.newState;
    const above = step.urn === root ? undefined : parent !== undefined && known.has(parent) ? parent : root;
    const siblings = children.get(above);
    if (siblings === undefined) children.set(above, [step]);
    else siblings.push(step);
  }
  const rows: TreeRow[] = [];
  const visit = (parent: string | undefined, margin: string, depth: number): void => {
    const siblings = children.get(parent) ?? [];
    siblings.forEach((step, index) => {
      const last = index === siblings.length - 1;
      rows.push({
        branch: depth === 0 ? "" : margin + (last ? "└─ " : "├─ "),
        step,
        type: shortType(step.newState.type),
        name: urnName(step.urn),
        clauses: clausesOf(step),
      });
      visit(step.urn, depth === 0 ? "" : margin + (last ? "   " : "│  "), depth + 1);
    });
  };
  visit(undefined, "", 0);
  return rows;
}

/** Every component that serves clauses, in the order of registration. */
export function componentsOf(steps: readonly PreviewStep[]): readonly ComponentSummary[] {
  const parents = new Map(steps.map((step) => [step.urn, step.newState.parent]));
  const counts = new Map<string, number>();
  for (const step of steps) {
    if (!step.newState.custom) continue;
    for (let above = step.newState.parent; above !== undefined; above = parents.get(above)) {
      counts.set(above, (counts.get(above) ?? 0) + 1);
    }
  }
  return steps
    .filter((step) => clausesOf(step).length > 0)
    .map((step) => ({
      type: shortType(step.newState.type),
      name: urnName(step.urn),
      clauses: clausesOf(step),
      resources: counts.get(step.urn) ?? 0,
    }));
}

/** How many are created of each type: most first, then by name. */
export function countsByType(
  steps: readonly PreviewStep[],
): readonly (readonly [type: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const step of steps) {
    const type = shortType(step.newState.type);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
}

/** A mandatory violation fails the preview; so does one that a remediation could not mend, as in the engine. */
export const isMandatory = (violation: Violation): boolean =>
  violation.enforcementLevel === "mandatory" || violation.enforcementLevel === "remediate";

function verdictOf(info: PolicyInfo, pack: PackReport, steps: readonly PreviewStep[]): Verdict {
  const violations = pack.violations.filter((violation) => violation.policy === info.name);
  const mandatory = violations.filter(isMandatory).length;
  const advisory = violations.length - mandatory;
  if (mandatory > 0) return { kind: "violated", count: mandatory, advisory };
  if (advisory > 0) return { kind: "advisory", count: advisory };
  if (info.enforcementLevel === "disabled") return { kind: "disabled" };
  const exempt = pack.notApplicable.filter((entry) => entry.policy === info.name);
  const reason = commonestReason(exempt);
  if (reason === undefined) return { kind: "passed" };
  // A policy on resources is asked about each of them; it applies to nothing only when it said so each time.
  const urns = new Set(exempt.map((entry) => entry.urn));
  const judgedOne =
    !urns.has(undefined) &&
    steps.some((step) => !urns.has(step.urn) && step.newState.custom && !isProvider(step));
  return judgedOne ? { kind: "passed" } : { kind: "not applicable", reason };
}

const isProvider = (step: PreviewStep): boolean => step.newState.type.startsWith("pulumi:providers:");

function commonestReason(entries: readonly NotApplicable[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { reason } of entries) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

export function judgedPacks(result: PreviewResult): readonly JudgedPack[] {
  return result.packs.map((pack) => ({
    name: pack.name,
    version: pack.version,
    policies: pack.policies.map((info) => ({ info, verdict: verdictOf(info, pack, result.digest.steps) })),
    violations: pack.violations,
  }));
}

/** `passed`, `violated 2`, `not applicable: <reason>`, … */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case "violated":
      return `violated ${verdict.count}${verdict.advisory > 0 ? `, advisory ${verdict.advisory}` : ""}`;
    case "advisory":
      return `advisory ${verdict.count}`;
    case "not applicable":
      return `not applicable: ${verdict.reason}`;
    default:
      return verdict.kind;
  }
}

/** How many policies came to each verdict, e.g. `30 passed, 1 violated`; the bad ones first. */
export function verdictCounts(packs: readonly JudgedPack[]): string {
  const order = ["violated", "advisory", "passed", "not applicable", "disabled"] as const;
  const kinds = packs.flatMap((pack) => pack.policies.map((policy) => policy.verdict.kind));
  return order
    .map((kind) => [kinds.filter((each) => each === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(", ");
}

/** What the verdicts are in `preview.json`: the digest itself has no place for them. */
export function verdictsJson(packs: readonly JudgedPack[]): Json {
  return packs.map((pack) => ({
    name: pack.name,
    version: pack.version,
    policies: pack.policies.map(({ info, verdict }) => ({
      name: info.name,
      severity: info.severity,
      enforcementLevel: info.enforcementLevel,
      clauses: info.clauses,
      verdict: verdict.kind,
      ...(verdict.kind === "not applicable" ? { reason: verdict.reason } : {}),
    })),
    violations: pack.violations.map(({ policy, enforcementLevel, urn, message }) => ({
      policy,
      enforcementLevel,
      ...(urn === undefined ? {} : { urn }),
      message,
    })),
  }));
}

const certificateType = "aws:acm/certificate:Certificate";
const domainProtocols = new Map<string, DomainSummary["protocol"]>([
  ["aws:apigateway/domainName:DomainName", "HTTP"],
  ["aws:apigatewayv2/domainName:DomainName", "WebSocket"],
]);

export interface Certificates {
  /** How many certificates the stack issues. */
  readonly issued: number;
  readonly domains: readonly DomainSummary[];
}

/** The API's custom domains, by name, and where each has its certificate from. */
export function certificatesOf(steps: readonly PreviewStep[]): Certificates {
  const issued = new Map<string, string>();
  for (const step of steps) {
    if (step.newState.type !== certificateType) continue;
    issued.set(text(step.newState.inputs?.["domainName"]), urnName(step.urn));
  }
  const domains: DomainSummary[] = [];
  for (const step of steps) {
    const protocol = domainProtocols.get(step.newState.type);
    if (protocol === undefined) continue;
    const inputs = step.newState.inputs ?? {};
    const configuration = inputs["domainNameConfiguration"];
    const nested: JsonObject = isObject(configuration) ? configuration : {};
    const domain = text(inputs["domainName"]);
    const name = issued.get(domain);
    const arn = text(
      inputs["regionalCertificateArn"] ?? inputs["certificateArn"] ?? nested["certificateArn"],
    );
    domains.push({
      domain,
      protocol,
      certificate: name !== undefined ? { issued: name } : arn === "" ? undefined : { existing: arn },
      mutualTls: inputs["mutualTlsAuthentication"] !== undefined,
      securityPolicy: text(inputs["securityPolicy"] ?? nested["securityPolicy"]),
    });
  }
  return {
    issued: steps.filter((step) => step.newState.type === certificateType).length,
    domains: domains.sort((a, b) => (a.domain < b.domain ? -1 : a.domain > b.domain ? 1 : 0)),
  };
}

function text(value: Json | undefined): string {
  if (value === undefined) return "";
  if (isUnknown(value)) return "[unknown]";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `13 issued, 5 existing; 18 domains, 16 with mutual TLS`; empty when the stack has neither. */
export function certificatesText({ issued, domains }: Certificates): string {
  if (issued === 0 && domains.length === 0) return "";
  const existing = domains.filter(
    ({ certificate }) => certificate !== undefined && "existing" in certificate,
  ).length;
  const mutual = domains.filter((domain) => domain.mutualTls).length;
  return `${issued} to issue, ${existing} existing; ${domains.length} ${domains.length === 1 ? "domain" : "domains"}, ${mutual} with mutual TLS`;
}

/** Which components serve a clause and which policies judge it, by clause. */
export function clausesIndex(
  components: readonly ComponentSummary[],
  packs: readonly JudgedPack[],
): readonly {
  readonly clause: string;
  readonly components: readonly string[];
  readonly policies: readonly string[];
}[] {
  const index = new Map<string, { components: string[]; policies: string[] }>();
  const entry = (clause: string): { components: string[]; policies: string[] } => {
    const existing = index.get(clause) ?? { components: [], policies: [] };
    index.set(clause, existing);
    return existing;
  };
  for (const component of components)
    for (const clause of component.clauses) entry(clause).components.push(component.name);
  for (const pack of packs) {
    for (const { info } of pack.policies)
      for (const clause of info.clauses) entry(clause).policies.push(info.name);
  }
  return [...index].sort(([a], [b]) => byClause(a, b)).map(([clause, served]) => ({ clause, ...served }));
}

/** `B1.10` comes after `B1.9`. */
const byClause = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

/** A value in indented lines, as the CLI prints outputs: scalars as JSON, members below their name. */
export function valueLines(name: string, value: Json, margin = ""): readonly string[] {
  const nested = (members: readonly (readonly [string, Json])[]): readonly string[] => [
    `${margin}${name}:`,
    ...members.flatMap(([key, member]) => valueLines(key, member, `${margin}  `)),
  ];
  const shown = spellUnknowns(value);
  if (isArray(shown) && shown.length > 0) return nested(shown.map((item, index) => [`[${index}]`, item]));
  if (isObject(shown) && Object.keys(shown).length > 0) {
    return nested(Object.entries(shown).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return [
    `${margin}${name}: ${shown === "[secret]" || shown === "[unknown]" ? shown : JSON.stringify(shown)}`,
  ];
}
