import { describe, expect, it } from "vitest";
import { FirewallInterpreter } from "./firewallInterpreter";
import type { FirewallSettings } from "./firewall.schema";
import { firewallRules, type Rule } from "./firewallRules";
import { IP_SETS, Replay, ROUTES, request, stagingSettings } from "./testSupport";

/** Limits small enough to read: rest by key 20, 30, 60; by address 60, 120; vision 10, 15, 25 and 30, 50. */
const smallSettings = (change: (settings: FirewallSettings) => void = () => {}): FirewallSettings =>
  stagingSettings((s) => {
    const refuse = (limit: number, retryAfterSeconds: number) => ({
      limit,
      retryAfterSeconds,
      mode: "block" as const,
    });
    s.rateSteps = {
      rest: {
        byClientKey: {
          windowSeconds: 60,
          warn: { limit: 20, retryAfterSeconds: 5 },
          slowDown: refuse(30, 10),
          block: refuse(60, 120),
        },
        byIpAddress: { windowSeconds: 60, slowDown: refuse(60, 11), block: refuse(120, 121) },
      },
      vision: {
        byClientKey: {
          windowSeconds: 60,
          warn: { limit: 10, retryAfterSeconds: 6 },
          slowDown: refuse(15, 20),
          block: refuse(25, 220),
        },
        byIpAddress: { windowSeconds: 60, slowDown: refuse(30, 21), block: refuse(50, 221) },
      },
    };
    change(s);
  });

const ipOf = (i: number): string => `198.51.${Math.floor(i / 250)}.${(i % 250) + 1}`;
const vision = { uriPath: "/vision" };
const oversize = String(ROUTES.visionMaxBytes + 1);

describe("B4.4 graduated blocking of one client", () => {
  it("warns, then slows down, then blocks, in this order and at the stated limits", () => {
    expect(new Replay(smallSettings()).burst(70, (i) => ({ ipAddress: ipOf(i) }))).toEqual([
      ["pass", 20],
      ["warn", 10],
      ["rest-key-slow-down", 30],
      ["rest-key-block", 10],
    ]);
  });

  it("does the same with the limits of staging", () => {
    const replay = new Replay(stagingSettings());
    expect(replay.burst(9_050, (i) => ({ ipAddress: ipOf(i) }))).toEqual([
      ["pass", 2_000],
      ["warn", 1_000],
      ["rest-key-slow-down", 6_000],
      ["rest-key-block", 50],
    ]);
  });

  it("tells the service of a warning, with the seconds to wait, and the caller's request passes", () => {
    const replay = new Replay(smallSettings());
    replay.burst(20);
    expect(replay.send()).toMatchObject({
      outcome: "passed",
      insertedHeaders: { "x-amzn-waf-fase-b-rate-step": "warn", "x-amzn-waf-fase-b-retry-after": "5" },
      counted: ["rest-key-warn"],
    });
  });

  it("answers 429 with the step's own Retry-After when it slows down and when it blocks", () => {
    const replay = new Replay(smallSettings());
    replay.burst(30);
    expect(replay.send()).toMatchObject({ status: 429, headers: { "retry-after": "10" } });
    replay.burst(29);
    expect(replay.send({ ipAddress: "203.0.113.9" })).toMatchObject({
      status: 429,
      headers: { "retry-after": "120" },
    });
  });

  it("ends a step once its window has passed", () => {
    const replay = new Replay(smallSettings());
    replay.burst(70, (i) => ({ ipAddress: ipOf(i) }));
    replay.wait(59);
    expect(replay.word()).toBe("rest-key-block");
    replay.wait(60);
    expect(replay.word()).toBe("pass");
  });

  it("keeps a step while the client stays over the limit, also when all its requests are refused", () => {
    const replay = new Replay(smallSettings());
    const ipAddress = (i: number) => ({ ipAddress: ipOf(i) });
    replay.burst(61, ipAddress);
    for (let second = 0; second < 300; second += 1) {
      replay.wait(1);
      replay.burst(1, () => ipAddress(second));
      expect(replay.word(ipAddress(second + 300))).toBe("rest-key-block");
    }
  });

  it("goes back down the ladder when the client goes slower", () => {
    const replay = new Replay(smallSettings());
    replay.burst(70, (i) => ({ ipAddress: ipOf(i) }));
    const words = new Set<string>();
    // 40 a minute: over the limit of slowing down, under that of blocking.
    for (let i = 0; i < 200; i += 1) {
      replay.wait(1.5);
      words.add(replay.word({ ipAddress: ipOf(i) }));
    }
    expect([...words]).toEqual(["rest-key-block", "pass", "warn", "rest-key-slow-down"]);
  });

  it("leaves other clients alone", () => {
    const replay = new Replay(smallSettings());
    replay.burst(70, (i) => ({ ipAddress: ipOf(i) }));
    expect(replay.word({ ipAddress: "203.0.113.1", headers: { "x-api-key": "key-of-b" } })).toBe("pass");
  });

  it("bothers no client that stays within its limits", () => {
    const replay = new Replay(smallSettings());
    for (let i = 0; i < 400; i += 1) {
      replay.wait(3);
      expect(replay.word()).toBe("pass");
    }
  });

  it("counts a step in count mode under its would-have-blocked metric, and lets the next stricter one work", () => {
    const replay = new Replay(
      smallSettings((s) => {
        s.rateSteps.rest.byClientKey.slowDown.mode = "count";
      }),
    );
    replay.burst(30, (i) => ({ ipAddress: ipOf(i) }));
    expect(replay.send()).toMatchObject({
      outcome: "passed",
      counted: ["rest-key-slow-down-would-have-blocked", "rest-key-warn"],
    });
    replay.burst(30, (i) => ({ ipAddress: ipOf(i) }));
    expect(replay.word({ ipAddress: "203.0.113.7" })).toBe("rest-key-block");
  });
});

