import { formatProblem, type Problem } from "../shared/problem";
import type { FirewallSettings, Mode } from "./firewall.schema";
import { MANAGED_GROUPS, MANAGED_GROUP_NAMES, type ManagedGroupName } from "./managedGroups";

/*
 * The complete web ACL as plain data in the provider's shape: what `aws.wafv2.WebAcl` takes, and what the
 * interpreter replays traffic against. `Arn` is a string in tests and an output in the program, since an IP set's
 * ARN holds an id that only the service knows; it is the one unknown in here.
 */

export interface TextTransformation {
  readonly priority: number;
  readonly type: string;
}

export type FieldToMatch =
  { readonly uriPath: Record<string, never> } | { readonly singleHeader: { readonly name: string } };

/** The statements that our rules are made of; the provider knows more. */
export type Statement<Arn> =
  | NestableStatement<Arn>
  | { readonly rateBasedStatement: RateBasedStatement<Arn> }
  | { readonly managedRuleGroupStatement: ManagedRuleGroupStatement };

/** Those that may stand inside another: not a rate, not a managed group. */
export type NestableStatement<Arn> =
  | { readonly andStatement: { readonly statements: NestableStatement<Arn>[] } }
  | { readonly orStatement: { readonly statements: NestableStatement<Arn>[] } }
  | { readonly notStatement: { readonly statement: NestableStatement<Arn> } }
  | { readonly ipSetReferenceStatement: { readonly arn: Arn } }
  | { readonly labelMatchStatement: { readonly key: string; readonly scope: "LABEL" } }
  | {
      readonly regexMatchStatement: {
        readonly fieldToMatch: FieldToMatch;
        readonly regexString: string;
        readonly textTransformations: TextTransformation[];
      };
    };

export interface RateBasedStatement<Arn> {
  readonly aggregateKeyType: "IP" | "CUSTOM_KEYS";
  readonly customKeys?: {
    readonly header: { readonly name: string; readonly textTransformations: TextTransformation[] };
  }[];
  readonly evaluationWindowSec: number;
  readonly limit: number;
  readonly scopeDownStatement: NestableStatement<Arn>;
}

export interface ManagedRuleGroupStatement {
  readonly vendorName: "AWS";
  readonly name: ManagedGroupName;
  readonly scopeDownStatement?: NestableStatement<never>;
  readonly ruleActionOverrides: {
    readonly name: string;
    readonly actionToUse:
      { readonly count: Record<string, never> } | { readonly block: Record<string, never> };
  }[];
}

export interface Header {
  readonly name: string;
  readonly value: string;
}

export interface CustomResponse {
  readonly responseCode: number;
  readonly customResponseBodyKey: string;
  readonly responseHeaders: Header[];
}

export type RuleAction =
  | { readonly block: { readonly customResponse?: CustomResponse } }
  | { readonly count: { readonly customRequestHandling?: { readonly insertHeaders: Header[] } } };

export interface Rule<Arn> {
  readonly name: string;
  /** Lower is evaluated first. */
  readonly priority: number;
  readonly statement: Statement<Arn>;
  /** For rules of our own. */
  readonly action?: RuleAction;
  /** For managed groups. */
  readonly overrideAction?:
    { readonly none: Record<string, never> } | { readonly count: Record<string, never> };
  readonly ruleLabels?: { readonly name: string }[];
  readonly visibilityConfig: VisibilityConfig;
}

export interface VisibilityConfig {
  readonly cloudwatchMetricsEnabled: true;
  readonly metricName: string;
  readonly sampledRequestsEnabled: false;
}

export interface CustomResponseBody {
  readonly key: string;
  readonly content: string;
  readonly contentType: "APPLICATION_JSON";
}

export interface IpSetArns<Arn> {
  readonly blockedIpv4: Arn;
  readonly blockedIpv6: Arn;
  readonly exemptIpv4: Arn;
  readonly exemptIpv6: Arn;
}

/** What the rules need to know of the API. */
export interface FirewallRoutes {
  /** The contract's path, e.g. `/vision`. */
  readonly visionPath: string;
  /** The contract's body limit of that path, in bytes. */
  readonly visionMaxBytes: number;
}

