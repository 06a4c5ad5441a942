import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firewall, type FirewallSettings } from "./firewall.schema";
import {
  capacityWcu,
  checkFirewall,
  contentLengthOver,
  firewallControls,
  firewallRules,
  firewallSteps,
  MAX_RATE_RULES,
  type Rule,
} from "./firewallRules";
import { MANAGED_GROUPS, MANAGED_GROUP_NAMES } from "./managedGroups";
import { IP_SETS, ROUTES, stagingSettings } from "./testSupport";

const rulesOf = (settings: FirewallSettings, routes = ROUTES) => firewallRules(settings, routes, IP_SETS);
const staging = rulesOf(stagingSettings());
const isRate = ({ statement }: Rule<string>): boolean => "rateBasedStatement" in statement;
const positions = (rules: readonly Rule<string>[], pattern: RegExp): number[] =>
  rules.flatMap(({ name }, i) => (pattern.test(name) ? [i] : []));

/** Any settings that the schema takes. */
const mode = fc.constantFrom("count" as const, "block" as const);
const window = fc.constantFrom(60 as const, 120 as const, 300 as const, 600 as const);
const refuse = fc.record({
  limit: fc.integer({ min: 10, max: 5_000 }),
  retryAfterSeconds: fc.integer({ min: 1, max: 3_600 }),
  mode,
});
const ladders = fc.record({
  byClientKey: fc.record({
    windowSeconds: window,
    warn: fc.record({
      limit: fc.integer({ min: 10, max: 5_000 }),
      retryAfterSeconds: fc.integer({ min: 1, max: 3_600 }),
    }),
    slowDown: refuse,
    block: refuse,
  }),
  byIpAddress: fc.record({ windowSeconds: window, slowDown: refuse, block: refuse }),
});
const group = (name: keyof typeof MANAGED_GROUPS) =>
  fc.record({ mode, ruleOverrides: fc.dictionary(fc.constantFrom(...MANAGED_GROUPS[name].rules), mode) });
const anySettings: fc.Arbitrary<FirewallSettings> = fc
  .record({
    rateSteps: fc.record({ vision: ladders, rest: ladders }),
    visionSizeCheck: fc.record({ mode }),
    common: group("AWSManagedRulesCommonRuleSet"),
    sqli: fc.option(group("AWSManagedRulesSQLiRuleSet"), { nil: undefined }),
    anonymous: fc.option(group("AWSManagedRulesAnonymousIpList"), { nil: undefined }),
  })
  .map(({ rateSteps, visionSizeCheck, common, sqli, anonymous }) => {
    for (const { byClientKey: key, byIpAddress: ip } of Object.values(rateSteps)) {
      key.slowDown.limit += key.warn.limit;
      key.block.limit += key.slowDown.limit;
      // Ten times: the windows differ by no more.
      ip.slowDown.limit = key.slowDown.limit * 10;
      ip.block.limit = key.block.limit * 10;
      key.block.retryAfterSeconds = Math.max(key.block.retryAfterSeconds, key.slowDown.retryAfterSeconds);
      ip.block.retryAfterSeconds = Math.max(ip.block.retryAfterSeconds, ip.slowDown.retryAfterSeconds);
    }
    return firewall.parse({
      ...stagingSettings(),
      maxCapacityWcu: 5_000,
      rateSteps,
      visionSizeCheck,
      managedGroups: {
        ...stagingSettings().managedGroups,
        AWSManagedRulesCommonRuleSet: common,
        AWSManagedRulesSQLiRuleSet: sqli,
        AWSManagedRulesAnonymousIpList: anonymous,
      },
    });
  });