describe("B4.4 who a step counts", () => {
  it("catches one key from many addresses by the key", () => {
    const words = new Replay(smallSettings())
      .burst(200, (i) => ({ ipAddress: ipOf(i) }))
      .map(([word]) => word);
    expect(words).toEqual(["pass", "warn", "rest-key-slow-down", "rest-key-block"]);
  });

  it("catches one address with ever new keys by the address", () => {
    const replay = new Replay(smallSettings());
    expect(replay.burst(130, (i) => ({ headers: { "x-api-key": `made-up-${i}` } }))).toEqual([
      ["pass", 60],
      ["rest-ip-slow-down", 60],
      ["rest-ip-block", 10],
    ]);
  });

  it("catches requests without a key by the address, since rules by key leave them out", () => {
    const replay = new Replay(smallSettings());
    expect(replay.burst(130, () => ({ headers: {} }))).toEqual([
      ["pass", 60],
      ["rest-ip-slow-down", 60],
      ["rest-ip-block", 10],
    ]);
  });

  it("reads the key whatever the case of the header's name, and no other header", () => {
    const replay = new Replay(smallSettings());
    replay.burst(15, (i) => ({ ipAddress: ipOf(i), headers: { "X-API-Key": "key-of-a" } }));
    replay.burst(15, (i) => ({ ipAddress: ipOf(i), headers: { "x-api-key": "key-of-a" } }));
    expect(replay.word({ ipAddress: "203.0.113.1" })).toBe("rest-key-slow-down");
    expect(replay.word({ ipAddress: "203.0.113.1", headers: { authorization: "key-of-a" } })).toBe("pass");
  });

  it("ignores an address that the caller claims in a header", () => {
    const replay = new Replay(smallSettings());
    const words = replay.burst(61, (i) => ({ headers: { "x-forwarded-for": ipOf(i) } }));
    expect(words.at(-1)).toEqual(["rest-ip-slow-down", 1]);
  });
});

