import { byTheDayTag } from "../../policies/lib/policy";
import { isArray, isObject, type JsonObject } from "./json";
import type {
  Json,
  PackReport,
  PolicyInfo,
  PreviewDigest,
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

/** The components of one type that serve the same clauses. */
export interface ComponentSummary {
  readonly type: string;
  readonly names: readonly string[];
  readonly clauses: readonly string[];
  /** Resources below them, other components not counted. */
  readonly resources: number;
}

export type Verdict =
  | { readonly kind: "passed" }
  /** `advisory` is how many more were reported without failing the preview. */
  | { readonly kind: "violated"; readonly count: number; readonly advisory: number }
  | { readonly kind: "advisory"; readonly count: number }
  | { readonly kind: "not applicable"; readonly reason: string }
  | { readonly kind: "disabled" }
  /** In what is committed: it would be another verdict tomorrow, with the same settings. */
  | { readonly kind: "judged by the day" };

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
  let start = 0;
  for (let part = 0; part < 3; part++) {
    const separator = urn.indexOf("::", start);
    if (separator < 0) return "";
    start = separator + 2;
  }
  return urn.slice(start);
}

function clausesOf(step: PreviewStep): readonly string[] {
  const clauses = step.newState.custom ? undefined : step.newState.inputs?.["clauses"];
  return isArray(clauses) ? clauses.filter((clause): clause is string => typeof clause === "string") : [];
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/**
 * Depth first from the stack; what has no parent among the resources stands directly below the stack. Siblings
 * come by type and name, components first, whatever order they were registered in.
 */
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
    const siblings = (children.get(parent) ?? []).sort(bySibling);
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

function bySibling({ newState: a, urn: urnA }: PreviewStep, { newState: b, urn: urnB }: PreviewStep): number {
  return (
    Number(a.custom) - Number(b.custom) || byText(a.type, b.type) || byText(urnName(urnA), urnName(urnB))
  );
}

/** By code units, which is the same on every machine. */
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Every component that serves clauses, by type, in the tree's order. */
export function componentsOf(steps: readonly PreviewStep[]): readonly ComponentSummary[] {
  const parents = new Map(steps.map((step) => [step.urn, step.newState.parent]));
  const counts = new Map<string, number>();
  for (const step of steps) {
    if (!step.newState.custom) continue;
    for (let above = step.newState.parent; above !== undefined; above = parents.get(above)) {
      counts.set(above, (counts.get(above) ?? 0) + 1);
    }
  }
  const groups = new Map<string, ComponentSummary>();
  for (const { type, name, clauses, step } of treeOf(steps)) {
    if (clauses.length === 0) continue;
    const key = [type, ...clauses].join(" ");
    const group = groups.get(key) ?? { type, names: [], clauses, resources: 0 };
    const resources = group.resources + (counts.get(step.urn) ?? 0);
    groups.set(key, { ...group, names: [...group.names, name], resources });
  }
  return [...groups.values()];
}

export interface ServiceTotal {
  /** e.g. `aws:apigateway`. */
  readonly service: string;
  readonly count: number;
  /** e.g. `["RestApi", 1]`; most first. */
  readonly types: readonly (readonly [type: string, count: number])[];
}

/** How many are created of each service's types. */
export function totalsOf(steps: readonly PreviewStep[]): readonly ServiceTotal[] {
  const services = new Map<string, Map<string, number>>();
  for (const step of steps) {
    const type = shortType(step.newState.type);
    const service = type.slice(0, Math.max(0, type.lastIndexOf(":")));
    const name = type.slice(type.lastIndexOf(":") + 1);
    const types = services.get(service) ?? new Map<string, number>();
    services.set(service, types.set(name, (types.get(name) ?? 0) + 1));
  }
  return [...services]
    .sort(([a], [b]) => byText(a, b))
    .map(([service, types]) => ({
      service,
      count: [...types.values()].reduce((sum, count) => sum + count, 0),
      types: [...types].sort(([a, m], [b, n]) => n - m || byText(a, b)),
    }));
}

/** A mandatory violation fails the preview; so does one that a remediation could not mend, as in the engine. */
export const isMandatory = (violation: Violation): boolean =>
  violation.enforcementLevel === "mandatory" || violation.enforcementLevel === "remediate";

function verdictOf(info: PolicyInfo, pack: PackReport): Verdict {
  const violations = pack.violations.filter((violation) => violation.policy === info.name);
  const mandatory = violations.filter(isMandatory).length;
  const advisory = violations.length - mandatory;
  if (mandatory > 0) return { kind: "violated", count: mandatory, advisory };
  if (advisory > 0) return { kind: "advisory", count: advisory };
  if (info.enforcementLevel === "disabled") return { kind: "disabled" };
  // An entry with a URN exempts that resource only.
  const nothing = pack.notApplicable.find(({ policy, urn }) => policy === info.name && urn === undefined);
  return nothing === undefined ? { kind: "passed" } : { kind: "not applicable", reason: nothing.reason };
}

export function judgedPacks(result: PreviewResult): readonly JudgedPack[] {
  return result.packs.map((pack) => ({
    name: pack.name,
    version: pack.version,
    policies: pack.policies.map((info) => ({ info, verdict: verdictOf(info, pack) })),
    violations: pack.violations,
  }));
}

/** The packs as they are committed: without what depends on the day, and on what was signed until then. */
export const settledPacks = (packs: readonly JudgedPack[]): readonly JudgedPack[] =>
  packs.map((pack) => {
    const isSettled = (name: string): boolean =>
      !pack.policies.some(({ info }) => info.name === name && info.tags.includes(byTheDayTag));
    return {
      ...pack,
      policies: pack.policies.map((policy): JudgedPolicy =>
        isSettled(policy.info.name) ? policy : { ...policy, verdict: { kind: "judged by the day" } },
      ),
      violations: pack.violations.filter(({ policy }) => isSettled(policy)),
    };
  });

/** `passed`, `violated 2`, `not applicable: <reason>`, … */
export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case "violated":
      return `violated ${verdict.count}${verdict.advisory > 0 ? `, advisory ${verdict.advisory}` : ""}`;
    case "advisory":
      return `advisory ${verdict.count}`;
    case "not applicable":
      return `not applicable: ${verdict.reason}`;
    case "judged by the day":
      return "judged by the day: npm run audit";
    default:
      return verdict.kind;
  }
}