export interface WebAclRules<Arn> {
  readonly rules: Rule<Arn>[];
  readonly customResponseBodies: CustomResponseBody[];
}

/** The header that carries a client's key; the gateway reads the same (`apiKeySource: HEADER`). */
export const CLIENT_KEY_HEADER = "x-api-key";

/**
 * What the firewall puts in front of the names of headers that it inserts.
 * https://docs.aws.amazon.com/waf/latest/developerguide/customizing-the-incoming-request.html
 */
export const INSERTED_HEADER_PREFIX = "x-amzn-waf-";

/** Inserted by the warn steps; the edge receives them with `INSERTED_HEADER_PREFIX`, and tells the caller. */
export const WARNING_HEADERS = {
  step: "fase-b-rate-step",
  retryAfterSeconds: "fase-b-retry-after",
} as const;

/** https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
export const MAX_RATE_RULES = 10;
const MAX_REGEX_CHARACTERS = 512;

const LABELS = { vision: "fase-b:route:vision", exempt: "fase-b:exempt" } as const;

export const ROUTES = ["vision", "rest"] as const;
export type Route = (typeof ROUTES)[number];
export type StepName = "warn" | "slowDown" | "block";
export type KeyedBy = "clientKey" | "ipAddress";

/** A step of the graduated blocking, as dashboards, the quota document and the runbook show it. */
export interface FirewallStep {
  /** Name of the rule, e.g. `vision-key-slow-down`. */
  readonly rule: string;
  readonly route: Route;
  readonly keyedBy: KeyedBy;
  readonly step: StepName;
  /** Requests of one key that the window takes before the step begins. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly retryAfterSeconds: number;
  /** `warn` only ever counts. */
  readonly mode: Mode;
  /** The refusal's status; a warned request is answered by the service. */
  readonly status: 429 | undefined;
  /** `Rule` dimension in CloudWatch's `AWS/WAFV2` while the step does what it is for. */
  readonly metricName: string;
  /** `Rule` dimension while a step that should refuse only counts; `undefined` for `warn`. */
  readonly wouldHaveBlockedMetricName: string | undefined;
  /** The metric that the step writes under its `Rule` dimension now. */
  readonly metric: "BlockedRequests" | "CountedRequests";
}

/** A rule beside the steps that refuses: the block list, the size check, each managed group. */
export interface FirewallControl {
  readonly rule: string;
  readonly mode: Mode;
  readonly metricName: string;
  readonly wouldHaveBlockedMetricName: string;
  readonly metric: "BlockedRequests" | "CountedRequests";
}

const RULE_WORDS = {
  clientKey: "key",
  ipAddress: "ip",
  warn: "warn",
  slowDown: "slow-down",
  block: "block",
} as const;

const wouldHaveBlocked = (rule: string): string => `${rule}-would-have-blocked`;

/**
 * All rate steps, strictest first: the order in which the firewall evaluates them. A rule that refuses hides the
 * request from those after it, so a mild step in front would keep a strict one from ever counting up.
 */
export function firewallSteps(settings: FirewallSettings): FirewallStep[] {
  const steps: FirewallStep[] = [];
  for (const step of ["block", "slowDown", "warn"] as const) {
    for (const route of ROUTES) {
      const { byClientKey, byIpAddress } = settings.rateSteps[route];
      steps.push(rateStep(route, "clientKey", step, byClientKey.windowSeconds, byClientKey[step]));
      if (step !== "warn") {
        steps.push(rateStep(route, "ipAddress", step, byIpAddress.windowSeconds, byIpAddress[step]));
      }
    }
  }
  return steps;
}

function rateStep(
  route: Route,
  keyedBy: KeyedBy,
  step: StepName,
  windowSeconds: number,
  values: { readonly limit: number; readonly retryAfterSeconds: number; readonly mode?: Mode },
): FirewallStep {
  const rule = `${route}-${RULE_WORDS[keyedBy]}-${RULE_WORDS[step]}`;
  const mode = values.mode ?? "count";
  return {
    rule,
    route,
    keyedBy,
    step,
    limit: values.limit,
    windowSeconds,
    retryAfterSeconds: values.retryAfterSeconds,
    mode,
    status: step === "warn" ? undefined : 429,
    metricName: rule,
    wouldHaveBlockedMetricName: step === "warn" ? undefined : wouldHaveBlocked(rule),
    metric: mode === "block" ? "BlockedRequests" : "CountedRequests",
  };
}