describe("B4.3 /vision apart from the rest", () => {
  it("has steps of its own", () => {
    expect(new Replay(smallSettings()).burst(30, (i) => ({ ...vision, ipAddress: ipOf(i) }))).toEqual([
      ["pass", 10],
      ["warn", 5],
      ["vision-key-slow-down", 10],
      ["vision-key-block", 5],
    ]);
  });

  it("has steps of its own by address", () => {
    expect(new Replay(smallSettings()).burst(60, () => ({ ...vision, headers: {} }))).toEqual([
      ["pass", 30],
      ["vision-ip-slow-down", 20],
      ["vision-ip-block", 10],
    ]);
  });

  it("is not used up by the rest, nor the rest by it", () => {
    const replay = new Replay(smallSettings());
    replay.burst(55, (i) => ({ ipAddress: ipOf(i) }));
    expect(replay.word({ ...vision, ipAddress: "203.0.113.1" })).toBe("pass");
    replay.burst(30, (i) => ({ ...vision, ipAddress: ipOf(i), headers: { "x-api-key": "key-of-b" } }));
    expect(replay.word({ ipAddress: "203.0.113.2", headers: { "x-api-key": "key-of-b" } })).toBe("pass");
  });

  it.each([
    "/vision",
    "/vision/",
    "/Vision",
    "/VISION",
    "//vision",
    "///vision//",
    "/%76ision",
    "/%56ISION",
    "/%2fvision",
    "%2fvision",
    "/%2Fvision",
    "/./vision",
    "/chat/../vision",
    "/vision/.",
    "/vision/x/..",
    "/%2e%2e/vision",
    "/vision%2f",
    "/v1/vision",
    "/staging/v1/vision/",
  ])("recognises %s", (uriPath) => {
    expect(new Replay(smallSettings()).send({ uriPath }).labels).toEqual(["fase-b:route:vision"]);
  });

  it.each([
    "/chat",
    "/visions",
    "/television",
    "/vision/other",
    "/",
    "/avatar",
    "/visionx/",
    "/realtime-voice/tickets",
  ])("counts %s with the rest", (uriPath) => {
    const replay = new Replay(smallSettings());
    expect(replay.send({ uriPath }).labels).toEqual([]);
    expect(replay.burst(30, () => ({ uriPath })).at(-1)?.[0]).toBe("rest-key-slow-down");
  });

  it("counts all spellings of the path together", () => {
    const replay = new Replay(smallSettings());
    const spellings = ["/vision", "/Vision", "//vision", "/%76ision", "/vision/"];
    const words = replay.burst(26, (i) => ({ uriPath: spellings[i % spellings.length] ?? "" }));
    expect(words.at(-1)).toEqual(["vision-key-block", 1]);
  });
});

describe("B4.3 the size of /vision", () => {
  const word = (length: string | undefined, over = {}): string =>
    new Replay(smallSettings()).word({
      ...vision,
      headers: { "x-api-key": "key-of-a", ...(length !== undefined && { "Content-Length": length }) },
      ...over,
    });

  it.each([
    ["3999999", "pass"],
    ["4000000", "pass"],
    ["4000001", "vision-size"],
    ["0", "pass"],
    ["10000000", "vision-size"],
    ["9".repeat(40), "vision-size"],
    ["00004000000", "pass"],
    ["00004000001", "vision-size"],
    ["0".repeat(60) + "1", "pass"],
    ["+4000001", "vision-size"],
    [" 4000001", "vision-size"],
    ["4000001 ", "vision-size"],
    ["\t4000001", "vision-size"],
    ["10, 4000001", "vision-size"],
    ["4000001,10", "vision-size"],
    ["10, 20", "pass"],
    ["-4000001", "vision-size"],
    ["none", "pass"],
    ["", "pass"],
  ])("Content-Length %j: %s", (length, expected) => {
    expect(word(length)).toBe(expected);
  });

  it("lets a request without Content-Length pass: its true size is checked behind the gateway", () => {
    expect(word(undefined)).toBe("pass");
  });

  it("answers 413 as a problem, without Retry-After, since the same body would be refused again", () => {
    const verdict = new Replay(smallSettings()).send({ ...vision, headers: { "content-length": oversize } });
    expect(verdict).toMatchObject({
      outcome: "refused",
      status: 413,
      headers: { "content-type": "application/json" },
    });
    expect(verdict).not.toHaveProperty("headers.retry-after");
  });

  it("holds for no other path", () => {
    expect(word(oversize, { uriPath: "/chat" })).toBe("pass");
  });

  it.each(["/Vision", "//vision", "/%76ision", "/vision/", "/v1/vision"])("holds for %s too", (uriPath) => {
    expect(word(oversize, { uriPath })).toBe("vision-size");
  });

  it("counts too large requests: a flood of them is slowed down and blocked", () => {
    const flood = new Replay(smallSettings()).burst(30, (i) => ({
      ...vision,
      ipAddress: ipOf(i),
      headers: { "x-api-key": "key-of-a", "content-length": oversize },
    }));
    expect(flood).toEqual([
      ["vision-size", 15],
      ["vision-key-slow-down", 10],
      ["vision-key-block", 5],
    ]);
  });

  it("only counts in count mode", () => {
    const replay = new Replay(
      smallSettings((s) => {
        s.visionSizeCheck.mode = "count";
      }),
    );
    expect(replay.send({ ...vision, headers: { "content-length": oversize } })).toMatchObject({
      outcome: "passed",
      counted: ["label-vision", "vision-size-would-have-blocked"],
    });
  });
});

