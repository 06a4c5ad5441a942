import { describe, expect, it, type TestContext } from "vitest";
import { proberConfigurations, toYaml } from "../../infra/prober/proberRules";
import { proberArgs } from "../../infra/prober/testSupport";
import {
  check,
  container,
  checkScrape,
  expressionOf,
  EXTERNAL_SECRETS_JOB,
  firing,
  healthyWatchers,
  JOB,
  LIMIT,
  rulesFile,
  sample,
  seriesOfAll,
  valuesOf,
  type Series,
} from "./support/alerts";
import { VARIABLES } from "./support/tools";

/** promtool's path; without it the test says why it does not run. */
function promtool(context: TestContext): string {
  const path = process.env[VARIABLES.promtool];
  if (path === undefined) context.skip("no promtool: npm run test:prober says why");
  return path ?? "";
}

const MINUTES = 130;
const DAY_SECONDS = 86_400;

/** A domain on which all is as it should be. */
const healthy = (): Series[] => [
  ...["good", "revoked", "connect", "tls", "upstream"].map((probe) =>
    sample("probe_success", probe, `1+0x${MINUTES}`),
  ),
  ...["none", "expired", "foreign"].map((probe) => sample("probe_success", probe, `0+0x${MINUTES}`)),
  sample("probe_http_status_code", "good", `400+0x${MINUTES}`),
  sample("probe_http_status_code", "revoked", `403+0x${MINUTES}`),
  ...["none", "expired", "foreign"].map((probe) => sample("probe_http_status_code", probe, `0+0x${MINUTES}`)),
];

/** The healthy domain with some series otherwise. */
const but = (...others: Series[]): Series[] => {
  const changed = new Set(others.map(({ series }) => series));
  return [
    ...[...healthyWatchers(MINUTES), ...healthy()].filter(({ series }) => !changed.has(series)),
    ...others,
  ];
};

/** Well for ten minutes, then this. */
const fromTenMinutesOn = (before: number, value: number): string =>
  `${before}+0x9 ${value}+0x${MINUTES - 10}`;

describe("the generated files", () => {
  const { scrape } = proberConfigurations(proberArgs());

  it("are a configuration that Prometheus takes", (context) => {
    const path = promtool(context);
    expect(checkScrape(path, scrape)).toContain("SUCCESS");
    expect(() => check(path, "config", toYaml({ ...scrape, scrape_configurations: [] }))).toThrow(
      /scrape_configurations/,
    );
  });

  it("are expressions and templates that Prometheus takes", (context) => {
    const path = promtool(context);
    const rules = toYaml(rulesFile());
    expect(check(path, "rules", rules)).toMatch(/SUCCESS: 13 rules found/);
    const broken = rules.replace("and on (domain)", "and in (domain)");
    expect(() => check(path, "rules", broken)).toThrow(/parse error/);
  });
});

