/** The reading of a web ACL's rules: which rule is a step of which ladder. */
import { list, number, object, objects, parseObject, text, type Props } from "./values";

export interface RateStep {
  readonly rule: string;
  /** Lower is evaluated first. */
  readonly priority: number;
  readonly keyedBy: "client key" | "address" | "something else";
  /** `true` for exactly the requests of `/vision`, `false` for exactly the rest, `undefined` for anything else. */
  readonly vision: boolean | undefined;
  /** True when callers in an address set are left out. */
  readonly sparesListed: boolean;
  readonly limit: number;
  readonly windowSeconds: number;
  /** `count` lets the request go on, `refuse` answers. */
  readonly action: "count" | "refuse";
  readonly status: number;
  /** What a caller reads of the refusal; `undefined` where it is no JSON object of this web ACL. */
  readonly answer: Props | undefined;
  /** Lower-case names of headers that the answer, or the counted request, gets; value by name. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The header that carries a client's key. */
export const clientKeyHeader = "x-api-key";

/** The provider names the one negated statement in either number. */
const negatedBy = (statement: Props): readonly Props[] => {
  const not = object(statement.notStatement);
  return not.statement === undefined ? objects(not.statements) : [object(not.statement)];
};

const children = (statement: Props): readonly Props[] => [
  ...objects(object(statement.andStatement).statements),
  ...objects(object(statement.orStatement).statements),
  ...negatedBy(statement),
];

/** Every statement below and including this one. */
export const flatten = (statement: Props): readonly Props[] => [
  statement,
  ...children(statement).flatMap(flatten),
  ...(statement.rateBasedStatement
    ? flatten(object(object(statement.rateBasedStatement).scopeDownStatement))
    : []),
];

/** A request as far as a rule of ours may ask about it. */
export interface Sample {
  /** As the firewall sees it, with or without the stage. */
  readonly path: string;
  /** The value of the header Content-Length. */
  readonly contentLength?: string;
  /** Whether the caller's address is in the address sets that rules refer to. */
  readonly listed: boolean;
}

const transform: Readonly<Record<string, (value: string) => string>> = {
  NONE: (value) => value,
  LOWERCASE: (value) => value.toLowerCase(),
  URL_DECODE: decodeURIComponent,
  NORMALIZE_PATH: (value) => value.replace(/\/[^/]+\/\.\.(?=\/|$)/g, "").replace(/\/{2,}/g, "/"),
};

/** The text that a statement looks at; `undefined` for what a caller writes as it likes, which decides nothing. */
function lookedAt(statement: Props, sample: Sample): string | undefined {
  const { uriPath, singleHeader } = object(statement.fieldToMatch);
  const length = text(object(singleHeader).name).toLowerCase() === "content-length";
  const field = uriPath !== undefined ? sample.path : length ? sample.contentLength : undefined;
  return objects(statement.textTransformations)
    .map(({ type }) => transform[text(type)])
    .reduce<string | undefined>(
      (value, change) => (value === undefined || change === undefined ? undefined : change(value)),
      field,
    );
}

function matchesRegex(statement: Props, sample: Sample): boolean | undefined {
  const field = lookedAt(statement, sample);
  return field === undefined ? undefined : new RegExp(text(statement.regexString)).test(field);
}

function matchesBytes(statement: Props, sample: Sample): boolean | undefined {
  const field = lookedAt(statement, sample);
  if (field === undefined) return undefined;
  const sought = text(statement.searchString);
  const tests: Readonly<Record<string, boolean>> = {
    EXACTLY: field === sought,
    STARTS_WITH: field.startsWith(sought),
    ENDS_WITH: field.endsWith(sought),
    CONTAINS: field.includes(sought),
  };
  return tests[text(statement.positionalConstraint)];
}

type Labels = ReadonlyMap<string, boolean | undefined>;

const negation = (value: boolean | undefined): boolean | undefined =>
  value === undefined ? undefined : !value;

/** What a statement says of a request; `undefined` where it depends on more than a sample says. */
function holds(statement: Props, sample: Sample, labels: Labels): boolean | undefined {
  const { labelMatchStatement: label, andStatement: and, orStatement: or } = statement;
  const all = (parts: readonly Props[]): boolean | undefined => {
    const values = parts.map((part) => holds(part, sample, labels));
    return values.includes(false) ? false : values.includes(undefined) ? undefined : values.length > 0;
  };
  if (label) {
    const { key, scope } = object(label);
    return scope === "LABEL" ? (labels.has(text(key)) ? labels.get(text(key)) : false) : undefined;
  }
  if (and) return all(objects(object(and).statements));
  if (or) {
    const values = objects(object(or).statements).map((part) => holds(part, sample, labels));
    return values.includes(true) ? true : values.includes(undefined) ? undefined : false;
  }
  const [negated] = negatedBy(statement);
  if (negated) return negation(holds(negated, sample, labels));
  if (statement.ipSetReferenceStatement) return sample.listed;
  if (statement.regexMatchStatement) return matchesRegex(object(statement.regexMatchStatement), sample);
  if (statement.byteMatchStatement) return matchesBytes(object(statement.byteMatchStatement), sample);
  return undefined;
}

const byPriority = (one: Props, other: Props): number => number(one.priority) - number(other.priority);

/** Each rule with the labels that those before it have put on a request; `sorted` by priority. */
function* withLabels(sorted: readonly Props[], sample: Sample): Iterable<[rule: Props, labels: Labels]> {
  const labels = new Map<string, boolean | undefined>();
  for (const rule of sorted) {
    yield [rule, labels];
    const added = objects(rule.ruleLabels).map(({ name }) => text(name));
    // What a rate rule or a managed group says is not known beforehand.
    const value = added.length > 0 ? holds(object(rule.statement), sample, labels) : false;
    for (const name of added) if (labels.get(name) !== true) labels.set(name, value);
  }
}

/** Whether a statement of a rule takes a request, labels of the rules before it included. */
export function takes(props: Props, rule: Props, statement: Props, sample: Sample): boolean | undefined {
  for (const [{ priority }, labels] of withLabels([...rulesOf(props)].sort(byPriority), sample)) {
    if (number(priority) === number(rule.priority)) return holds(statement, sample, labels);
  }
  return undefined;
}

const visionPaths = ["/vision", "/vision/", "/v1/vision", "/%76ision", "/chat/../vision"];
const otherPaths = ["/chat", "/avatar", "/realtime-voice/tickets", "/v1/chat", "/visionary", "/vision/other"];

const scopeOf = (rule: Props): Props =>
  object(object(object(rule.statement).rateBasedStatement).scopeDownStatement);

/**
 * For each rate rule, in the order of `sorted`: whether its scope takes every request of `/vision` and no other
 * (`true`), all but them (`false`), or anything else (`undefined`).
 */
function visionScopes(sorted: readonly Props[], listed: boolean): readonly (boolean | undefined)[] {
  const answers = (path: string): readonly (boolean | undefined)[] => {
    const sample = { path, listed };
    return Array.from(withLabels(sorted, sample), ([rule, labels]) =>
      isRateRule(rule) ? holds(scopeOf(rule), sample, labels) : undefined,
    );
  };
  const [vision, others] = [visionPaths.map(answers), otherPaths.map(answers)];
  return sorted.map((_, place) => {
    const are = (group: typeof vision, wanted: boolean): boolean =>
      group.every((each) => each[place] === wanted);
    if (are(vision, true) && are(others, false)) return true;
    if (are(vision, false) && are(others, true)) return false;
    return undefined;
  });
}

function keyedBy(statement: Props): RateStep["keyedBy"] {
  // By address is what the provider takes where nothing is said.
  const kind = text(statement.aggregateKeyType) || "IP";
  const keys = objects(statement.customKeys);
  // A forwarded address is what the caller writes into a header.
  if (kind === "IP" && keys.length === 0) return "address";
  // A second component would give each of its values a count of its own: a way around the limit.
  const onlyHeader =
    kind === "CUSTOM_KEYS" &&
    keys.length === 1 &&
    text(object(object(keys[0]).header).name).toLowerCase() === clientKeyHeader;
  return onlyHeader ? "client key" : "something else";
}

const headersOf = (entries: unknown): ReadonlyMap<string, string> =>
  new Map(objects(entries).map(({ name, value }) => [text(name).toLowerCase(), text(value)]));

/** The JSON with which a rule refuses, from among the web ACL's own answers. */
export function answerOf(props: Props, rule: Props): Props | undefined {
  const { customResponseBodyKey: wanted } = object(object(object(rule.action).block).customResponse);
  const body = objects(props.customResponseBodies).find(({ key }) => key === wanted && text(key) !== "");
  return body?.contentType === "APPLICATION_JSON" ? parseObject(body.content) : undefined;
}

/** True for what RFC 9457 asks of a problem that is read by its type and stands without its headers. */
export const isProblem = (answer: Props | undefined, status: number): boolean =>
  text(answer?.type) !== "" && answer?.status === status;

export const rulesOf = (props: Props): readonly Props[] => objects(props.rules);

export function isRateRule(rule: Props): boolean {
  const rate = object(rule.statement).rateBasedStatement;
  return rate !== undefined && rate !== null;
}

export function rateSteps(props: Props): readonly RateStep[] {
  const sorted = [...rulesOf(props)].sort(byPriority);
  const [unlisted, listed] = [visionScopes(sorted, false), visionScopes(sorted, true)];
  return sorted.flatMap((rule, place): RateStep[] => {
    if (!isRateRule(rule)) return [];
    const statement = object(object(rule.statement).rateBasedStatement);
    const { block, count } = object(rule.action);
    const answer = object(object(block).customResponse);
    const refuses = block !== undefined && block !== null;
    return [
      {
        rule: text(rule.name),
        priority: number(rule.priority),
        keyedBy: keyedBy(statement),
        vision: unlisted[place],
        sparesListed: listed[place] !== unlisted[place],
        limit: number(statement.limit),
        windowSeconds:
          statement.evaluationWindowSec === undefined ? 300 : number(statement.evaluationWindowSec),
        action: refuses ? "refuse" : "count",
        status: refuses ? number(answer.responseCode) : Number.NaN,
        answer: answerOf(props, rule),
        headers: refuses
          ? headersOf(answer.responseHeaders)
          : headersOf(object(object(count).customRequestHandling).insertHeaders),
      },
    ];
  });
}

/** Names of the headers that a rule matches by regular expression, in small letters. */
export const matchedHeaders = (rule: Props): readonly string[] =>
  flatten(object(rule.statement)).map((statement) =>
    text(object(object(object(statement.regexMatchStatement).fieldToMatch).singleHeader).name).toLowerCase(),
  );

/** What the rules cost at least in capacity units, managed groups by the vendor's own figures. */
export function capacityUnits(props: Props): number {
  return rulesOf(props).reduce((total, rule) => total + unitsOf(object(rule.statement)), 0);
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html */
const managedUnits: Readonly<Record<string, number>> = {
  AWSManagedRulesCommonRuleSet: 700,
  AWSManagedRulesAdminProtectionRuleSet: 100,
  AWSManagedRulesKnownBadInputsRuleSet: 200,
  AWSManagedRulesSQLiRuleSet: 200,
  AWSManagedRulesLinuxRuleSet: 200,
  AWSManagedRulesUnixRuleSet: 100,
  AWSManagedRulesAmazonIpReputationList: 25,
  AWSManagedRulesAnonymousIpList: 50,
};

const transformations = (statement: Props): number =>
  10 * objects(statement.textTransformations).filter(({ type }) => type !== "NONE").length;

/** Of what narrows a rate or a group to some requests. */
const scopeUnits = ({ scopeDownStatement }: Props): number =>
  scopeDownStatement ? unitsOf(object(scopeDownStatement)) : 0;

/** https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html; `NaN` for what is not known. */
function unitsOf(statement: Props): number {
  const sum = (parts: readonly Props[]): number => parts.reduce((total, part) => total + unitsOf(part), 0);
  const [kind = ""] = Object.keys(statement).filter(
    (key) => statement[key] !== undefined && statement[key] !== null,
  );
  const inner = object(statement[kind]);
  switch (kind) {
    case "andStatement":
    case "orStatement":
    case "notStatement":
      return children(statement).length === 0 ? Number.NaN : sum(children(statement));
    case "labelMatchStatement":
      return text(inner.key) === "" ? Number.NaN : 1;
    case "ipSetReferenceStatement":
    case "geoMatchStatement":
    case "sizeConstraintStatement":
      return 1 + transformations(inner);
    case "regexMatchStatement":
      return 3 + transformations(inner);
    case "byteMatchStatement":
      return 10 + transformations(inner);
    case "managedRuleGroupStatement":
      return (managedUnits[text(inner.name)] ?? Number.NaN) + scopeUnits(inner);
    case "rateBasedStatement":
      return (
        2 +
        30 * list(inner.customKeys).length +
        objects(inner.customKeys).reduce(
          (total, key) => total + transformations(object(Object.values(key)[0])),
          0,
        ) +
        scopeUnits(inner)
      );
    default:
      return Number.NaN;
  }
}