describe("block list and exempt networks", () => {
  const lists = (s: FirewallSettings): void => {
    s.blockedAddresses = ["203.0.113.0/24", "2001:db8:bad::/48"];
    s.exemptAddresses = ["192.0.2.0/28", "2001:db8:c1ea::/48", "203.0.113.7/32"];
  };

  it.each(["203.0.113.1", "203.0.113.255", "2001:db8:bad::1"])(
    "refuses %s before anything else",
    (ipAddress) => {
      const replay = new Replay(smallSettings(lists));
      const verdict = replay.send({ ...vision, ipAddress, headers: { "content-length": oversize } });
      expect(verdict).toMatchObject({
        outcome: "refused",
        rule: "blocked-addresses",
        status: 403,
        labels: [],
      });
    },
  );

  it("leaves the answer to the gateway, which can put its request ids in", () => {
    expect(new Replay(smallSettings(lists)).send({ ipAddress: "203.0.113.1" })).toMatchObject({
      body: undefined,
      headers: {},
    });
  });

  it("wins over an exemption", () => {
    expect(new Replay(smallSettings(lists)).word({ ipAddress: "203.0.113.7" })).toBe("blocked-addresses");
  });

  it.each(["192.0.2.10", "2001:db8:c1ea::9"])(
    "lets exempt %s work without warning or slowing, up to the block step",
    (ipAddress) => {
      expect(new Replay(smallSettings(lists)).burst(65, () => ({ ipAddress }))).toEqual([
        ["pass", 60],
        ["rest-key-block", 5],
      ]);
      expect(
        new Replay(smallSettings(lists)).burst(125, (i) => ({
          ipAddress,
          headers: { "x-api-key": `k${i}` },
        })),
      ).toEqual([
        ["pass", 120],
        ["rest-ip-block", 5],
      ]);
    },
  );

  it.each([
    ["192.0.2.10", []],
    ["192.0.2.16", ["managed-anonymous-ip-would-have-blocked", "vision-size-would-have-blocked"]],
  ])("tells of what would have been blocked from %s as %j: a scan is no stranger", (ipAddress, told) => {
    const replay = new Replay(
      smallSettings((s) => {
        lists(s);
        s.visionSizeCheck.mode = "count";
        s.managedGroups.AWSManagedRulesAnonymousIpList = { mode: "count", ruleOverrides: {} };
      }),
      (group) => (group === "AWSManagedRulesAnonymousIpList" ? "HostingProviderIPList" : undefined),
    );
    const verdict = replay.send({ ...vision, ipAddress, headers: { "content-length": oversize } });
    expect(verdict.outcome).toBe("passed");
    expect(verdict.counted.filter((name) => name.endsWith("would-have-blocked")).sort()).toEqual(told);
  });

  it("gives the neighbour of an exempt network nothing", () => {
    const words = new Replay(smallSettings(lists)).burst(65, () => ({ ipAddress: "192.0.2.16" }));
    expect(words.map(([word]) => word)).toEqual(["pass", "warn", "rest-key-slow-down", "rest-key-block"]);
  });

  it("exempts nobody from the size check or from the managed rules", () => {
    const bad = new Replay(smallSettings(lists), (group) =>
      group === "AWSManagedRulesKnownBadInputsRuleSet" ? "Log4JRCE_HEADER" : undefined,
    );
    expect(bad.word({ ipAddress: "192.0.2.10" })).toBe("managed-known-bad-inputs");
    const large = { ...vision, headers: { "content-length": oversize } };
    expect(bad.word({ ...large, ipAddress: "192.0.2.10" })).toBe("vision-size");
  });
});