/** Every other rule that can refuse, in the order of evaluation. */
export function firewallControls(settings: FirewallSettings): FirewallControl[] {
  return [
    control("blocked-addresses", "block"),
    control("vision-size", settings.visionSizeCheck.mode),
    ...managedGroups(settings).map(({ name, group }) => control(MANAGED_GROUPS[name].step, group.mode)),
  ];
}

const control = (rule: string, mode: Mode): FirewallControl => ({
  rule,
  mode,
  metricName: rule,
  wouldHaveBlockedMetricName: wouldHaveBlocked(rule),
  metric: mode === "block" ? "BlockedRequests" : "CountedRequests",
});

function managedGroups(settings: FirewallSettings) {
  return MANAGED_GROUP_NAMES.flatMap((name) => {
    const group = settings.managedGroups[name];
    return group ? [{ name, group }] : [];
  });
}

/**
 * The rules of the web ACL, complete and in order.
 *
 * 1. the block list; 2. labels that say what a request is; 3. rate steps, strictest first, in front of the size
 * check and the managed groups so that those requests count too; 4. the size of `/vision`; 5. managed groups.
 *
 * @throws Error when the vision path or byte limit cannot be expressed
 */
export function firewallRules<Arn>(
  settings: FirewallSettings,
  routes: FirewallRoutes,
  ipSets: IpSetArns<Arn>,
): WebAclRules<Arn> {
  const rules: Omit<Rule<Arn>, "priority">[] = [
    blockListRule(ipSets),
    visionLabelRule(routes.visionPath),
    exemptLabelRule(ipSets),
    ...firewallSteps(settings).map((step) => rateRule<Arn>(step)),
    visionSizeRule(settings.visionSizeCheck.mode, routes.visionMaxBytes),
    ...managedGroups(settings).map(({ name, group }) => managedGroupRule<Arn>(name, group)),
  ];
  return {
    // Gaps leave room for a rule that somebody has to put in by hand during an incident.
    rules: rules.map((rule, i) => ({ ...rule, priority: i * 10 })),
    customResponseBodies: RESPONSE_BODIES,
  };
}

/**
 * Sampled requests stay off: redaction doesn't reach them, and the address and the raw path cannot be hidden in them.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-data-protection-and-logging.html
 */
export const visibility = (metricName: string): VisibilityConfig => ({
  cloudwatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});

const anyOf = <Arn>(statements: NestableStatement<Arn>[]): NestableStatement<Arn> => ({
  orStatement: { statements },
});
const allOf = <Arn>(statements: NestableStatement<Arn>[]): NestableStatement<Arn> => ({
  andStatement: { statements },
});
const not = <Arn>(statement: NestableStatement<Arn>): NestableStatement<Arn> => ({
  notStatement: { statement },
});
const inSet = <Arn>(arn: Arn): NestableStatement<Arn> => ({ ipSetReferenceStatement: { arn } });

/** Labels of the same web ACL match without their prefix: https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-label-match-examples.html */
const labelled = <Arn>(key: string): NestableStatement<Arn> => ({
  labelMatchStatement: { key, scope: "LABEL" },
});

const NO_TRANSFORMATION: TextTransformation[] = [{ priority: 0, type: "NONE" }];

/** A plain block: the gateway answers 403 by its own response (WAF_FILTERED), which can carry its request ids. */
const blockListRule = <Arn>(ipSets: IpSetArns<Arn>): Omit<Rule<Arn>, "priority"> => ({
  name: "blocked-addresses",
  statement: anyOf([inSet(ipSets.blockedIpv4), inSet(ipSets.blockedIpv6)]),
  action: { block: {} },
  visibilityConfig: visibility("blocked-addresses"),
});

