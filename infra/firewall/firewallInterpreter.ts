import { BlockList, isIPv6 } from "node:net";
import { posix } from "node:path";
import {
  INSERTED_HEADER_PREFIX,
  type CustomResponseBody,
  type FieldToMatch,
  type RateBasedStatement,
  type Rule,
  type RuleAction,
  type Statement,
  type TextTransformation,
} from "./firewallRules";

/*
 * Plays the service: takes the generated rules (never the settings) and says what happens to a request. For tests,
 * and for whatever runs the API on one machine. Sharper than the service, which estimates rates and reacts within
 * about half a minute; here a window slides exactly and a step answers at once.
 */

export interface FirewallRequest {
  /** The address that connects. */
  readonly ipAddress: string;
  readonly method: string;
  /** As sent: neither decoded nor normalised, without the query. */
  readonly uriPath: string;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Verdict =
  | {
      readonly outcome: "passed";
      /** What the service receives beside the caller's own headers. */
      readonly insertedHeaders: Readonly<Record<string, string>>;
      readonly counted: readonly string[];
      readonly labels: readonly string[];
    }
  | {
      readonly outcome: "refused";
      /** Name of the rule that answers. */
      readonly rule: string;
      readonly status: number;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
      /** `undefined`: no answer of its own, the gateway writes one (WAF_FILTERED). */
      readonly body: string | undefined;
      readonly counted: readonly string[];
      readonly labels: readonly string[];
    };

/** What a managed group would say: the name of its rule that matches, or `undefined`. Its rules are the vendor's secret. */
export type ManagedGroupStub = (group: string, request: FirewallRequest) => string | undefined;

export interface InterpreterInput {
  readonly rules: readonly Rule<string>[];
  readonly customResponseBodies: readonly CustomResponseBody[];
  /** Networks of each IP set, by ARN. */
  readonly ipSets: ReadonlyMap<string, readonly string[]>;
  /** Milliseconds; only differences matter. */
  readonly nowMs: () => number;
  readonly managedGroup?: ManagedGroupStub;
}

/** One web ACL and its counters. */
export class FirewallInterpreter {
  private readonly rules: readonly Rule<string>[];
  private readonly ipSets: ReadonlyMap<string, BlockList>;
  private readonly managedGroup: ManagedGroupStub;
  /** Times of arrival, by rule and key. */
  private readonly arrivals = new Map<string, number[]>();

  constructor(private readonly input: InterpreterInput) {
    this.rules = [...input.rules].sort((a, b) => a.priority - b.priority);
    this.ipSets = new Map([...input.ipSets].map(([arn, cidrs]) => [arn, toBlockList(cidrs)]));
    this.managedGroup = input.managedGroup ?? (() => undefined);
  }

  /** @throws Error on anything in the rules that it doesn't know: a guess would make every test worthless */
  evaluate(request: FirewallRequest): Verdict {
    const counted: string[] = [];
    const labels: string[] = [];
    const insertedHeaders: Record<string, string> = {};
    for (const rule of this.rules) {
      const action = this.apply(rule, request, labels);
      if (!action) continue;
      labels.push(...(rule.ruleLabels ?? []).map(({ name }) => name));
      if ("block" in action) return { ...this.refusal(rule.name, action), counted, labels };
      counted.push(rule.visibilityConfig.metricName);
      for (const { name, value } of action.count.customRequestHandling?.insertHeaders ?? []) {
        insertedHeaders[`${INSERTED_HEADER_PREFIX}${name}`] = value;
      }
    }
    return { outcome: "passed", insertedHeaders, counted, labels };
  }

  /** What the rule does to the request, or `undefined` where it doesn't match. */
  private apply(
    rule: Rule<string>,
    request: FirewallRequest,
    labels: readonly string[],
  ): RuleAction | undefined {
    const { statement } = rule;
    if ("managedRuleGroupStatement" in statement) {
      const { name, ruleActionOverrides, scopeDownStatement } = statement.managedRuleGroupStatement;
      if (scopeDownStatement !== undefined && !this.matches(scopeDownStatement, request, labels))
        return undefined;
      const matched = this.managedGroup(name, request);
      if (matched === undefined) return undefined;
      const override = ruleActionOverrides.find((o) => o.name === matched)?.actionToUse;
      const groupCounts = rule.overrideAction !== undefined && "count" in rule.overrideAction;
      return groupCounts || (override && "count" in override) ? { count: {} } : { block: {} };
    }
    if (!rule.action) throw new Error(`rule ${rule.name}: neither a managed group nor an action`);
    const matches =
      "rateBasedStatement" in statement
        ? this.isOverRate(rule.name, statement.rateBasedStatement, request, labels)
        : this.matches(statement, request, labels);
    return matches ? rule.action : undefined;
  }

