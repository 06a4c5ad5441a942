import { isIPv6 } from "node:net";
import { z } from "zod";
import { logRetentionDays } from "../settings/primitives";
import { MANAGED_GROUPS, type ManagedGroupName } from "./managedGroups";

/** `count` lets the request pass and counts it under a "would have blocked" metric; `block` refuses it. */
const mode = z.enum(["count", "block"]).meta({
  allowed: '"count" or "block"',
  fix: "count first, look at the would-have-blocked metric, then block",
});

export type Mode = z.infer<typeof mode>;

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html: 10 to 2,000,000,000 requests a window */
const limit = z.number().int().min(10).max(2_000_000_000);

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html: no other window exists */
const windowSeconds = z.union([z.literal(60), z.literal(120), z.literal(300), z.literal(600)]).meta({
  allowed: "60, 120, 300 or 600 seconds",
  fix: "choose one of these; the firewall has no other window",
});

/** What the caller is told to wait; at most an hour, since a longer wait is a ban and belongs to `blockedAddresses`. */
const retryAfterSeconds = z.number().int().min(1).max(3_600);

const warnStep = z.strictObject({ limit, retryAfterSeconds });
const refusalStep = z.strictObject({ limit, retryAfterSeconds, mode });

/**
 * The steps of one key on one part of the API, all in one window: with windows of their own a stricter step could
 * fire before a milder one, whatever their limits.
 */
const keyLadder = z.strictObject({
  windowSeconds,
  warn: warnStep,
  slowDown: refusalStep,
  block: refusalStep,
});

/** By address there is no warning: an address is nobody whom one could warn. */
const ipLadder = z.strictObject({ windowSeconds, slowDown: refusalStep, block: refusalStep });

const routeLadders = z.strictObject({ byClientKey: keyLadder, byIpAddress: ipLadder });

type RouteLadders = z.infer<typeof routeLadders>;

/** https://docs.aws.amazon.com/waf/latest/developerguide/limits.html: addresses in one IP set */
const MAX_ADDRESSES = 10_000;

/**
 * https://docs.aws.amazon.com/waf/latest/APIReference/API_IPSet.html: any prefix but /0. Ours is narrower: half of the internet on
 * the block list, or a whole provider exempt, is a slip of the pen.
 */
export const cidr = (minPrefixV4: number, minPrefixV6: number) => {
  const allowed = `a network such as 192.0.2.0/24 (prefix ${minPrefixV4} to 32) or 2001:db8::/48 (prefix ${minPrefixV6} to 128)`;
  return z
    .union([z.cidrv4(), z.cidrv6()])
    .meta({ allowed, fix: "write address and prefix; a single address is /32 or /128" })
    .superRefine((value, context) => {
      const { address, prefix, family } = parseCidr(value);
      if (prefix < (family === "ipv4" ? minPrefixV4 : minPrefixV6)) {
        context.addIssue({
          code: "custom",
          message: "the network is too wide",
          params: { allowed, fix: "list the narrower networks that are meant" },
        });
      } else if (family === "ipv4" && networkOfV4(address, prefix) !== address) {
        // The service stores the network itself, so host bits would show as a change in every later preview.
        const network = `${networkOfV4(address, prefix)}/${prefix}`;
        context.addIssue({
          code: "custom",
          message: "the address has bits beyond its prefix",
          params: {
            allowed: `the network's own address, ${network}`,
            fix: `write ${network}, or /32 for the one address`,
          },
        });
      }
    });
};

export type IpFamily = "ipv4" | "ipv6";

/** `192.0.2.0/24` in its parts. The text must be a CIDR already. */
export function parseCidr(text: string): { address: string; prefix: number; family: IpFamily } {
  const [address = "", prefix = ""] = text.split("/");
  return { address, prefix: Number(prefix), family: isIPv6(address) ? "ipv6" : "ipv4" };
}

function networkOfV4(address: string, prefix: number): string {
  const bits = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - prefix);
  const network = Math.floor(bits / size) * size;
  return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join(".");
}

function managedGroup<G extends ManagedGroupName>(name: G) {
  const rules = MANAGED_GROUPS[name].rules;
  return z.strictObject({
    /** `count` overrides the whole group. */
    mode,
    /** Rules that differ from the group; named by the vendor. */
    ruleOverrides: z.strictObject(
      Object.fromEntries(rules.map((rule) => [rule, mode.optional()])) as Record<
        (typeof rules)[number],
        z.ZodOptional<typeof mode>
      >,
    ),
  });
}