/** How many policies came to each verdict, e.g. `30 passed, 1 violated`; the bad ones first. */
export function verdictCounts(packs: readonly JudgedPack[]): string {
  const order = [
    "violated",
    "advisory",
    "passed",
    "judged by the day",
    "not applicable",
    "disabled",
  ] as const;
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
    domains: domains.sort((a, b) => byText(a.domain, b.domain)),
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

/** Which components serve a clause and which policies judge it. */
export interface ClauseSummary {
  readonly clause: string;
  /** `gateway`, or `AgentDomain (18)` where there are several of a type. */
  readonly components: readonly string[];
  readonly policies: readonly string[];
}

/** The clauses that are served or judged, in the work order's order. */
export function clausesOfPreview(
  components: readonly ComponentSummary[],
  packs: readonly JudgedPack[],
): readonly ClauseSummary[] {
  const policies = packs.flatMap((pack) => pack.policies.map(({ info }) => info));
  const ids = new Set([...components, ...policies].flatMap(({ clauses }) => clauses));
  return [...ids].sort(byClause).map((clause) => ({
    clause,
    components: servants(components.filter(({ clauses }) => clauses.includes(clause))),
    policies: policies.filter(({ clauses }) => clauses.includes(clause)).map(({ name }) => name),
  }));
}

/** One component by its name, several of a type by the type and how many. */
function servants(components: readonly ComponentSummary[]): readonly string[] {
  const names = new Map<string, readonly string[]>();
  for (const { type, names: more } of components) names.set(type, [...(names.get(type) ?? []), ...more]);
  return [...names].map(([type, [first = "", ...others]]) =>
    others.length === 0 ? first : `${type.slice(type.lastIndexOf(":") + 1)} (${others.length + 1})`,
  );
}

/** `B1.10` comes after `B1.9`. */
const byClause = (a: string, b: string): number => {
  const [blockA = 0, numberA = 0] = a.slice(1).split(".").map(Number);
  const [blockB = 0, numberB = 0] = b.slice(1).split(".").map(Number);
  return blockA - blockB || numberA - numberB || byText(a, b);
};

/** A value in indented lines, as the CLI prints outputs: scalars as JSON, members below their name. */
export function valueLines(name: string, value: Json, margin = ""): readonly string[] {
  const nested = (members: readonly (readonly [string, Json])[]): readonly string[] => [
    `${margin}${name}:`,
    ...members.flatMap(([key, member]) => valueLines(key, member, `${margin}  `)),
  ];
  const shown = spellUnknowns(value);
  if (isArray(shown) && shown.length > 0) return nested(shown.map((item, index) => [`[${index}]`, item]));
  if (isObject(shown) && Object.keys(shown).length > 0) {
    return nested(Object.entries(shown).sort(([a], [b]) => byText(a, b)));
  }
  return [
    `${margin}${name}: ${shown === "[secret]" || shown === "[unknown]" ? shown : JSON.stringify(shown)}`,
  ];
}

/** Of what was ordered for B8.4, how much the resources have; the numbers ordered are the settings'. */
export interface DoneBoard {
  /** New certificates that are issued, validated and bound to their domain. */
  readonly certificates: readonly [done: number, ordered: number];
  /** Configurations that were to be closed, with every part. */
  readonly configurations: readonly [done: number, ordered: number];
  /** Domains with a certificate, new or existing. */
  readonly covered: readonly [done: number, ordered: number];
}

const agentType = "fase-b:index:AgentDomain";
const mappingTypes = [
  "aws:apigateway/basePathMapping:BasePathMapping",
  "aws:apigatewayv2/apiMapping:ApiMapping",
];
const validationType = "aws:acm/certificateValidation:CertificateValidation";

/**
 * Counted from the resources below each agent's component, and from the facts that it registers.
 *
 * @param config the digest's: `fase-b:ordered` has the numbers; undefined for a stack that orders nothing
 */
export function boardOf(
  steps: readonly PreviewStep[],
  config: PreviewDigest["config"],
): DoneBoard | undefined {
  const ordered = orderOf(config);
  if (ordered === undefined) return undefined;
  const childrenOf = new Map<string, PreviewStep[]>();
  for (const step of steps) {
    const { parent } = step.newState;
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), step]);
  }
  const validations = new Set(
    steps.filter(({ newState }) => newState.type === validationType).map(({ urn }) => urn),
  );
  const agents = steps
    .filter(({ newState }) => newState.type === agentType)
    .map(({ urn, newState }) => {
      const children = childrenOf.get(urn) ?? [];
      const domain = children.find(({ newState: { type } }) => domainProtocols.has(type));
      const isMapped = children.some(({ newState: { type } }) => mappingTypes.includes(type));
      const sources = Object.values(domain?.newState.propertyDependencies ?? {}).flatMap(
        (urns) => urns ?? [],
      );
      const [certificate] = domain === undefined ? [] : certificatesOf([domain]).domains;
      return {
        isNew: newState.inputs?.["certificate"] === "issued",
        isValidated: sources.some((source) => validations.has(source)),
        isCovered: certificate?.certificate !== undefined,
        isComplete: isMapped && hasEveryPart(newState.inputs?.["configuration"]),
      };
    });
  const count = (is: (agent: (typeof agents)[number]) => boolean): number => agents.filter(is).length;
  return {
    certificates: [count((agent) => agent.isNew && agent.isValidated), ordered.certificatesToIssue],
    configurations: [
      count((agent) => !agent.isNew && agent.isCovered && agent.isComplete),
      ordered.configurationsToClose,
    ],
    covered: [count((agent) => agent.isCovered), ordered.agents],
  };
}

