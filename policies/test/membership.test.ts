import { describe, expect, it } from "vitest";
import { buildPolicies, definitions } from "../catalogue";
import { noRelease } from "../lib/release/record";
import { clauses } from "../clauses";

/** Name, kind, level, severity, clauses: what leaves the pack, or is turned down in it, shows here. */
const pinned = `
production-requires-letter resource mandatory critical B0.1 B0.2
stack-binds-facts stack mandatory critical B0.1
aliases-forbid-other-stacks resource mandatory critical B0.1
stateful-resources-require-protection resource mandatory critical B0.1 B0.2
provider-requires-one-account resource mandatory critical B0.1
resources-bind-one-provider stack mandatory critical B0.1
service-provider-requires-tls resource mandatory high B1.2 B6.1
resources-forbid-unjudged-types resource mandatory high B5.3
component-requires-clauses resource mandatory medium B7.7
exceptions-require-record stack mandatory high B0.4
exceptions-list-use stack advisory low B0.4
evidence-bucket-requires-lock stack mandatory critical B0.4
evidence-bucket-binds-key stack mandatory high B0.4
evidence-bucket-forbids-changes stack mandatory critical B0.4 B2.3
evidence-binds-channel stack mandatory high B0.4
stage-requires-access-log resource mandatory high B1.6 B8.3
voice-stage-requires-access-log resource mandatory high B1.6 B8.3
stage-requires-tracing resource mandatory medium B1.6
method-settings-require-safe-logging resource mandatory critical B1.6 B8.3
api-requires-problem-answers resource mandatory medium B1.6 B4.4
log-group-requires-retention resource mandatory medium B1.6 B8.3
logs-bind-groups stack mandatory high B1.6 B8.3
function-requires-tracing resource mandatory medium B1.6
dashboards-bind-stages stack mandatory high B1.1
data-sources-bind-readers stack mandatory high B1.1
data-source-forbids-secrets resource mandatory high B1.1 B6.1
grafana-texts-forbid-secrets resource mandatory high B1.1 B6.1
ordered-alerts-bind-pager stack mandatory critical B1.2 B1.3 B1.4 B1.5
alerts-bind-pager stack mandatory critical B1.2 B1.3 B1.4 B1.5
rule-group-requires-runbook resource mandatory high B1.2 B7.5
alerts-bind-dashboards stack mandatory medium B1.1 B7.5
alerts-bind-metrics stack mandatory high B1.2 B5.2 B6.1
contact-point-forbids-secrets resource mandatory high B1.2 B6.1
pager-services-bind-people stack mandatory critical B1.2 B1.3 B1.4 B1.5
topics-bind-pager stack mandatory high B1.2 B5.1
readers-bind-metrics stack mandatory high B1.1 B8.3
grafana-requires-provenance resource mandatory high B1.1 B1.2
grafana-binds-folder stack mandatory medium B1.1 B1.2
metric-filters-bind-logs stack mandatory high B1.1 B1.4 B8.3
log-subscriptions-bind-functions stack mandatory high B8.3
invocations-bind-functions stack mandatory high B7.5
scans-require-schedule stack mandatory high B2.1 B2.2 B8.5
scans-limit-egress stack mandatory high B0.1 B2.1 B2.2
scans-bind-account stack mandatory high B2.1 B2.2 B6.1
images-require-pins stack advisory high B1.5 B2.1 B2.2 B6.2
tables-bind-keys stack mandatory high B3.1 B8.3
table-requires-recovery resource mandatory high B3.1 B4.1
table-requires-expiry resource mandatory medium B3.1
table-requires-on-demand-billing resource mandatory medium B3.1
table-forbids-copies resource mandatory medium B3.1
rights-bind-data stack mandatory critical B3.1 B4.1 B5.3
written-buckets-bind-keys stack mandatory high B3.1 B8.3
written-buckets-require-expiry stack mandatory medium B3.1 B8.3
operations-require-idempotency-key resource mandatory high B3.1
integrations-bind-timeouts stack mandatory high B3.1 B3.2
usage-plan-requires-quota resource mandatory high B4.1
usage-plans-bind-keys stack mandatory high B4.1
method-settings-limit-rate resource mandatory high B4.3 B4.4
operations-bind-throttles stack mandatory high B4.1 B4.3 B4.4
web-acl-requires-graduated-steps resource mandatory high B4.3 B4.4
web-acl-requires-vision-size-check resource mandatory high B4.3
web-acl-limits-capacity resource mandatory medium B4.4
web-acl-requires-managed-groups resource mandatory medium B4.4
ip-set-limits-range resource mandatory medium B4.4
web-acl-requires-metrics resource mandatory medium B4.4 B8.3
web-acl-requires-data-protection resource mandatory high B8.3
web-acl-binds-stage stack mandatory critical B4.3 B4.4
web-acl-binds-log stack mandatory high B4.4 B8.3
voice-stage-limits-rate resource mandatory high B4.2
function-limits-concurrency stack mandatory medium B4.4
connection-rights-bind-stages stack mandatory high B4.2 B5.3
certificates-count-thirteen stack mandatory critical B5.1 B8.4
certificate-requires-dns-validation resource mandatory high B5.1
certificates-bind-domains stack mandatory critical B5.1 B8.4
domains-count-eighteen stack mandatory critical B5.4 B8.4
configurations-require-parts stack mandatory critical B5.4 B8.4
domains-bind-expiry-alarm stack mandatory high B5.1 B8.4
domain-requires-mutual-tls resource mandatory critical B5.3
domain-requires-tls-policy resource mandatory high B5.3
voice-domain-requires-tls-policy resource mandatory high B5.3
domains-bind-truststore stack mandatory critical B5.3
api-forbids-default-endpoint resource mandatory critical B5.3
voice-api-forbids-default-endpoint resource mandatory critical B5.3
api-requires-strict-import resource mandatory medium B5.3
operations-require-guards resource mandatory critical B4.1 B4.3 B5.3
calls-bind-functions stack mandatory critical B5.3
stage-binds-deployment stack mandatory high B5.3
voice-connect-binds-authorizer stack mandatory critical B5.3
private-key-requires-strength resource mandatory high B5.3
issuer-requires-constraints resource mandatory critical B5.2 B5.3
issuers-bind-root stack mandatory critical B5.2 B5.3
leaf-limits-lifetime resource mandatory high B5.2
authorities-count-one-issuing stack mandatory high B5.2
authorizer-limits-scans resource mandatory high B5.3 B4.4
authorities-bind-trust stack mandatory critical B5.2 B5.3
authority-keys-bind-secrets stack mandatory high B5.2 B6.1
records-bind-tables stack mandatory high B5.3
issuers-record-binds-authority stack mandatory critical B5.2 B5.3
services-record-binds-authority stack mandatory critical B5.2 B5.3
revocation-records-count-one stack mandatory high B5.3
key-records-bind-keys stack mandatory high B5.3 B6.1
trusted-tables-forbid-writes stack mandatory critical B5.3
cluster-certificate-requires-renewal resource mandatory high B5.2
namespaces-bind-network-policies stack mandatory high B5.2 B5.3
workload-forbids-privileges resource mandatory medium B2.1 B2.2 B5.2 B6.1
secrets-bind-rotation stack mandatory critical B6.1
rotation-limits-interval resource mandatory high B6.1
secrets-bind-key stack mandatory high B6.1
secret-requires-closed-policy resource mandatory critical B6.1
secret-requires-recovery resource mandatory medium B6.1
secrets-bind-uses stack mandatory critical B5.2 B6.1
secret-values-bind-owner stack mandatory high B6.1
resources-limit-ignored-changes stack mandatory high B5.2 B6.1
secrets-bind-readers stack mandatory critical B5.3 B6.1
values-forbid-private-keys stack mandatory critical B5.2 B6.1
gateway-rights-bind-rotations stack mandatory critical B5.2 B6.1
external-secrets-bind-secrets stack mandatory critical B5.2 B6.1
functions-bind-sboms stack mandatory high B6.2
sboms-require-evidence resource mandatory high B6.2 B0.1
patches-require-evidence resource mandatory critical B6.3 B0.1
latency-budget-limits-hops resource mandatory medium B8.1
latency-budgets-count-one stack mandatory medium B8.1
logs-bind-protection stack mandatory high B8.3
latency-requires-evidence resource mandatory critical B8.1 B0.1
errors-require-evidence resource mandatory critical B8.2 B0.1
logs-require-evidence resource mandatory critical B8.3 B0.1
coverage-requires-evidence resource mandatory critical B8.4 B0.1
scans-require-evidence resource mandatory critical B8.5 B0.1
idempotency-requires-evidence resource mandatory critical B8.6 B0.1
breakers-require-evidence resource mandatory critical B8.7 B0.1
rate-limits-require-evidence resource mandatory critical B8.8 B0.1
staging-lists-missing-evidence stack advisory low B0.1 B0.2 B6.2 B6.3 B8.1 B8.2 B8.3 B8.4 B8.5 B8.6 B8.7 B8.8
function-requires-supported-runtime resource mandatory medium B6.3
function-requires-own-code resource mandatory high B5.3 B6.2
function-forbids-secrets resource mandatory critical B5.3 B6.1
function-permission-requires-source resource mandatory high B5.3
role-requires-known-trust resource mandatory high B5.3
role-requires-boundary resource mandatory high B5.3
role-policy-forbids-wildcards resource mandatory high B5.3
role-policy-requires-known-actions resource mandatory high B5.3
functions-bind-roles stack mandatory high B5.3
key-requires-rotation resource mandatory high B6.1 B8.3
log-delivery-forbids-strangers resource mandatory medium B8.3
topic-requires-encryption resource mandatory medium B5.1
topic-policy-forbids-strangers resource mandatory high B5.1
topics-bind-policy stack mandatory medium B5.1
buckets-require-closed-set stack mandatory high B5.3
bucket-policy-requires-tls resource mandatory high B5.3
`;

