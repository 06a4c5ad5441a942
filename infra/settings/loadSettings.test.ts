import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stackConfig, stagingValues } from "../../test/support/staging";
import { readContract } from "../contract/contract";
import { loadSettings, SettingsError } from "./loadSettings";

const contract = readContract();

/** Any nested data; tests reach into it by path. */
type Data = { [key: string]: Data };

/** The problems of staging's settings after `change`, one line each; empty when they are accepted. */
function problemsAfter(change: (values: Data) => void): string[] {
  const values = stagingValues();
  change(values as Data);
  try {
    loadSettings(stackConfig(values), contract);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.message.split("\n").slice(1);
  }
}

const set = (path: readonly (string | number)[], value: unknown) => (values: Data) => {
  const last = path[path.length - 1] as string;
  const holder = path.slice(0, -1).reduce<Data>((at, step) => at[step] as Data, values);
  (holder as Record<string, unknown>)[last] = value;
};

describe("loadSettings", () => {
  it("accepts staging's own settings", () => {
    const settings = loadSettings(stackConfig(stagingValues()), contract);
    expect(settings.namePrefix).toBe("fase-b-staging");
    expect(settings.agents).toHaveLength(18);
    expect(settings.agents.filter((agent) => agent.certificate.source === "issue")).toHaveLength(13);
  });

  it.each<[string, (values: Data) => void, RegExp]>([
    [
      "an unknown key, with the key that was meant",
      set(["gateway", "stageNam"], "v2"),
      /gateway\.stageNam: got an unknown key with "v2"; allowed: .*stageName.*; fix: did you mean stageName\?/,
    ],
    [
      "an unknown key inside a list",
      set(["agents", 3, "colour"], "red"),
      /agents\[3\]\.colour: got an unknown key with "red"; allowed: id, domain, .*; fix: remove it/,
    ],
    [
      "an unknown part",
      set(["fierwall"], {}),
      /fierwall: got an unknown key with \{\}; allowed: account, .*; fix: did you mean firewall\?/,
    ],
    [
      "a wrong type",
      set(["gateway", "integrationTimeoutMs"], "29000"),
      /gateway\.integrationTimeoutMs: got "29000"; allowed: a whole number from 50 to 29000; fix: /,
    ],
    [
      "a number beyond the vendor's bounds",
      set(["gateway", "integrationTimeoutMs"], 29_001),
      /gateway\.integrationTimeoutMs: got 29001; allowed: a whole number from 50 to 29000/,
    ],
    [
      "an account id that YAML read as a number",
      set(["account", "id"], 123456789012),
      /account\.id: got 123456789012; allowed: 12 digits in quotes; fix: quote the account id/,
    ],
    [
      "two agents on one domain",
      (values) => set(["agents", 7, "domain"], (values["agents"] as Data)["2"]?.["domain"])(values),
      /agents\[7\]\.domain: got "chat-03\.staging\.example\.com"; allowed: a domain that no other agent has; fix: agents\[2\]\.domain has it already/,
    ],
    [
      "12 certificates instead of 13",
      set(["agents", 17, "certificate"], {
        source: "existing",
        arn: "arn:aws:acm:eu-west-1:123456789012:certificate/00000009-1111-4222-8333-444444444449",
      }),
      /agents: got 12 agents with certificate\.source: issue; allowed: 13, the number ordered/,
    ],
    [
      "an empty client list",
      set(["clients"], []),
      /clients: got \[\]; allowed: at least one client; fix: list the clients/,
    ],
    [
      "a client named twice",
      set(["clients", 1, "clientId"], "web-app"),
      /clients\[1\]\.clientId: got "web-app"; allowed: a client id that no other client has; fix: clients\[0\]\.clientId has it/,
    ],
    [
      "a tier that is not there",
      set(["clients", 1, "tier"], "platinum"),
      /clients\[1\]\.tier: got "platinum"; allowed: one of tiers: gold, silver, bronze/,
    ],
    [
      "a domain outside the zone",
      set(["agents", 0, "domain"], "chat-01.example.org"),
      /agents\[0\]\.domain: got "chat-01\.example\.org"; allowed: a name under account\.zoneName/,
    ],
    [
      "a domain that only ends like the zone",
      set(["agents", 0, "domain"], "chat-01.evilstaging.example.com"),
      /agents\[0\]\.domain: .*; allowed: a name under account\.zoneName/,
    ],
    [
      "a wildcard domain",
      set(["agents", 0, "domain"], "*.staging.example.com"),
      /agents\[0\]\.domain: got "\*\.staging\.example\.com"; allowed: a host name in lower case/,
    ],
    [
      "a certificate of another region",
      set(
        ["agents", 0, "certificate", "arn"],
        "arn:aws:acm:us-east-1:123456789012:certificate/00000001-1111-4222-8333-444444444441",
      ),
      /agents\[0\]\.certificate\.arn: .*; allowed: a certificate of this account and region/,
    ],
    [
      "an imported certificate without proof of ownership",
      set(["agents", 0, "certificate", "source"], "imported"),
      /agents\[0\]\.certificate\.ownershipVerificationCertificateArn: got nothing/,
    ],
    [
      "an upstream without TLS",
      set(["agents", 0, "upstream", "url"], "http://chat-01.agents.staging.example.com"),
      /agents\[0\]\.upstream\.url: .*; allowed: an https:\/\/ URL/,
    ],
    [
      "an exception from mutual TLS without a reason",
      set(["agents", 0, "mutualTlsException"], { recorded: "2026-11-01", expires: "2027-01-31" }),
      /agents\[0\]\.mutualTlsException\.reason: got nothing; allowed: 20 to 500 characters that say why/,
    ],
    [
      "an exception from mutual TLS without an end",
      set(["agents", 0, "mutualTlsException"], {
        reason: "The partner's client cannot show a certificate yet.",
        recorded: "2026-11-01",
        expires: "2029-11-01",
      }),
      /agents\[0\]\.mutualTlsException\.expires: got "2029-11-01"; allowed: a day after 2026-11-01 and within a year/,
    ],
    [
      "an exception on a day that does not exist",
      set(["agents", 0, "mutualTlsException"], {
        reason: "The partner's client cannot show a certificate yet.",
        recorded: "2026-11-01",
        expires: "2027-02-30",
      }),
      /agents\[0\]\.mutualTlsException\.expires: got "2027-02-30"; allowed: a calendar day/,
    ],
    [
      "a WebSocket agent with an exception from what it cannot have",
      set(["agents", 14, "mutualTlsException"], {}),
      /agents\[14\]\.mutualTlsException: got an unknown key/,
    ],
    [
      "a route that the contract does not have",
      set(["agents", 0, "configuration", "routes"], ["/chat", "/chats"]),
      /agents\[0\]\.configuration\.routes\[1\]: got "\/chats"; allowed: a path of the contract: \/chat, /,
    ],
    [
      "a client that an agent names and nobody declares",
      set(["agents", 0, "configuration", "clients"], ["web-ap"]),
      /agents\[0\]\.configuration\.clients\[0\]: got "web-ap"; allowed: one of clients: web-app/,
    ],
    [
      "a quota of the account that is exceeded",
      set(["account", "quotas", "customDomains"], 17),
      /account\.quotas\.customDomains: got a need of 18 custom domains, one an agent; allowed: 17, the account's quota/,
    ],
    [
      "more reserved concurrency than the account has",
      set(["functions", "edge", "reservedConcurrency"], 385),
      /account\.quotas\.lambdaConcurrency: got a need of 1001 concurrent executions/,
    ],
    [
      "a function that outlives the gateway's patience",
      set(["gateway", "integrationTimeoutMs"], 28_000),
      /functions\.edge\.timeoutSeconds: got 28000 ms; allowed: less than gateway\.integrationTimeoutMs, 28000 ms/,
    ],
    [
      "a firewall that slows down who keeps to its tier",
      set(["firewall", "rateSteps", "rest", "byClientKey", "windowSeconds"], 600),
      /firewall\.rateSteps\.rest\.byClientKey\.slowDown\.limit: got 28800 requests in 600 s; allowed: at least 48000/,
    ],
    [
      "a firewall that slows /vision down below its own rate",
      set(["limits", "rates", "vision", "requestsPerSecond"], 25),
      /firewall\.rateSteps\.vision\.byClientKey\.slowDown\.limit: got 7200 requests in 300 s; allowed: at least 7500/,
    ],
    [
      "a latency budget that is the whole of what was ordered (B8.1)",
      set(["latencyBudget", "upstreamMs"], 580),
      /latencyBudget: got 40 \+ 20 \+ 60 \+ 580 = 700 ms; allowed: hops that add up to less than 700 ms.*; fix: lower a hop's budget/,
    ],
    [
      "a latency budget without a hop",
      set(["latencyBudget", "storeMs"], undefined),
      /latencyBudget\.storeMs: got nothing; allowed: a whole number from 1 to 700/,
    ],
    [
      "a client's rate that its exact counter can't carry (B4.1)",
      set(["tiers", "gold", "requestsPerSecond"], 84),
      /tiers\.gold\.requestsPerSecond: got 84 requests a second of one client; allowed: at most 83, .*clockDifferenceMs 1000; fix: lower/,
    ],
    [
      "clocks so far apart that the exact counter can't carry a tier's rate",
      set(["data", "claims", "clockDifferenceMs"], 2_000),
      /tiers\.gold\.requestsPerSecond: got 80 requests a second of one client; allowed: at most 7\d,/,
    ],
    [
      "more warm instances than are reserved",
      set(["functions", "authorizer", "provisionedConcurrency"], 301),
      /functions\.authorizer\.provisionedConcurrency: got 301 instances; allowed: at most functions\.authorizer\.reservedConcurrency, 300/,
    ],
    [
      "answers that are gone before their record",
      set(["data", "answers", "retentionDays"], 1),
      /data\.answers\.retentionDays: got 1; allowed: a whole number from 2 to 7/,
    ],
    [
      "an upstream that outlives the function",
      set(["agents", 5, "upstream", "timeoutMs"], 28_000),
      /agents\[5\]\.upstream\.timeoutMs: got 28000 ms; allowed: less than 25000 ms: functions\.edge\.timeoutSeconds less 3000 ms/,
    ],
    [
      "an upstream for the tickets, which the edge itself issues (B5.3)",
      set(["agents", 13, "upstream"], { url: "https://tickets.example.com", timeoutMs: 1_000 }),
      /agents\[13\]\.upstream: got .*; allowed: none: the edge itself answers \/realtime-voice\/tickets; fix: remove it/,
    ],
    [
      "an agent that nobody stands behind",
      set(["agents", 0, "upstream"], undefined),
      /agents\[0\]\.upstream: got nothing; allowed: url and timeoutMs/,
    ],
    [
      "an agent that issues tickets and does something else",
      set(["agents", 13, "configuration", "routes"], ["/realtime-voice/tickets", "/chat"]),
      /agents\[13\]\.configuration\.routes: .*allowed: \/realtime-voice\/tickets alone/,
    ],
    [
      "a client of voice sessions without an origin (B5.3)",
      set(["clients", 0, "origins"], undefined),
      /clients\[0\]\.origins: got nothing; allowed: at least one origin/,
    ],
    [
      "clocks that differ by one number here and another there",
      set(["voice", "sessions", "skewAllowanceMs"], 500),
      /voice\.sessions\.skewAllowanceMs: got 500 ms; allowed: 1000 ms, data\.claims\.clockDifferenceMs/,
    ],
    [
      "an origin with a path",
      set(["clients", 0, "origins"], ["https://app.example.com/"]),
      /clients\[0\]\.origins\[0\]: .*; allowed: https:\/\/<host>/,
    ],
    [
      "a breaker's probe that its lease does not cover (B3.3)",
      set(["upstreams", "breaker", "probeLeaseMs"], 21_300),
      /upstreams\.breaker\.probeLeaseMs: got 21300 beside agents\[5\]\.upstream\.timeoutMs, 24000; allowed: at least 25300/,
    ],
    [
      "a try shorter than an agent gets",
      set(["upstreams", "retry", "minimumTryMs"], 21_000),
      /upstreams\.retry\.minimumTryMs: got 21000 beside agents\[0\]\.upstream\.timeoutMs, 20000; allowed: a try gets/,
    ],
    [
      "a frame that is held for longer than the function lives (B4.2)",
      set(["voice", "sessions", "longestHoldMs"], 16_000),
      /agents\[14\]\.upstream\.timeoutMs: got 10000 ms; allowed: at most 9500 ms/,
    ],
    [
      "records of trust that are too old before they are read again",
      set(["trust", "records"], { refreshSeconds: 30, maxAgeSeconds: 30 }),
      /trust\.records\.maxAgeSeconds: got 30; allowed: more than refreshSeconds, 30/,
    ],
  ])("refuses %s", (_, change, line) => {
    const problems = problemsAfter(change);
    expect(problems.join("\n")).toMatch(line);
  });

  it("accepts a client's rate that its exact counter just carries, and as many warm instances as are reserved", () => {
    const problems = problemsAfter((values) => {
      set(["tiers", "gold", "requestsPerSecond"], 83)(values);
      set(["functions", "edge", "provisionedConcurrency"], 300)(values);
      set(["latencyBudget", "upstreamMs"], 579)(values);
      // Room for the faster tier.
      for (const key of ["byClientKey", "byIpAddress"])
        set(["firewall", "rateSteps", "rest", key, "slowDown", "limit"], 30_000)(values);
      set(["firewall", "rateSteps", "rest", "byClientKey", "warn", "limit"], 24_900)(values);
    });
    expect(problems).toEqual([]);
  });

  it("refuses a class that the contract names and the limits do not have", () => {
    const problems = problemsAfter((values) => {
      delete (values["limits"] as Data)["bodies"]?.["vision"];
    });
    expect(problems.join("\n")).toMatch(/limits\.bodies.*vision/);
  });

  it("refuses a path of the contract that no agent serves", () => {
    const problems = problemsAfter((values) => {
      for (const i of [9, 10, 11, 12]) set(["agents", i, "configuration", "routes"], ["/chat"])(values);
    });
    expect(problems).toEqual([expect.stringMatching(/agents: got no agent that serves \/avatar/)]);
  });

  it("reports every problem in one go, one line each", () => {
    const problems = problemsAfter((values) => {
      set(["gateway", "stageName"], "V1")(values);
      set(["account", "zoneName"], "")(values);
      set(["clients"], [])(values);
      set(["extra"], 1)(values);
    });
    expect(problems).toHaveLength(4);
    for (const line of problems) expect(line).toMatch(/^ {2}\S.*: got .+; allowed: .+; fix: .+$/);
  });

  it("refuses a secret, without showing it", () => {
    const config = stackConfig({ ...stagingValues(), token: "example-secret" });
    const load = () => loadSettings({ ...config, secretKeys: ["fase-b:token"] }, contract);
    expect(load).toThrow(/fase-b:token: got a secret; allowed: no secret in configuration/);
    expect(load).not.toThrow(/example-secret/);
  });

  it("refuses provider configuration, since the providers are explicit", () => {
    const config = stackConfig(stagingValues());
    const load = () =>
      loadSettings({ ...config, values: { ...config.values, "aws:region": "us-east-1" } }, contract);
    expect(load).toThrow(/aws:region: got "us-east-1"; allowed: keys of the project/);
  });

  it("answers any broken value with problems, never with another error", () => {
    const leaves: (string | number)[][] = [];
    const walk = (value: unknown, path: (string | number)[]): void => {
      if (path.length > 0) leaves.push(path);
      if (Array.isArray(value)) value.forEach((entry, i) => walk(entry, [...path, i]));
      else if (typeof value === "object" && value !== null)
        Object.entries(value).forEach(([key, entry]) => walk(entry, [...path, key]));
    };
    walk(stagingValues(), []);
    fc.assert(
      fc.property(fc.constantFrom(...leaves), fc.jsonValue(), (path, value) => {
        const lines = problemsAfter(set(path, value));
        for (const line of lines) expect(line).toMatch(/^ {2}\S.*: got .+; allowed: .+; fix: .+$/);
      }),
      { numRuns: 150 },
    );
  });
});
