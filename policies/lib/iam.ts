/** Reading IAM documents. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html */
import { isObject, list, object, objects, parseObject, show, strings, type Props } from "./values";
import type { Report, ResourceView } from "./policy";

export interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `AWS:…`, `Service:…`; `*` for everybody. */
  readonly principals: readonly string[];
  /** Lower-case operator and key, with the values: `stringequals aws:sourceaccount`. */
  readonly conditions: ReadonlyMap<string, readonly string[]>;
  readonly definition: Props;
}

function principalsOf(principal: unknown): readonly string[] {
  if (typeof principal === "string") return [principal];
  return Object.entries(object(principal)).flatMap(([kind, who]) =>
    strings(who).map((one) => (one === "*" ? "*" : `${kind}:${one}`)),
  );
}

function conditionsOf(condition: unknown): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Object.entries(object(condition)).flatMap(([operator, tests]) =>
      Object.entries(object(tests)).map(
        ([key, values]) => [`${operator.toLowerCase()} ${key.toLowerCase()}`, strings(values)] as const,
      ),
    ),
  );
}

/** The statements of a document; one that cannot be read, or has none, is reported. */
export function statementsOf(resource: ResourceView, property: string, report: Report): readonly Statement[] {
  const document = parseObject(resource.props[property]);
  const statements = isObject(document?.Statement)
    ? [document.Statement]
    : objects(list(document?.Statement));
  if (statements.length === 0) {
    report({
      resource,
      got: `${property} ${show(resource.props[property])}`,
      expected: "an IAM document in JSON with statements, known at preview",
    });
  }
  return statements.map((statement) => ({
    allows: statement.Effect !== "Deny",
    actions: strings(statement.Action),
    resources: strings(statement.Resource),
    principals: principalsOf(statement.Principal),
    conditions: conditionsOf(statement.Condition),
    definition: statement,
  }));
}

/** The beginnings of items' keys, by which a statement about a table is bound; every one that it lets through. */
export const leadingKeysOf = ({ conditions }: Statement): readonly string[] => [
  ...(conditions.get("forallvalues:stringlike dynamodb:leadingkeys") ?? []),
  ...(conditions.get("forallvalues:stringequals dynamodb:leadingkeys") ?? []),
];

/** True for a statement that refuses what comes without TLS, to everybody. */
export const refusesPlainText = ({ allows, principals, conditions }: Statement): boolean =>
  !allows &&
  principals.includes("*") &&
  // A second condition would have to hold as well.
  conditions.size === 1 &&
  (conditions.get("bool aws:securetransport") ?? []).includes("false");

/**
 * True when an AWS service may act for one account or one source only: each value of such a condition names the
 * account. `*` would name everybody.
 */
export const namesSource = ({ conditions }: Statement, account: string): boolean =>
  [...conditions].some(
    ([key, values]) =>
      /^(string|arn)(equals|like)( aws:source(account|arn)| kms:encryptioncontext:)/.test(key) &&
      values.length > 0 &&
      values.every((value) => value === account || value.split(":")[4] === account),
  );

/**
 * True for a statement of EventBridge alone and these actions alone. EventBridge names no source when it publishes to an
 * encrypted topic: a condition on it would shut it out, without a word.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export const isEventBridgeAlone = (statement: Statement, actions: readonly string[]): boolean =>
  statement.principals.length === 1 &&
  statement.principals[0] === "Service:events.amazonaws.com" &&
  statement.conditions.size === 0 &&
  statement.actions.length > 0 &&
  statement.actions.every((action) => actions.includes(action));

/** True for an AWS service, and for the account itself or a role or user in it. */
export const isOwn = (principal: string, account: string): boolean =>
  principal.startsWith("Service:") ||
  principal === `AWS:${account}` ||
  (/^AWS:arn:[\w-]+:iam::/.test(principal) && principal.split(":")[5] === account);