/**
 * Says once what `/vision` is; later rules read the label, which costs 1 WCU where the expression costs 33.
 *
 * The expression takes more than the gateway routes: escapes, doubled slashes, dot segments, another case, a slash at
 * the end, and any path before it, since with a base path or the stage's name the firewall sees `/v1/vision`. What
 * it takes too much costs the caller a stricter limit; what it took too little would go around one. And a path that
 * it doesn't take is counted with the rest: nothing is counted nowhere.
 */
const visionLabelRule = <Arn>(visionPath: string): Omit<Rule<Arn>, "priority"> => ({
  name: "label-vision",
  statement: {
    regexMatchStatement: {
      fieldToMatch: { uriPath: {} },
      regexString: pathExpression(visionPath),
      textTransformations: [
        { priority: 0, type: "URL_DECODE" },
        { priority: 1, type: "NORMALIZE_PATH" },
        { priority: 2, type: "LOWERCASE" },
      ],
    },
  },
  action: { count: {} },
  ruleLabels: [{ name: LABELS.vision }],
  visibilityConfig: visibility("label-vision"),
});

function pathExpression(path: string): string {
  if (!/^(\/[a-z0-9-]+)+$/.test(path)) {
    throw new Error(
      formatProblem({
        path: "visionPath",
        got: JSON.stringify(path),
        allowed: "a path of lower-case letters, digits and hyphens such as /vision",
        fix: "rename the route in the contract, or teach the firewall to match it",
      }),
    );
  }
  // Letters, digits, hyphens and slashes mean themselves.
  return `${path}/?$`;
}

const exemptLabelRule = <Arn>(ipSets: IpSetArns<Arn>): Omit<Rule<Arn>, "priority"> => ({
  name: "label-exempt",
  statement: anyOf([inSet(ipSets.exemptIpv4), inSet(ipSets.exemptIpv6)]),
  action: { count: {} },
  ruleLabels: [{ name: LABELS.exempt }],
  visibilityConfig: visibility("label-exempt"),
});

function rateRule<Arn>(step: FirewallStep): Omit<Rule<Arn>, "priority"> {
  const onRoute: NestableStatement<Arn> =
    step.route === "vision" ? labelled(LABELS.vision) : not(labelled(LABELS.vision));
  return {
    name: step.rule,
    statement: {
      rateBasedStatement: {
        ...aggregation(step.keyedBy),
        evaluationWindowSec: step.windowSeconds,
        limit: step.limit,
        // The block step holds for everybody: an exempt scanner that runs wild is still stopped.
        scopeDownStatement: step.step === "block" ? onRoute : allOf([onRoute, not(labelled(LABELS.exempt))]),
      },
    },
    action: stepAction(step),
    visibilityConfig: visibility(
      step.mode === "count" ? (step.wouldHaveBlockedMetricName ?? step.metricName) : step.metricName,
    ),
  };
}

/** A request without the header is left out of a header-keyed rule: the address-keyed one is its pair. */
function aggregation(keyedBy: KeyedBy): Pick<RateBasedStatement<never>, "aggregateKeyType" | "customKeys"> {
  if (keyedBy === "ipAddress") return { aggregateKeyType: "IP" };
  return {
    aggregateKeyType: "CUSTOM_KEYS",
    customKeys: [{ header: { name: CLIENT_KEY_HEADER, textTransformations: NO_TRANSFORMATION } }],
  };
}

function stepAction(step: FirewallStep): RuleAction {
  const retryAfter = String(step.retryAfterSeconds);
  if (step.step === "warn") {
    return {
      count: {
        customRequestHandling: {
          insertHeaders: [
            { name: WARNING_HEADERS.step, value: "warn" },
            { name: WARNING_HEADERS.retryAfterSeconds, value: retryAfter },
          ],
        },
      },
    };
  }
  if (step.mode === "count") return { count: {} };
  // Both refusals are 429: "too often" is what they mean, and 429 is what clients' libraries wait on.
  return {
    block: {
      customResponse: {
        responseCode: 429,
        customResponseBodyKey: step.step === "slowDown" ? SLOW_DOWN.key : BLOCKED.key,
        responseHeaders: [{ name: "retry-after", value: retryAfter }],
      },
    },
  };
}