describe("an alert", () => {
  it("is not raised while all is well", (context) => {
    for (const at of ["0s", "5m", "31m", "2h"])
      expect(firing(promtool(context), but(), at, "1m")).toEqual([]);
  });

  it.for<[string, Series[], string, string, string[]]>([
    [
      "mutual TLS down (B1.5)",
      [sample("probe_success", "good", fromTenMinutesOn(1, 0))],
      "11m50s",
      "12m",
      ["MutualTlsDown good"],
    ],
    [
      "a domain that nobody reaches",
      ["good", "connect"].map((probe) => sample("probe_success", probe, fromTenMinutesOn(1, 0))),
      "14m50s",
      "15m",
      ["DomainUnreachable connect"],
    ],
    [
      "a WebSocket domain without TLS",
      [sample("probe_success", "tls", fromTenMinutesOn(1, 0))],
      "14m50s",
      "15m",
      ["DomainUnreachable tls"],
    ],
    [
      "a door that is open to an expired certificate",
      [sample("probe_http_status_code", "expired", fromTenMinutesOn(0, 400))],
      "9m50s",
      "10m",
      ["MutualTlsOpen expired"],
    ],
    [
      "a door that redirects a caller without a certificate",
      [sample("probe_http_status_code", "none", fromTenMinutesOn(0, 302))],
      "9m50s",
      "10m",
      ["MutualTlsOpen none"],
    ],
    [
      "a revoked certificate that is answered",
      [sample("probe_http_status_code", "revoked", fromTenMinutesOn(403, 200))],
      "9m50s",
      "10m",
      ["MutualTlsOpen revoked"],
    ],
    [
      "a revoked certificate that is throttled, which says nothing",
      [sample("probe_http_status_code", "revoked", fromTenMinutesOn(403, 429))],
      "39m50s",
      "40m",
      ["MutualTlsUnproven revoked"],
    ],
    [
      "an authorizer that fails for the revoked one alone",
      [sample("probe_http_status_code", "revoked", fromTenMinutesOn(403, 500))],
      "39m50s",
      "40m",
      ["MutualTlsUnproven revoked"],
    ],
    [
      "a revoked certificate that is refused for its key",
      [sample("probe_success", "revoked", fromTenMinutesOn(1, 0))],
      "39m50s",
      "40m",
      ["MutualTlsUnproven revoked"],
    ],
    [
      "a revoked certificate that has expired",
      [
        sample("probe_http_status_code", "revoked", fromTenMinutesOn(403, 0)),
        sample("probe_success", "revoked", fromTenMinutesOn(1, 0)),
      ],
      "39m50s",
      "40m",
      ["ProberCertificatesStale revoked"],
    ],
    [
      "an agent that is not known by our roots",
      [sample("probe_success", "upstream", fromTenMinutesOn(1, 0))],
      "39m50s",
      "40m",
      ["UpstreamUnverified upstream"],
    ],
  ])("of %s comes at its time and not before", ([, changes, before, at, alerts], context) => {
    const path = promtool(context);
    expect(firing(path, but(...changes), before)).toEqual([]);
    expect(firing(path, but(...changes), at)).toEqual(alerts);
  });

  it("of mutual TLS is not raised for another domain's network, nor hidden by another's health", (context) => {
    const other = "chat-02.staging.example.com";
    const series = but(
      sample("probe_success", "good", fromTenMinutesOn(1, 0)),
      sample("probe_success", "good", `1+0x${MINUTES}`, other),
      sample("probe_success", "connect", fromTenMinutesOn(1, 0), other),
    );
    expect(firing(promtool(context), series, "13m")).toEqual(["MutualTlsDown good"]);
  });

  it.for([0, 403, 429, 503])("of mutual TLS down says what the good one got: %d", (status, context) => {
    const series = but(
      sample("probe_success", "good", fromTenMinutesOn(1, 0)),
      sample("probe_http_status_code", "good", fromTenMinutesOn(400, status)),
    );
    expect(valuesOf(promtool(context), series, expressionOf("MutualTlsDown"), "9m")).toEqual([]);
    expect(valuesOf(promtool(context), series, expressionOf("MutualTlsDown"), "12m")).toEqual([
      `all ${status}`,
    ]);
    expect(firing(promtool(context), series, "12m")).toEqual(["MutualTlsDown good"]);
  });

  it("of an open door waits for the good one: a refusal of everybody is another alert", (context) => {
    const series = but(
      sample("probe_success", "good", fromTenMinutesOn(1, 0)),
      sample("probe_http_status_code", "none", fromTenMinutesOn(0, 404)),
    );
    expect(firing(promtool(context), series, "11m")).toEqual([]);
    expect(firing(promtool(context), series, "12m")).toEqual(["MutualTlsDown good"]);
  });

  it("starts anew when the good one succeeds in between", (context) => {
    const flapping = sample("probe_success", "good", "1 0 1 0 1 0 1 0 1 0 1 0 1 0");
    expect(firing(promtool(context), but(flapping), "13m")).toEqual([]);
  });
});

