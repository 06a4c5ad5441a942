import { describe, expect, it } from "vitest";
import { firewall } from "./firewall.schema";
import { rawSettings } from "./testSupport";

/** The staging values with one of them replaced (or, by `undefined`, taken away). */
function withValue(path: string, value: unknown): unknown {
  const settings = rawSettings();
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const parent = keys.reduce((node, key) => (node as Record<string, unknown>)[key], settings) as Record<
    string,
    unknown
  >;
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return settings;
}

const issuesOf = (path: string, value: unknown) => {
  const result = firewall.safeParse(withValue(path, value));
  return result.success ? [] : result.error.issues;
};

describe("firewall settings", () => {
  it("take the staging values", () => {
    expect(firewall.safeParse(rawSettings()).success).toBe(true);
  });

  it.each([
    ["unknown", 1],
    ["rateSteps.rest.byClientKey.windowSeconds", 90],
    ["rateSteps.rest.byClientKey.warn.limit", 9],
    ["rateSteps.rest.byClientKey.warn.limit", 10.5],
    ["rateSteps.rest.byClientKey.block.limit", 2_000_000_001],
    ["rateSteps.rest.byClientKey.warn.mode", "block"],
    ["rateSteps.rest.byClientKey.block.mode", "challenge"],
    ["rateSteps.rest.byClientKey.block", undefined],
    ["rateSteps.rest.byIpAddress.warn", { limit: 10, retryAfterSeconds: 1 }],
    ["rateSteps.vision", undefined],
    ["rateSteps.rest.byIpAddress.block.retryAfterSeconds", 0],
    ["rateSteps.rest.byIpAddress.block.retryAfterSeconds", 3_601],
    ["maxCapacityWcu", 5_001],
    ["bodyInspectionLimitKb", 8],
    ["blockedAddresses", ["192.0.2.1"]],
    ["blockedAddresses", ["0.0.0.0/0"]],
    ["blockedAddresses", ["128.0.0.0/7"]],
    ["blockedAddresses", ["::/0"]],
    ["blockedAddresses", ["192.0.2.1/24"]],
    ["blockedAddresses", ["192.0.2.256/32"]],
    ["blockedAddresses", ["host.example.com/32"]],
    ["exemptAddresses", ["192.0.2.0/23"]],
    ["exemptAddresses", ["2001:db8::/47"]],
    ["managedGroups.AWSManagedRulesCommonRuleSet", undefined],
    ["managedGroups.AWSManagedRulesKnownBadInputsRuleSet", undefined],
    ["managedGroups.AWSManagedRulesAmazonIpReputationList", undefined],
    ["managedGroups.AWSManagedRulesBotControlRuleSet", { mode: "count", ruleOverrides: {} }],
    ["managedGroups.AWSManagedRulesCommonRuleSet.ruleOverrides", { SizeRestriction_BODY: "count" }],
    ["managedGroups.AWSManagedRulesCommonRuleSet.ruleOverrides", { Log4JRCE_BODY: "count" }],
    ["managedGroups.AWSManagedRulesCommonRuleSet.mode", "allow"],
    ["visionSizeCheck", { mode: "block", maxBytes: 1 }],
    ["logRetentionDays", 7],
  ])("refuse %s = %j", (path, value) => {
    expect(issuesOf(path, value)).not.toEqual([]);
  });

  it.each([
    ["blockedAddresses", ["192.0.2.0/24", "198.51.100.7/32", "2001:db8::/32"]],
    ["exemptAddresses", ["192.0.2.0/24", "2001:db8::/48"]],
    ["managedGroups.AWSManagedRulesAnonymousIpList", undefined],
    ["managedGroups.AWSManagedRulesSQLiRuleSet", { mode: "count", ruleOverrides: { SQLi_BODY: "count" } }],
    ["maxCapacityWcu", 5_000],
  ])("take %s = %j", (path, value) => {
    expect(issuesOf(path, value)).toEqual([]);
  });

  // Staging's own values: warn 2000, slow down 3000, block 9000 by key; 6000 and 18000 by address; all in 300 s.
  it.each([
    ["byClientKey.slowDown.limit", 2_000, "more than 2000 requests, the value of warn.limit"],
    ["byClientKey.block.limit", 3_000, "more than 3000 requests, the value of slowDown.limit"],
    ["byIpAddress.block.limit", 6_000, "more than 6000 requests, the value of slowDown.limit"],
    [
      "byClientKey.block.retryAfterSeconds",
      29,
      "at least 30 seconds, the value of slowDown.retryAfterSeconds",
    ],
    [
      "byIpAddress.block.retryAfterSeconds",
      29,
      "at least 30 seconds, the value of slowDown.retryAfterSeconds",
    ],
    [
      "byIpAddress.slowDown.limit",
      2_999,
      "at least 3000 requests in 300 s, the rate of byClientKey.slowDown",
    ],
    ["byIpAddress.block.limit", 8_999, "at least 9000 requests in 300 s, the rate of byClientKey.block"],
  ])("refuse steps out of order: %s = %i", (path, value, allowed) => {
    expect(issuesOf(`rateSteps.rest.${path}`, value)).toContainEqual(
      expect.objectContaining({
        path: ["rateSteps", "rest", ...path.split(".")],
        params: { allowed, fix: expect.stringContaining("raise it") },
      }),
    );
  });

  it.each([
    ["byClientKey.slowDown.limit", 2_001],
    ["byClientKey.block.limit", 3_001],
    ["byIpAddress.slowDown.limit", 3_000],
    ["byIpAddress.block.limit", 9_000],
  ])("take the nearest order: %s = %i", (path, value) => {
    expect(issuesOf(`rateSteps.rest.${path}`, value)).toEqual([]);
  });

  it("compare rates, not numbers, where the windows differ", () => {
    // 6,000 in 600 s is exactly the rate of 3,000 in 300 s; but 18,000 by then must be at least the rate of 9,000.
    expect(issuesOf("rateSteps.rest.byIpAddress.windowSeconds", 600)).toEqual([]);
    expect(issuesOf("rateSteps.rest.byClientKey.windowSeconds", 60)).toHaveLength(2);
  });

  it("say which network is meant when an address has bits beyond its prefix", () => {
    expect(issuesOf("blockedAddresses", ["198.51.100.77/26"])).toEqual([
      expect.objectContaining({
        params: expect.objectContaining({ allowed: expect.stringContaining("198.51.100.64/26") }),
      }),
    ]);
  });
});