describe("the list of rules", () => {
  it("stands in this order", () => {
    expect(staging.rules.map(({ name, priority }) => `${priority} ${name}`)).toEqual([
      "0 blocked-addresses",
      "10 label-vision",
      "20 label-exempt",
      "30 vision-key-block",
      "40 vision-ip-block",
      "50 rest-key-block",
      "60 rest-ip-block",
      "70 vision-key-slow-down",
      "80 vision-ip-slow-down",
      "90 rest-key-slow-down",
      "100 rest-ip-slow-down",
      "110 vision-key-warn",
      "120 rest-key-warn",
      "130 vision-size",
      "140 managed-ip-reputation",
      "150 managed-anonymous-ip",
      "160 managed-known-bad-inputs",
      "170 managed-common",
    ]);
  });

  it("has the strictest step first, whatever the settings", () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const { rules } = rulesOf(settings);
        const [block, slow, warn] = [/-(key|ip)-block$/, /-slow-down$/, /-warn$/].map((p) =>
          positions(rules, p),
        );
        expect(Math.max(...(block ?? []))).toBeLessThan(Math.min(...(slow ?? [])));
        expect(Math.max(...(slow ?? []))).toBeLessThan(Math.min(...(warn ?? [])));
        expect(positions(rules, /^label-/).every((i) => i < Math.min(...(block ?? [])))).toBe(true);
      }),
    );
  });

  it("has unique names, priorities and metric names within the vendor's alphabets, and at most 10 rate rules", () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const { rules } = rulesOf(settings);
        for (const values of [
          rules.map((r) => r.name),
          rules.map((r) => r.priority),
          rules.map((r) => r.visibilityConfig.metricName),
        ]) {
          expect(new Set<string | number>(values).size).toBe(rules.length);
        }
        // https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html
        for (const { name, visibilityConfig } of rules) {
          expect(name).toMatch(/^[\w-]{1,128}$/);
          expect(visibilityConfig.metricName).toMatch(/^[\w#:./-]{1,255}$/);
        }
        expect(rules.filter(isRate).length).toBeLessThanOrEqual(MAX_RATE_RULES);
      }),
    );
  });

  it("pairs every step by key with one by address, since a request without the key is left out of the former", () => {
    const names = staging.rules.map((r) => r.name);
    for (const name of names.filter((n) => /-key-(slow-down|block)$/.test(n))) {
      expect(names).toContain(name.replace("-key-", "-ip-"));
    }
  });

  it("samples no request and measures every rule", () => {
    for (const { visibilityConfig } of staging.rules) {
      expect(visibilityConfig).toMatchObject({
        sampledRequestsEnabled: false,
        cloudwatchMetricsEnabled: true,
      });
    }
  });

  it("never asks a caller for a puzzle or lets one past the remaining rules", () => {
    expect(JSON.stringify(staging.rules)).not.toMatch(/challenge|captcha|"allow"/i);
  });
});

describe("answers", () => {
  const answers = staging.rules.flatMap(({ name, action }) => {
    const response = action && "block" in action ? action.block.customResponse : undefined;
    return response ? [{ name, response }] : [];
  });

  it.each(answers)(
    "$name answers with its status, a short problem, and Retry-After where waiting helps",
    ({ response }) => {
      const body = staging.customResponseBodies.find(({ key }) => key === response.customResponseBodyKey);
      const problem = JSON.parse(body?.content ?? "") as Record<string, unknown>;
      expect(problem).toEqual({
        type: expect.stringMatching(/^urn:fase-b:problem:[a-z-]+$/),
        title: expect.stringMatching(/./),
        detail: expect.stringMatching(/./),
        status: response.responseCode,
        code: response.customResponseBodyKey,
      });
      // https://docs.aws.amazon.com/waf/latest/developerguide/limits.html: 4 KB
      expect(Buffer.byteLength(body?.content ?? "")).toBeLessThan(4_096);
      const headers = response.responseHeaders.map(({ name }) => name);
      expect(headers).toEqual(response.responseCode === 413 ? [] : ["retry-after"]);
      for (const { value } of response.responseHeaders) expect(value).toMatch(/^[1-9][0-9]*$/);
    },
  );

  it("B4.4: every refusing step of staging answers 429 by itself", () => {
    expect(answers.filter(({ response }) => response.responseCode === 429).map(({ name }) => name)).toEqual(
      firewallSteps(stagingSettings())
        .filter(({ step }) => step !== "warn")
        .map(({ rule }) => rule),
    );
  });

  it("every key of a response body is used and exists once", () => {
    expect([...new Set(answers.map(({ response }) => response.customResponseBodyKey))].sort()).toEqual(
      staging.customResponseBodies.map(({ key }) => key).sort(),
    );
  });
});

describe("firewallSteps and firewallControls, what dashboards read", () => {
  it("name every rule that can warn or refuse, by the metric that the rule writes", () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const shown = [...firewallSteps(settings), ...firewallControls(settings)];
        const { rules } = rulesOf(settings);
        expect(shown.map(({ rule }) => rule).sort()).toEqual(
          rules
            .map(({ name }) => name)
            .filter((name) => !name.startsWith("label-"))
            .sort(),
        );
        for (const { rule, mode, metric, metricName, wouldHaveBlockedMetricName } of shown) {
          const written = rules.find(({ name }) => name === rule)?.visibilityConfig.metricName;
          expect(written).toBe(mode === "count" ? (wouldHaveBlockedMetricName ?? metricName) : metricName);
          expect(metric).toBe(mode === "count" ? "CountedRequests" : "BlockedRequests");
        }
      }),
    );
  });

  it("state limit, window, key and waiting time of each step as its rule has them", () => {
    const steps = firewallSteps(stagingSettings());
    expect(steps).toHaveLength(10);
    for (const step of steps) {
      const rule = staging.rules.find(({ name }) => name === step.rule);
      expect(rule?.statement).toMatchObject({
        rateBasedStatement: {
          limit: step.limit,
          evaluationWindowSec: step.windowSeconds,
          aggregateKeyType: step.keyedBy === "ipAddress" ? "IP" : "CUSTOM_KEYS",
        },
      });
      expect(JSON.stringify(rule?.action)).toContain(`"value":"${step.retryAfterSeconds}"`);
    }
  });
});