const orderedKeys = ["agents", "certificatesToIssue", "configurationsToClose"] as const;

function orderOf(config: PreviewDigest["config"]): Record<(typeof orderedKeys)[number], number> | undefined {
  const raw = config?.["fase-b:ordered"];
  const parsed: unknown = raw === undefined ? undefined : JSON.parse(raw);
  const numbers = (parsed ?? {}) as Readonly<Record<string, unknown>>;
  return orderedKeys.every((key) => typeof numbers[key] === "number")
    ? (numbers as Record<(typeof orderedKeys)[number], number>)
    : undefined;
}

const configurationParts = [
  "domain",
  "routes",
  "clients",
  "maxConcurrentRequests",
  "upstream",
  "alertLabels",
];

/** Every part is there and says something: no empty text, list or object. */
const hasEveryPart = (configuration: Json | undefined): boolean =>
  configuration !== undefined &&
  isObject(configuration) &&
  configurationParts.every((part) => {
    const value = configuration[part];
    return typeof value === "object" && value !== null
      ? Object.keys(value).length > 0
      : value !== undefined && value !== null && value !== "";
  });

/** `13/13 certificates installed, 5/5 configurations closed, 18/18 domains covered` */
export const boardText = ({ certificates, configurations, covered }: DoneBoard): string =>
  `${certificates.join("/")} certificates installed, ${configurations.join("/")} configurations closed, ${covered.join("/")} domains covered`;
