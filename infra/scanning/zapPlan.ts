import { contractFileName, type ScanTarget } from "./scanTargets";
import { FAILING_RISK, RULES_IGNORED, RULES_OFF } from "./zapRules";

/**
 * What ZAP is told: a plan of its automation framework. No credential stands in it.
 * https://www.zaproxy.org/docs/automate/automation-framework/
 */
export interface ZapPlanArgs {
  readonly targets: readonly ScanTarget[];
  readonly configurationFolder: string;
  readonly reportsFolder: string;
  /** After this the plan stops, warns, and so fails; its report is written all the same. */
  readonly maxSeconds: number;
  /** Attacks, with all that a client has; without, ZAP only looks at what the contract's requests are answered. */
  readonly active: boolean;
}

const CONTEXT = "staging";
const SECONDS_PER_MINUTE = 60;

export function zapPlan(args: ZapPlanArgs): object {
  return {
    env: {
      contexts: [
        {
          name: CONTEXT,
          urls: args.targets.map(({ origin, path }) => `${origin}${path}`),
        },
      ],
      // A warning is a request that was not made or an answer that nobody expected: what follows would prove nothing.
      parameters: {
        failOnError: true,
        failOnWarning: true,
        continueOnFailure: false,
        progressToStdout: true,
        maxDuration: args.maxSeconds,
      },
    },
    jobs: [
      { type: "passiveScan-config", parameters: { scanOnlyInScope: true, maxAlertsPerRule: 10 } },
      ...(RULES_IGNORED.length === 0 ? [] : [ignoredAlerts()]),
      freshKeys(),
      ...args.targets.map((target) => importRoute(target, args.configurationFolder)),
      ...(args.active ? [attack(args.targets)] : []),
      {
        type: "passiveScan-wait",
        parameters: { maxDuration: Math.max(1, Math.floor(args.maxSeconds / SECONDS_PER_MINUTE)) },
      },
      {
        type: "report",
        alwaysRun: true,
        parameters: {
          template: "traditional-json",
          reportDir: args.reportsFolder,
          reportFile: "report.json",
          reportTitle: args.active ? "Authenticated scan" : "Baseline scan",
          displayReport: false,
        },
      },
      // https://www.zaproxy.org/docs/desktop/addons/automation-framework/job-exitstatus/
      { type: "exitStatus", alwaysRun: true, parameters: { errorLevel: FAILING_RISK } },
    ],
  };
}

const ignoredAlerts = (): object => ({
  type: "alertFilter",
  parameters: { deleteGlobalAlerts: true },
  alertFilters: RULES_IGNORED.map(({ id, name }) => ({
    ruleId: id,
    ruleName: name,
    newRisk: "False Positive",
  })),
});

/**
 * Each request its own idempotency key: under one and the same key every attack after the first would be refused for its other payload,
 * and reach no code that could be wrong.
 */
const freshKeys = (): object => ({
  type: "replacer",
  parameters: { deleteAllRules: false },
  rules: [
    {
      description: "a new idempotency key for each request",
      matchType: "req_header_str",
      matchString: "(?i)Idempotency-Key: [^\\r\\n]*",
      matchRegex: true,
      replacementString: 'Idempotency-Key: "{{UUID}}"',
      tokenProcessing: true,
    },
  ],
});

/** ZAP makes the contract's requests of it. A route of which nothing is imported ends the scan: it would be green for nothing. */
const importRoute = (target: ScanTarget, configurationFolder: string): object => ({
  type: "openapi",
  parameters: {
    apiFile: `${configurationFolder}/${contractFileName(target)}`,
    targetUrl: target.origin,
    context: CONTEXT,
  },
  tests: [
    {
      name: `requests of ${target.name}`,
      type: "stats",
      statistic: "openapi.urls.added",
      operator: ">=",
      value: 1,
      onFail: "error",
    },
  ],
});

const attack = (targets: readonly ScanTarget[]): object => ({
  type: "activeScan",
  parameters: {
    context: CONTEXT,
    threadPerHost: 1,
    addQueryParam: false,
    handleAntiCSRFTokens: false,
    // Its own header would tell the answers of a scan from others.
    injectPluginIdInHeader: false,
    maxAlertsPerRule: 10,
  },
  policyDefinition: {
    defaultStrength: "Medium",
    defaultThreshold: "Medium",
    rules: RULES_OFF.map(({ id, name }) => ({ id, name, threshold: "Off" })),
  },
  tests: [
    {
      name: "attacks were sent",
      type: "stats",
      statistic: "stats.ascan.urls",
      operator: ">=",
      value: targets.length,
      onFail: "error",
    },
  ],
});

/** What is no part of a plan, as lines of a properties file: how fast requests go out, all hosts together. */
export const zapProperties = (requestsPerSecond: number): string =>
  Object.entries({
    "network.ratelimit.rules.rule(0).description": "scans",
    "network.ratelimit.rules.rule(0).enabled": "true",
    "network.ratelimit.rules.rule(0).matchStr": ".*",
    "network.ratelimit.rules.rule(0).regex": "true",
    "network.ratelimit.rules.rule(0).reqsPerSec": String(requestsPerSecond),
    "network.ratelimit.rules.rule(0).groupBy": "RULE",
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