describe("capacity", () => {
  it("of staging is what the vendor's table gives", () => {
    const byRule = Object.fromEntries(staging.rules.map((rule) => [rule.name, capacityWcu([rule])]));
    expect(byRule).toMatchObject({
      "blocked-addresses": 2, // two IP sets
      "label-vision": 33, // expression 3, three transformations of 10
      "vision-key-block": 33, // base 2, key 30, label 1
      "vision-ip-block": 3,
      "vision-key-slow-down": 34, // and the exempt label
      "vision-size": 4, // label 1, expression 3
      "managed-common": 700,
    });
    expect(capacityWcu(staging.rules)).toBe(1_233);
  });

  it("stays under the vendor's hard limit with every group and any settings", () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(capacityWcu(rulesOf(settings).rules)).toBeLessThanOrEqual(5_000);
      }),
    );
  });

  it("is checked against the settings: one unit too few is refused, the exact number is enough", () => {
    const withMax = (wcu: number) =>
      stagingSettings((s) => {
        s.maxCapacityWcu = wcu;
      });
    expect(checkFirewall(withMax(1_233))).toEqual([]);
    expect(checkFirewall(withMax(1_232))).toEqual([
      expect.objectContaining({ path: "firewall.maxCapacityWcu", got: "rules of 1233 WCU" }),
    ]);
  });

  it("doesn't depend on route or limit, so that it can be checked before them", () => {
    const other = rulesOf(stagingSettings(), { visionPath: "/a/long/path", visionMaxBytes: 987_654_321 });
    expect(capacityWcu(other.rules)).toBe(capacityWcu(staging.rules));
  });
});

describe("contentLengthOver", () => {
  const bytes = fc.oneof(
    fc.integer({ min: 1, max: 20_000_000 }),
    fc.constantFrom(1, 9, 10, 99, 100, 109, 190, 999, 9_999_999),
  );

  it("is the numeric comparison, for any limit, any number and any zeros before it", () => {
    fc.assert(
      fc.property(bytes, fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.nat(5), (max, n, zeros) => {
        expect(new RegExp(contentLengthOver(max)).test("0".repeat(zeros) + String(n))).toBe(n > BigInt(max));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is exact around the limit", () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: -20, max: 20 }), (max, difference) => {
        const n = Math.max(0, max + difference);
        expect(new RegExp(contentLengthOver(max)).test(String(n))).toBe(n > max);
      }),
      { numRuns: 2_000 },
    );
  });

  it("in any text finds the numbers, and only those", () => {
    fc.assert(
      fc.property(bytes, fc.stringMatching(/^[0-9+,. \-a-z]{0,40}$/), (max, text) => {
        const over = (text.match(/[0-9]+/g) ?? []).some((run) => BigInt(run) > BigInt(max));
        expect(new RegExp(contentLengthOver(max)).test(text)).toBe(over);
      }),
      { numRuns: 2_000 },
    );
  });

  it("uses only what the firewall's dialect has, in at most 512 characters", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (max) => {
        const expression = contentLengthOver(max);
        expect(expression.length).toBeLessThanOrEqual(512);
        expect(expression).not.toMatch(/\\|\(\?[^:]/);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s as a limit", (max) => {
    expect(() => contentLengthOver(max)).toThrow(/whole number of bytes/);
  });
});

describe("the vision path", () => {
  it.each(["vision", "/Vision", "/vision/", "/vision.*", "/{proxy+}", ""])("refuses %j", (visionPath) => {
    expect(() => rulesOf(stagingSettings(), { ...ROUTES, visionPath })).toThrow(
      /allowed: a path of lower-case/,
    );
  });
});

describe("managed groups", () => {
  it("keep the vendor's order of overrides, so that moving a line in the settings changes nothing", () => {
    const reversed = stagingSettings((s) => {
      const { ruleOverrides } = s.managedGroups.AWSManagedRulesCommonRuleSet;
      s.managedGroups.AWSManagedRulesCommonRuleSet.ruleOverrides = Object.fromEntries(
        Object.entries(ruleOverrides).reverse(),
      );
    });
    expect(rulesOf(reversed)).toEqual(staging);
  });

  it("have distinct rule names in the table", () => {
    expect(new Set(MANAGED_GROUP_NAMES.map((name) => MANAGED_GROUPS[name].step)).size).toBe(
      MANAGED_GROUP_NAMES.length,
    );
  });
});