/**
 * Refuses a `/vision` request whose declared length is over the limit, before the body is read. Without the header
 * nothing can be said: the true size is checked behind the gateway.
 *
 * No `Retry-After`: the same body would be refused again (RFC 9110, 15.5.14).
 */
const visionSizeRule = <Arn>(mode: Mode, maxBytes: number): Omit<Rule<Arn>, "priority"> => ({
  name: "vision-size",
  statement: allOf([
    labelled(LABELS.vision),
    ...(mode === "count" ? [not<Arn>(labelled(LABELS.exempt))] : []),
    {
      regexMatchStatement: {
        fieldToMatch: { singleHeader: { name: "content-length" } },
        regexString: contentLengthOver(maxBytes),
        textTransformations: NO_TRANSFORMATION,
      },
    },
  ]),
  action:
    mode === "count"
      ? { count: {} }
      : {
          block: {
            customResponse: { responseCode: 413, customResponseBodyKey: TOO_LARGE.key, responseHeaders: [] },
          },
        },
  visibilityConfig: visibility(mode === "count" ? wouldHaveBlocked("vision-size") : "vision-size"),
});

/**
 * A regular expression that finds, in a header's value, any number greater than `maxBytes`.
 *
 * It needs no anchor: where a part of a run of digits is greater, the whole run is. So zeros before a number, `+`,
 * blanks and a list of two lengths are all read by the numbers in them; what is no length at all is for the server to
 * refuse. Nothing that the firewall's dialect lacks: no look-around, no back reference, no capture.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-regex-pattern-support.html
 *
 * @param maxBytes the greatest length that passes
 * @throws Error when that is not a whole number of at least 1
 */
export function contentLengthOver(maxBytes: number): string {
  if (!Number.isSafeInteger(maxBytes) || maxBytes < 1) {
    throw new Error(
      formatProblem({
        path: "visionMaxBytes",
        got: String(maxBytes),
        allowed: "a whole number of bytes, at least 1",
        fix: "correct the body limit of the route",
      }),
    );
  }
  const digits = [...String(maxBytes)].map(Number);
  // 4,000,000: at some place a digit is greater, and those before it are equal.
  const sameLength = digits.flatMap((digit, i) => {
    if (digit === 9) return [];
    const prefix = digits.slice(0, i).join("");
    return [`${prefix}${digitsFrom(digit + 1)}${anyDigits(digits.length - i - 1)}`];
  });
  const longer = `[1-9]${anyDigits(digits.length)}`;
  const expression = [longer, ...sameLength].join("|");
  if (expression.length > MAX_REGEX_CHARACTERS) {
    throw new Error(
      `content-length expression: ${expression.length} characters; allowed: ${MAX_REGEX_CHARACTERS}`,
    );
  }
  return expression;
}

const digitsFrom = (low: number): string => (low === 9 ? "9" : `[${low}-9]`);
const anyDigits = (count: number): string => (count === 0 ? "" : count === 1 ? "[0-9]" : `[0-9]{${count}}`);

function managedGroupRule<Arn>(
  name: ManagedGroupName,
  group: { readonly mode: Mode; readonly ruleOverrides: Readonly<Record<string, Mode | undefined>> },
): Omit<Rule<Arn>, "priority"> {
  const { step, rules } = MANAGED_GROUPS[name];
  return {
    name: step,
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name,
        // What only counts is looked at by who may soon be blocked: a scan's attacks are known, and would be told of every night. One that
        // blocks looks at everybody.
        ...(group.mode === "count" ? { scopeDownStatement: not<never>(labelled(LABELS.exempt)) } : {}),
        // In the vendor's order, so that moving a line in the settings changes nothing.
        ruleActionOverrides: rules.flatMap((rule) => {
          const mode = group.ruleOverrides[rule];
          return mode ? [{ name: rule, actionToUse: mode === "count" ? { count: {} } : { block: {} } }] : [];
        }),
      },
    },
    overrideAction: group.mode === "count" ? { count: {} } : { none: {} },
    visibilityConfig: visibility(group.mode === "count" ? wouldHaveBlocked(step) : step),
  };
}