describe("the watchers' own alerts", () => {
  const without = (one: (series: string) => boolean): Series[] => but().filter(({ series }) => !one(series));

  it("say that the exporter is dead", (context) => {
    const dead = but().map(({ series, values }) => ({
      series,
      values: series.startsWith(`up{job="${JOB}"`) ? fromTenMinutesOn(1, 0) : values,
    }));
    expect(firing(promtool(context), dead, "14m50s")).toEqual([]);
    expect(firing(promtool(context), dead, "15m")).toEqual(["ProberDown"]);
  });

  it("say that a single probe is not made any more, and that none is", (context) => {
    const path = promtool(context);
    const last = `up{job="${JOB}",instance="${seriesOfAll() - 1}"}`;
    expect(
      firing(
        path,
        without((series) => series === last),
        "4m50s",
      ),
    ).toEqual([]);
    expect(
      firing(
        path,
        without((series) => series === last),
        "5m",
      ),
    ).toEqual(["ProberDown"]);
    expect(
      firing(
        path,
        without((series) => series.startsWith("up{")),
        "5m",
      ),
    ).toEqual(["ProberDown"]);
  });

  it("say that a secret is not fetched any more, and that nobody fetches", (context) => {
    const path = promtool(context);
    const isFetching = (series: string): boolean => series.includes(EXTERNAL_SECRETS_JOB);
    const stale = but().map(({ series, values }) => ({
      series,
      values: series.includes("prober-api-key") ? fromTenMinutesOn(1, 0) : values,
    }));
    expect(firing(path, stale, "39m50s")).toEqual([]);
    expect(firing(path, stale, "40m")).toEqual(["ProberSecretsStale"]);
    expect(firing(path, without(isFetching), "29m50s")).toEqual([]);
    expect(firing(path, without(isFetching), "30m")).toEqual(["ProberSecretsStale"]);
  });
});

describe("a certificate's remaining life", () => {
  const expiry = (probe: string, seconds: number): Series =>
    sample("probe_ssl_earliest_cert_expiry", probe, `${seconds}+0x${MINUTES}`);
  // promtool's clock begins at 0. After the first minute less than a fifth of 198 days is left, and a quarter of 7.
  const domainExpiry = 60 + 0.2 * 198 * DAY_SECONDS;
  const agentExpiry = 60 + 0.25 * 7 * DAY_SECONDS;

  it.for<[string, Series, string, string, string]>([
    ["a domain", expiry("good", domainExpiry), "61m", "62m", "DomainCertificateExpiring good"],
    ["a WebSocket domain", expiry("tls", domainExpiry), "61m", "62m", "DomainCertificateExpiring tls"],
    ["an agent", expiry("upstream", agentExpiry), "6m", "7m", "UpstreamCertificateExpiring upstream"],
  ])(
    "of %s raises an alert below its share, a stated time later",
    ([, series, before, at, alert], context) => {
      const path = promtool(context);
      expect(firing(path, but(series), before)).toEqual([]);
      expect(firing(path, but(series), at)).toEqual([alert]);
    },
  );
});

describe("the agents' containers", () => {
  const memory = (bytes: number): Series =>
    container("container_memory_working_set_bytes", fromTenMinutesOn(LIMIT / 2, bytes));

  it("raise an alert above their share of memory, and not at it", (context) => {
    const path = promtool(context);
    const above = but(memory(LIMIT * 0.9 + 1));
    expect(firing(path, above, "14m50s")).toEqual([]);
    expect(firing(path, above, "15m")).toEqual(["AgentMemoryHigh chat-01-0"]);
    expect(firing(path, but(memory(LIMIT * 0.9)), "60m", "1m")).toEqual([]);
  });

  it("are apart from each other, and one without a limit is near none", (context) => {
    const others = ["chat-02-0", "chat-03-0"].flatMap((pod) => [
      container("container_memory_working_set_bytes", `${LIMIT * 2}+0x${MINUTES}`, pod),
      container("container_spec_memory_limit_bytes", `${pod === "chat-02-0" ? LIMIT : 0}+0x${MINUTES}`, pod),
    ]);
    expect(firing(promtool(context), but(...others), "6m")).toEqual(["AgentMemoryHigh chat-02-0"]);
  });

  it("are missed when none is seen any more, and not before their time", (context) => {
    const path = promtool(context);
    const gone = but(
      container("container_memory_working_set_bytes", `${LIMIT / 2}+0x9 stale`),
      container("container_spec_memory_limit_bytes", `${LIMIT}+0x9 stale`),
    );
    expect(firing(path, gone, "19m50s")).toEqual([]);
    expect(firing(path, gone, "20m")).toEqual(["AgentsSilent"]);
  });
});