const built = buildPolicies({
  now: new Date("2026-11-22T18:00:00Z"),
  exceptions: [],
  controlExceptions: [],
  release: noRelease,
});

describe("the pack's membership", () => {
  it("is exactly this, with these levels, severities and clauses", () => {
    const rows = definitions.map(({ name, kind, level, severity, clauses: ids }) =>
      [name, kind, level ?? "mandatory", severity, ...ids].join(" "),
    );
    expect(rows).toEqual(pinned.trim().split("\n"));
  });

  it("names policies mechanically, once each", () => {
    const names = definitions.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) {
      expect(name).toMatch(
        /^[a-z]+(-[a-z]+)*-(requires?|forbids?|limits?|binds?|counts?|lists?)-[a-z]+(-[a-z]+)*$/,
      );
    }
  });

  it("gives every policy what an auditor reads", () => {
    for (const policy of built) {
      expect(policy.description.length).toBeGreaterThan(20);
      expect(policy.remediationSteps?.length ?? 0).toBeGreaterThan(10);
      expect(policy.url).toMatch(/^https:\/\//);
      expect(policy.framework).toMatchObject({ name: "Fase B work order", version: "1" });
      const ids = policy.framework?.reference.split(", ") ?? [];
      for (const id of ids) {
        const clause = clauses.find((candidate) => candidate.id === id);
        expect(policy.framework?.specification).toContain(`${id} ${clause?.text ?? "no such clause"}`);
      }
    }
  });

  it("stands for every clause of this floor (B1.1 to B1.6, B3.1, B4.1, B4.3, B4.4, B5.1 to B5.4, B6.1, B8.4)", () => {
    const covered = new Set<string>(definitions.flatMap(({ clauses: ids }) => ids));
    for (const id of [
      ...["B1.1", "B1.2", "B1.3", "B1.4", "B1.5", "B1.6", "B3.1", "B4.1", "B4.3", "B4.4"],
      ...["B5.1", "B5.2", "B5.3", "B5.4", "B6.1", "B8.4"],
    ])
      expect(covered).toContain(id);
  });
});