/**
 * Static problem details (RFC 9457). The firewall can set any response header but `Content-Type`, so these go out as
 * `application/json`, and it can write no request id into them.
 * https://docs.aws.amazon.com/waf/latest/developerguide/customizing-the-response-for-blocked-requests.html
 */
function responseBody(key: string, status: number, title: string, detail: string): CustomResponseBody {
  return {
    key,
    content: JSON.stringify({ type: `urn:fase-b:problem:${key}`, title, status, detail, code: key }),
    contentType: "APPLICATION_JSON",
  };
}

const SLOW_DOWN = responseBody(
  "rate-slow-down",
  429,
  "Too many requests",
  "Requests come too fast. Wait for the seconds in Retry-After, then send fewer.",
);
const BLOCKED = responseBody(
  "rate-blocked",
  429,
  "Blocked for too many requests",
  "Requests kept coming far too fast. Stop for the seconds in Retry-After; the block lasts while the rate does.",
);
const TOO_LARGE = responseBody(
  "content-too-large",
  413,
  "Content too large",
  "The declared Content-Length is over the limit of this route. Send a smaller image.",
);
const RESPONSE_BODIES = [SLOW_DOWN, BLOCKED, TOO_LARGE];

const TRANSFORMATION_WCU = 10;

const transformationsWcu = (transformations: readonly TextTransformation[]): number =>
  transformations.filter(({ type }) => type !== "NONE").length * TRANSFORMATION_WCU;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/**
 * Web ACL capacity units of rules, by the vendor's table. The service may charge a repeated transformation once, so
 * this is an upper bound.
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements-match.html
 * https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
 */
export const capacityWcu = <Arn>(rules: readonly Pick<Rule<Arn>, "statement">[]): number =>
  sum(rules.map(({ statement }) => statementWcu(statement)));

function statementWcu<Arn>(statement: Statement<Arn>): number {
  if ("andStatement" in statement) return sum(statement.andStatement.statements.map(statementWcu));
  if ("orStatement" in statement) return sum(statement.orStatement.statements.map(statementWcu));
  if ("notStatement" in statement) return statementWcu(statement.notStatement.statement);
  if ("ipSetReferenceStatement" in statement || "labelMatchStatement" in statement) return 1;
  if ("regexMatchStatement" in statement) {
    return 3 + transformationsWcu(statement.regexMatchStatement.textTransformations);
  }
  if ("rateBasedStatement" in statement) {
    const { customKeys = [], scopeDownStatement } = statement.rateBasedStatement;
    const keys = sum(customKeys.map(({ header }) => 30 + transformationsWcu(header.textTransformations)));
    return 2 + keys + statementWcu(scopeDownStatement);
  }
  if ("managedRuleGroupStatement" in statement) {
    const { name, scopeDownStatement } = statement.managedRuleGroupStatement;
    return (
      MANAGED_GROUPS[name].capacityWcu +
      (scopeDownStatement === undefined ? 0 : statementWcu(scopeDownStatement))
    );
  }
  return unknownStatement(statement);
}

function unknownStatement(statement: never): never {
  throw new Error(`statement of unknown capacity: ${Object.keys(statement).join(", ")}`);
}

/** Problems of the settings that only the finished rules show: their capacity. For the loader, beside its other checks. */
export function checkFirewall(settings: FirewallSettings): Problem[] {
  const placeholder = { blockedIpv4: "", blockedIpv6: "", exemptIpv4: "", exemptIpv6: "" };
  // Neither path nor limit changes the capacity.
  const { rules } = firewallRules(settings, { visionPath: "/vision", visionMaxBytes: 1 }, placeholder);
  const wcu = capacityWcu(rules);
  if (wcu <= settings.maxCapacityWcu) return [];
  return [
    {
      path: "firewall.maxCapacityWcu",
      got: `rules of ${wcu} WCU`,
      allowed: `${settings.maxCapacityWcu} WCU, the value of this setting`,
      fix: "take a managed group away, or raise it (5,000 at most; beyond 1,500 each request costs more)",
    },
  ];
}
