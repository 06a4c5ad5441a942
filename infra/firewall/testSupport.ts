import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { firewall, type FirewallSettings } from "./firewall.schema";
import { FirewallInterpreter, type FirewallRequest, type ManagedGroupStub } from "./firewallInterpreter";
import { firewallRules, type FirewallRoutes, type IpSetArns } from "./firewallRules";

/** What tests share: good settings, requests, and a firewall with a clock that they turn. */

export const ROUTES: FirewallRoutes = { visionPath: "/vision", visionMaxBytes: 4_000_000 };

export const IP_SETS: IpSetArns<string> = {
  blockedIpv4: "arn:blocked-ipv4",
  blockedIpv6: "arn:blocked-ipv6",
  exemptIpv4: "arn:exempt-ipv4",
  exemptIpv6: "arn:exempt-ipv6",
};

export const rawSettings = (): unknown =>
  parse(readFileSync(join(__dirname, "stagingFirewall.fixture.yaml"), "utf8"));

/** A fresh copy each time, so that a test may change its own. */
export const stagingSettings = (
  change: (settings: FirewallSettings) => void = () => {},
): FirewallSettings => {
  const settings = firewall.parse(rawSettings());
  change(settings);
  return firewall.parse(settings);
};

export const request = (over: Partial<FirewallRequest> = {}): FirewallRequest => ({
  ipAddress: "192.0.2.10",
  method: "POST",
  uriPath: "/chat",
  headers: { "x-api-key": "key-of-a" },
  ...over,
});

export class Replay {
  private timeMs = Date.parse("2026-11-22T12:00:00Z");
  private readonly firewall: FirewallInterpreter;

  constructor(settings: FirewallSettings, managedGroup?: ManagedGroupStub) {
    const isV4 = (cidr: string): boolean => cidr.includes(".");
    const { blockedAddresses, exemptAddresses } = settings;
    this.firewall = new FirewallInterpreter({
      ...firewallRules(settings, ROUTES, IP_SETS),
      ipSets: new Map([
        [IP_SETS.blockedIpv4, blockedAddresses.filter(isV4)],
        [IP_SETS.blockedIpv6, blockedAddresses.filter((cidr) => !isV4(cidr))],
        [IP_SETS.exemptIpv4, exemptAddresses.filter(isV4)],
        [IP_SETS.exemptIpv6, exemptAddresses.filter((cidr) => !isV4(cidr))],
      ]),
      nowMs: () => this.timeMs,
      ...(managedGroup && { managedGroup }),
    });
  }

  wait(seconds: number): void {
    this.timeMs += seconds * 1000;
  }

  send(over: Partial<FirewallRequest> = {}) {
    return this.firewall.evaluate(request(over));
  }

  /** One word for a verdict: the rule that answers, else `warn`, else `pass`. */
  word(over: Partial<FirewallRequest> = {}): string {
    const verdict = this.send(over);
    if (verdict.outcome === "refused") return verdict.rule;
    return verdict.insertedHeaders["x-amzn-waf-fase-b-rate-step"] ?? "pass";
  }

  /** Sends `count` requests at once; the words in the order in which they first appear, with how often each did. */
  burst(count: number, make: (i: number) => Partial<FirewallRequest> = () => ({})): [string, number][] {
    const words = new Map<string, number>();
    for (let i = 0; i < count; i += 1) {
      const word = this.word(make(i));
      words.set(word, (words.get(word) ?? 0) + 1);
    }
    return [...words];
  }
}
