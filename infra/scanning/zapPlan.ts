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
  /** After this the attack stops, and so fails; its report is written all the same. */
  readonly maxSeconds: number;
  /** Attacks, with all that a client has; without, ZAP only looks at what the contract's requests are answered. */
  readonly active: boolean;
}

const CONTEXT = "staging";
const SECONDS_PER_MINUTE = 60;
/** Of an attack's answers, whatever is left to look at. */
const LAST_LOOK_MINUTES = 1;

export function zapPlan(args: ZapPlanArgs): object {
  const minutes = Math.max(1, Math.floor(args.maxSeconds / SECONDS_PER_MINUTE) - LAST_LOOK_MINUTES);
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
        // No limit of the whole plan: 2.17.0 does not know one, and a parameter that it does not know is a warning, with which nothing is begun.
        progressToStdout: true,
      },
    },
    jobs: [
      { type: "passiveScan-config", parameters: { scanOnlyInScope: true, maxAlertsPerRule: 10 } },
      ...(RULES_IGNORED.length === 0 ? [] : [ignoredAlerts()]),
      freshKeys(),
      ...args.targets.map((target, before) => importRoute(target, before, args.configurationFolder)),
      // What was asked first is looked at before the attack's thousands of answers are.
      {
        type: "passiveScan-wait",
        parameters: { maxDuration: minutes },
        tests: args.targets.flatMap((target) => answers(target, args.active)),
      },
      ...(args.active
        ? [
            attack(args.targets, minutes),
            { type: "passiveScan-wait", parameters: { maxDuration: LAST_LOOK_MINUTES } },
          ]
        : []),
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

/**
 * ZAP makes the contract's requests of it. A route of which nothing is imported ends the scan: it would be green for nothing. The
 * statistic counts on over all imports, so each asks for one more than those before it.
 * https://github.com/zaproxy/zap-extensions/blob/automation-v0.58.0/addOns/automation/src/main/java/org/zaproxy/addon/automation/tests/AutomationStatisticTest.java
 */
const importRoute = (target: ScanTarget, before: number, configurationFolder: string): object => ({
  type: "openapi",
  parameters: {
    apiFile: `${configurationFolder}/${contractFileName(target)}`,
    targetUrl: target.origin,
    context: CONTEXT,
  },
  tests: [atLeast(`requests of ${target.name}`, "openapi.urls.added", before + 1)],
});

/** A statistic that must be so; otherwise the scan has failed. */
const statistic = (name: string, key: string, operator: string, value: number, site?: string): object => ({
  name,
  type: "stats",
  ...(site === undefined ? {} : { site }),
  statistic: key,
  operator,
  value,
  onFail: "error",
});

const atLeast = (name: string, key: string, value: number): object => statistic(name, key, ">=", value);

/**
 * How ZAP itself was answered, and not only `curl` before it: where its key or its certificate are not sent, every attack is refused at the
 * door, and nothing is found. Without a key nobody may be served. ZAP counts answers by site while it looks at them.
 * https://www.zaproxy.org/docs/statistics/
 */
const answers = ({ name, origin }: ScanTarget, active: boolean): readonly object[] =>
  (active ? [401, 403, 429] : [200, 201, 202]).map((status) =>
    statistic(`${name} answers no ${status}`, `stats.code.${status}`, "==", 0, origin),
  );

const MS_PER_MINUTE = 60_000;

const attack = (targets: readonly ScanTarget[], minutes: number): object => ({
  type: "activeScan",
  parameters: {
    context: CONTEXT,
    maxScanDurationInMins: minutes,
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
    atLeast("attacks were sent", "stats.ascan.urls", targets.length),
    // One that was cut off at its limit says so nowhere else: the job ends as if all had been tried.
    statistic("the attack came to its end", "stats.ascan.time", "<", minutes * MS_PER_MINUTE),
    statistic("nobody stopped the attack", "stats.ascan.stopped", "==", 0),
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