export const firewall = z
  .strictObject({
    /**
     * Web ACL capacity units that the rules may take.
     * https://docs.aws.amazon.com/waf/latest/developerguide/aws-waf-capacity-units.html: 5,000 at most, and beyond 1,500
     * each request costs more (https://aws.amazon.com/waf/pricing/).
     */
    maxCapacityWcu: z.number().int().min(1).max(5_000),
    /** How much of a body the managed rules see. https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-setting-body-inspection-limit.html: beyond 16 KB costs more */
    bodyInspectionLimitKb: z.union([z.literal(16), z.literal(32), z.literal(48), z.literal(64)]).meta({
      allowed: "16, 32, 48 or 64 KB",
      fix: "choose one of these; the edge function checks the whole body",
    }),
    /** The emergency block list: the only lasting ban. It is read first, so it wins over `exemptAddresses`. */
    blockedAddresses: z.array(cidr(8, 19)).max(MAX_ADDRESSES),
    /** Networks that skip warning and slowing down; block steps, size, block list and managed rules hold for them too. */
    exemptAddresses: z.array(cidr(24, 48)).max(100),
    /** 10 rate rules, all that a web ACL takes: https://docs.aws.amazon.com/waf/latest/developerguide/limits.html */
    rateSteps: z.strictObject({
      /** `/vision`, counted apart from the rest. */
      vision: routeLadders,
      /** Every other path, also one that the API doesn't have. */
      rest: routeLadders,
    }),
    /** The pre-check on `Content-Length` of `/vision`; the limit itself is the contract's. */
    visionSizeCheck: z.strictObject({ mode }),
    managedGroups: z.strictObject({
      AWSManagedRulesAmazonIpReputationList: managedGroup("AWSManagedRulesAmazonIpReputationList"),
      AWSManagedRulesAnonymousIpList: managedGroup("AWSManagedRulesAnonymousIpList").optional(),
      AWSManagedRulesKnownBadInputsRuleSet: managedGroup("AWSManagedRulesKnownBadInputsRuleSet"),
      AWSManagedRulesCommonRuleSet: managedGroup("AWSManagedRulesCommonRuleSet"),
      AWSManagedRulesSQLiRuleSet: managedGroup("AWSManagedRulesSQLiRuleSet").optional(),
    }),
    logRetentionDays,
  })
  .superRefine((settings, context) => {
    const report = (path: PropertyKey[], allowed: string, fix: string): void =>
      context.addIssue({ code: "custom", path, message: allowed, params: { allowed, fix } });

    for (const route of ["vision", "rest"] as const) {
      checkLadders(settings.rateSteps[route], (path, allowed, fix) =>
        report(["rateSteps", route, ...path], allowed, fix),
      );
    }
  });

type Report = (path: PropertyKey[], allowed: string, fix: string) => void;

/** Steps get stricter upwards, and an address gets no less than one client. */
function checkLadders({ byClientKey, byIpAddress }: RouteLadders, report: Report): void {
  const above = (path: PropertyKey[], got: number, floor: number, below: string, unit: string): void => {
    if (got <= floor) {
      report(
        path,
        `more than ${floor} ${unit}, the value of ${below}`,
        `raise it above ${floor}, or lower ${below}`,
      );
    }
  };
  const notBelow = (path: PropertyKey[], got: number, floor: number, below: string): void => {
    if (got < floor) {
      report(
        path,
        `at least ${floor} seconds, the value of ${below}`,
        `raise it to ${floor}, or lower ${below}`,
      );
    }
  };
  above(
    ["byClientKey", "slowDown", "limit"],
    byClientKey.slowDown.limit,
    byClientKey.warn.limit,
    "warn.limit",
    "requests",
  );
  above(
    ["byClientKey", "block", "limit"],
    byClientKey.block.limit,
    byClientKey.slowDown.limit,
    "slowDown.limit",
    "requests",
  );
  above(
    ["byIpAddress", "block", "limit"],
    byIpAddress.block.limit,
    byIpAddress.slowDown.limit,
    "slowDown.limit",
    "requests",
  );
  for (const [key, ladder] of [
    ["byClientKey", byClientKey],
    ["byIpAddress", byIpAddress],
  ] as const) {
    notBelow(
      [key, "block", "retryAfterSeconds"],
      ladder.block.retryAfterSeconds,
      ladder.slowDown.retryAfterSeconds,
      "slowDown.retryAfterSeconds",
    );
  }
  // Else a client with one address would never meet its own key's step: the address's would answer first.
  for (const step of ["slowDown", "block"] as const) {
    const least = Math.ceil(
      (byClientKey[step].limit * byIpAddress.windowSeconds) / byClientKey.windowSeconds,
    );
    if (byIpAddress[step].limit < least) {
      report(
        ["byIpAddress", step, "limit"],
        `at least ${least} requests in ${byIpAddress.windowSeconds} s, the rate of byClientKey.${step}`,
        `raise it to ${least} or more, or lower byClientKey.${step}.limit`,
      );
    }
  }
}

export type FirewallSettings = z.infer<typeof firewall>;