describe("managed groups", () => {
  const when = (group: string, rule: string) =>
    new Replay(smallSettings(), (asked) => (asked === group ? rule : undefined));

  it.each([
    ["AWSManagedRulesCommonRuleSet", "CrossSiteScripting_QUERYARGUMENTS", "managed-common"],
    ["AWSManagedRulesCommonRuleSet", "EC2MetaDataSSRF_BODY", "managed-common"],
    ["AWSManagedRulesKnownBadInputsRuleSet", "Log4JRCE_BODY", "managed-known-bad-inputs"],
    ["AWSManagedRulesAmazonIpReputationList", "AWSManagedIPReputationList", "managed-ip-reputation"],
  ])("%s refuses on %s", (group, rule, expected) => {
    expect(when(group, rule).word()).toBe(expected);
  });

  it.each([
    ["AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"],
    ["AWSManagedRulesCommonRuleSet", "CrossSiteScripting_BODY"],
    ["AWSManagedRulesCommonRuleSet", "GenericLFI_BODY"],
    ["AWSManagedRulesCommonRuleSet", "GenericRFI_BODY"],
    ["AWSManagedRulesCommonRuleSet", "NoUserAgent_HEADER"],
    ["AWSManagedRulesKnownBadInputsRuleSet", "JavaDeserializationRCE_BODY"],
    ["AWSManagedRulesAnonymousIpList", "HostingProviderIPList"],
    ["AWSManagedRulesAnonymousIpList", "AnonymousIPList"],
  ])("%s only counts %s, which the service's own traffic would meet", (group, rule) => {
    expect(when(group, rule).word()).toBe("pass");
  });

  it("are behind the rate steps: a flood of attacks is slowed down too", () => {
    const words = when("AWSManagedRulesKnownBadInputsRuleSet", "Log4JRCE_HEADER").burst(31);
    expect(words).toEqual([
      ["managed-known-bad-inputs", 30],
      ["rest-key-slow-down", 1],
    ]);
  });
});

describe("the interpreter guesses nothing", () => {
  const evaluate = (change: (rules: Rule<string>[]) => readonly unknown[]) => {
    const { rules, customResponseBodies } = firewallRules(smallSettings(), ROUTES, IP_SETS);
    const changed = change(rules) as readonly Rule<string>[];
    const ipSets = new Map(Object.values(IP_SETS).map((arn) => [arn, []]));
    return new FirewallInterpreter({ rules: changed, customResponseBodies, ipSets, nowMs: () => 0 }).evaluate(
      request(),
    );
  };
  const firstWith = (statement: object) => (rules: Rule<string>[]) =>
    rules.map((rule, i) => (i === 0 ? { ...rule, statement } : rule));

  it.each([
    [{ geoMatchStatement: { countryCodes: ["ES"] } }, /geoMatchStatement/],
    [{ notStatement: { statement: { rateBasedStatement: {} } } }, /rateBasedStatement/],
    [{ ipSetReferenceStatement: { arn: "arn:other" } }, /no IP set arn:other/],
    [
      { regexMatchStatement: { fieldToMatch: { body: {} }, regexString: "x", textTransformations: [] } },
      /field unknown here: body/,
    ],
    [
      {
        regexMatchStatement: {
          fieldToMatch: { uriPath: {} },
          regexString: "x",
          textTransformations: [{ priority: 0, type: "CMD_LINE" }],
        },
      },
      /CMD_LINE is unknown/,
    ],
    [{ labelMatchStatement: { key: "x", scope: "NAMESPACE" } }, /NAMESPACE/],
  ])("throws on %j", (statement, message) => {
    expect(() => evaluate(firstWith(statement))).toThrow(message);
  });

  it("goes by priority, not by the order of the list", () => {
    const first = evaluate((rules) => [
      ...rules,
      {
        ...rules[0],
        name: "all",
        priority: -1,
        statement: {
          regexMatchStatement: { fieldToMatch: { uriPath: {} }, regexString: "", textTransformations: [] },
        },
      },
    ]);
    expect(first).toMatchObject({ outcome: "refused", rule: "all" });
  });
});