  private refusal(rule: string, { block: { customResponse } }: Extract<RuleAction, { block: unknown }>) {
    if (!customResponse) {
      return { outcome: "refused", rule, status: 403, headers: {}, body: undefined } as const;
    }
    const { customResponseBodyKey, responseCode, responseHeaders } = customResponse;
    const body = this.input.customResponseBodies.find(({ key }) => key === customResponseBodyKey);
    if (!body) throw new Error(`rule ${rule}: no response body ${customResponseBodyKey}`);
    const headers: Record<string, string> = { "content-type": contentType(body.contentType) };
    for (const { name, value } of responseHeaders) headers[name.toLowerCase()] = value;
    return { outcome: "refused", rule, status: responseCode, headers, body: body.content } as const;
  }

  /** Counts the request and says whether its key is over the limit now. A refused request counts like any other. */
  private isOverRate(
    rule: string,
    statement: RateBasedStatement<string>,
    request: FirewallRequest,
    labels: readonly string[],
  ): boolean {
    const key = aggregationKey(statement, request);
    if (key === undefined || !this.matches(statement.scopeDownStatement, request, labels)) return false;
    const now = this.input.nowMs();
    const counter = JSON.stringify([rule, key]);
    const begin = now - statement.evaluationWindowSec * 1000;
    const arrivals = this.arrivals.get(counter) ?? [];
    while ((arrivals[0] ?? now) <= begin) arrivals.shift();
    arrivals.push(now);
    this.arrivals.set(counter, arrivals);
    return arrivals.length > statement.limit;
  }

  private matches(
    statement: Statement<string>,
    request: FirewallRequest,
    labels: readonly string[],
  ): boolean {
    if ("andStatement" in statement) {
      return statement.andStatement.statements.every((s) => this.matches(s, request, labels));
    }
    if ("orStatement" in statement) {
      return statement.orStatement.statements.some((s) => this.matches(s, request, labels));
    }
    if ("notStatement" in statement) return !this.matches(statement.notStatement.statement, request, labels);
    if ("labelMatchStatement" in statement) {
      const { key, scope } = statement.labelMatchStatement;
      if (scope !== "LABEL") throw new Error(`label scope ${String(scope)} is unknown here`);
      return labels.includes(key);
    }
    if ("ipSetReferenceStatement" in statement) {
      const { arn } = statement.ipSetReferenceStatement;
      const set = this.ipSets.get(arn);
      if (!set) throw new Error(`no IP set ${arn}`);
      return set.check(request.ipAddress, isIPv6(request.ipAddress) ? "ipv6" : "ipv4");
    }
    if ("regexMatchStatement" in statement) {
      const { fieldToMatch, regexString, textTransformations } = statement.regexMatchStatement;
      const field = fieldValue(fieldToMatch, request);
      return field !== undefined && new RegExp(regexString).test(transform(field, textTransformations));
    }
    throw new Error(`statement unknown or not allowed here: ${Object.keys(statement).join(", ")}`);
  }
}

function toBlockList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", prefix = ""] = cidr.split("/");
    list.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return list;
}

const headerValue = (request: FirewallRequest, name: string): string | undefined =>
  Object.entries(request.headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

/** `undefined` when a part of the key is missing: the service leaves such a request out. */
function aggregationKey(statement: RateBasedStatement<string>, request: FirewallRequest): string | undefined {
  switch (statement.aggregateKeyType) {
    case "IP":
      return request.ipAddress;
    case "CUSTOM_KEYS": {
      const parts = (statement.customKeys ?? []).map(({ header }) => {
        const value = headerValue(request, header.name);
        return value === undefined ? undefined : transform(value, header.textTransformations);
      });
      if (parts.length === 0) throw new Error("custom keys: none given");
      return parts.includes(undefined) ? undefined : JSON.stringify(parts);
    }
    default:
      throw new Error(`aggregate key type ${String(statement.aggregateKeyType)} is unknown here`);
  }
}

function fieldValue(field: FieldToMatch, request: FirewallRequest): string | undefined {
  if ("uriPath" in field) return request.uriPath;
  if ("singleHeader" in field) return headerValue(request, field.singleHeader.name);
  throw new Error(`field unknown here: ${Object.keys(field).join(", ")}`);
}

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-transformation.html */
const TRANSFORMATIONS: Readonly<Record<string, (text: string) => string>> = {
  NONE: (text) => text,
  LOWERCASE: (text) => text.toLowerCase(),
  // Byte by byte and once: what is no escape stays as it is.
  URL_DECODE: (text) =>
    text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  // Doubled slashes, `.` and `..`; a slash at the end stays.
  NORMALIZE_PATH: (text) => posix.normalize(text),
};

function transform(text: string, transformations: readonly TextTransformation[]): string {
  return [...transformations]
    .sort((a, b) => a.priority - b.priority)
    .reduce((value, { type }) => {
      const apply = TRANSFORMATIONS[type];
      if (!apply) throw new Error(`text transformation ${type} is unknown here`);
      return apply(value);
    }, text);
}

function contentType(type: CustomResponseBody["contentType"]): string {
  switch (type) {
    case "APPLICATION_JSON":
      return "application/json";
    default:
      throw new Error(`content type ${String(type)} is unknown here`);
  }
}
