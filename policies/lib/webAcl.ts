/** The reading of a web ACL's rules: which rule is a step of which ladder. */
import { list, number, object, objects, strings, text, type Props } from "./values";

export interface RateStep {
  readonly rule: string;
  /** Lower is evaluated first. */
  readonly priority: number;
  readonly keyedBy: "client key" | "address" | "something else";
  /** `true` for requests of `/vision`, `false` for the rest, `undefined` when it counts all alike. */
  readonly vision: boolean | undefined;
  readonly limit: number;
  readonly windowSeconds: number;
  /** `count` lets the request go on, `refuse` answers. */
  readonly action: "count" | "refuse";
  readonly status: number;
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

const namesVision = (statement: Props): boolean =>
  [
    object(statement.labelMatchStatement).key,
    object(statement.byteMatchStatement).searchString,
    object(statement.regexMatchStatement).regexString,
  ].some((value) => /vision/i.test(text(value)));

/** Whether a scope takes the requests of `/vision`, all but them, or does not ask. */
export function visionScope(statement: Props): boolean | undefined {
  if (namesVision(statement)) return true;
  const [negated] = negatedBy(statement);
  if (negated) {
    const inner = visionScope(negated);
    return inner === undefined ? undefined : !inner;
  }
  return objects(object(statement.andStatement).statements)
    .map(visionScope)
    .find((scope) => scope !== undefined);
}

function keyedBy(statement: Props): RateStep["keyedBy"] {
  const kind = text(statement.aggregateKeyType);
  if (kind === "IP" || kind === "FORWARDED_IP") return "address";
  const keys = objects(statement.customKeys);
  // A second component would give each of its values a count of its own: a way around the limit.
  const onlyHeader =
    keys.length === 1 && text(object(object(keys[0]).header).name).toLowerCase() === clientKeyHeader;
  return onlyHeader ? "client key" : "something else";
}

const headersOf = (entries: unknown): ReadonlyMap<string, string> =>
  new Map(objects(entries).map(({ name, value }) => [text(name).toLowerCase(), text(value)]));

export const rulesOf = (props: Props): readonly Props[] => objects(props.rules);

export function rateSteps(props: Props): readonly RateStep[] {
  return rulesOf(props)
    .flatMap((rule): RateStep[] => {
      const rate = object(rule.statement).rateBasedStatement;
      if (rate === undefined || rate === null) return [];
      const statement = object(rate);
      const { block, count } = object(rule.action);
      const answer = object(object(block).customResponse);
      const refuses = block !== undefined && block !== null;
      return [
        {
          rule: text(rule.name),
          priority: number(rule.priority),
          keyedBy: keyedBy(statement),
          vision: visionScope(object(statement.scopeDownStatement)),
          limit: number(statement.limit),
          windowSeconds:
            statement.evaluationWindowSec === undefined ? 300 : number(statement.evaluationWindowSec),
          action: refuses ? "refuse" : "count",
          status: refuses ? number(answer.responseCode) : Number.NaN,
          headers: refuses
            ? headersOf(answer.responseHeaders)
            : headersOf(object(object(count).customRequestHandling).insertHeaders),
        },
      ];
    })
    .sort((one, other) => one.priority - other.priority);
}

/** Fields that a rule matches by regular expression on a request header of this name. */
export const headerExpressions = (rule: Props, header: string): readonly string[] =>
  flatten(object(rule.statement)).flatMap((statement) => {
    const { fieldToMatch, regexString } = object(statement.regexMatchStatement);
    const { name } = object(object(fieldToMatch).singleHeader);
    return text(name).toLowerCase() === header ? strings(regexString) : [];
  });

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
      return sum(children(statement));
    case "ipSetReferenceStatement":
    case "geoMatchStatement":
    case "labelMatchStatement":
    case "sizeConstraintStatement":
      return 1 + transformations(inner);
    case "regexMatchStatement":
      return 3 + transformations(inner);
    case "byteMatchStatement":
      return 10 + transformations(inner);
    case "managedRuleGroupStatement":
      return managedUnits[text(inner.name)] ?? Number.NaN;
    case "rateBasedStatement":
      return (
        2 +
        30 * list(inner.customKeys).length +
        objects(inner.customKeys).reduce(
          (total, key) => total + transformations(object(Object.values(key)[0])),
          0,
        ) +
        (inner.scopeDownStatement ? unitsOf(object(inner.scopeDownStatement)) : 0)
      );
    default:
      return Number.NaN;
  }
}
