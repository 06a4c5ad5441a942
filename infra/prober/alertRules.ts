import { orUnanswered, type Alert } from "../observability/alerts/alert";
import type { ProberSettings } from "./prober.schema";
import { REFUSED_IN_TLS } from "./probes";

const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3_600;

export interface AlertRulesArgs {
  readonly jobs: { readonly prober: string; readonly externalSecrets: string };
  readonly alerts: ProberSettings["alerts"];
  /** How many series a complete prober has. */
  readonly series: number;
  /** The ExternalSecrets that it lives on. */
  readonly secrets: { readonly namespace: string; readonly names: readonly string[] };
  /** The domains' public certificates. */
  readonly domains: { readonly lifetimeDays: number; readonly alarmAtRemainingPercent: number };
  /** The agents' own. */
  readonly upstreams: { readonly lifetimeDays: number; readonly alarmAtRemainingPercent: number };
}

/** What the doors' probes say (B1.5). Annotations are Grafana's templates: `$values.A` is what the expression returned. */
export const alertRules = (args: AlertRulesArgs): readonly Alert[] => [
  ...doorRules(args),
  ...watcherRules(args),
  ...certificateRules(args),
];

const firing = (expr: string): Alert["condition"] => ({ source: "prometheus", expr });

function selectors({ jobs }: AlertRulesArgs) {
  const of = (metric: string, probes: string): string =>
    `${metric}{job="${jobs.prober}",probe${probes.includes("|") ? "=~" : "="}"${probes}"}`;
  const early = REFUSED_IN_TLS.join("|");
  return {
    of,
    early,
    bad: `${early}|revoked`,
    success: (probes: string): string => of("probe_success", probes),
    /** 0 where no answer came. */
    status: (probes: string): string => of("probe_http_status_code", probes),
    /** Only beside it does a refusal prove anything. */
    whileGoodSucceeds: `and on (domain) (${of("probe_success", "good")} == 1)`,
  };
}

function doorRules(args: AlertRulesArgs): readonly Alert[] {
  const { alerts } = args;
  const { of, early, bad, success, status, whileGoodSucceeds } = selectors(args);
  return [
    {
      name: "MutualTlsDown",
      // Where nothing can be reached it is the network: DomainUnreachable. The value is the status, which has no part in when it rings:
      // every probe by HTTP has one. https://github.com/prometheus/blackbox_exporter/blob/master/prober/http.go
      condition: firing(
        `(${status("good")} and on (domain) (${success("good")} == 0)) and on (domain) (${success("connect")} == 1)`,
      ),
      forSeconds: alerts.downAfterSeconds,
      clauses: ["B1.5"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: orUnanswered(
        'Mutual TLS is down on {{ $labels.domain }}: a good certificate gets HTTP status {{ printf "%.0f" $values.A.Value }}',
        "Prometheus gives no answer: whether mutual TLS works is not known",
      ),
      description:
        "A good client certificate is not let through, though the domain can be reached. Status 0, no answer: the probe's certificate, the truststore's version. 403: the issuers in the table of trust, the authorizer's log. 429: the prober's own limits, the firewall. 5xx: the authorizer, the gateway.",
      whenSilent: "ok",
      ringsUnanswered: true,
    },
    {
      name: "MutualTlsOpen",
      // 403 is a refusal, 429 and 5xx are no answer to the certificate: MutualTlsUnproven.
      condition: firing(
        [
          `((${status(bad)} > 0) < 500 unless (${status(bad)} == 403 or ${status(bad)} == 429))`,
          whileGoodSucceeds,
        ].join(" "),
      ),
      // At once: nothing that passes by itself looks like this.
      forSeconds: 0,
      clauses: ["B1.5"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: "{{ $labels.domain }} answers a caller whose certificate is {{ $labels.probe }}",
      description: `It got HTTP status {{ printf "%.0f" $values.A.Value }}, as a good one does. Close the door first: roll back, or block the domain's clients.`,
      whenSilent: "ok",
    },
    {
      name: "MutualTlsRefusedLate",
      condition: firing(
        [
          `((${of("probe_failed_due_to_regex", early)} == 1) and (${status(early)} == 403))`,
          whileGoodSucceeds,
        ].join(" "),
      ),
      forSeconds: alerts.unprovenAfterSeconds,
      clauses: ["B5.3"],
      severity: "ticket",
      dashboard: "mutual-tls",
      summary: "{{ $labels.domain }} lets a certificate that is {{ $labels.probe }} as far as the authorizer",
      description:
        "One of two doors is open: the authorizer refuses it, the gateway should have. See the truststore that the domain pins.",
      whenSilent: "ok",
    },
    {
      name: "MutualTlsUnproven",
      condition: firing(
        [
          `((${status(bad)} >= 500 or ${status(bad)} == 429)`,
          `or ((${success("revoked")} == 0) and (${status("revoked")} == 403)))`,
          whileGoodSucceeds,
        ].join(" "),
      ),
      forSeconds: alerts.unprovenAfterSeconds,
      clauses: ["B1.5"],
      severity: "ticket",
      dashboard: "mutual-tls",
      summary:
        "On {{ $labels.domain }} a certificate that is {{ $labels.probe }} is refused for another reason",
      description: "Whether it would be refused for itself is not known while this lasts.",
      whenSilent: "ok",
    },
    {
      name: "DomainUnreachable",
      condition: firing(`${success("connect|tls")} == 0`),
      forSeconds: alerts.unreachableAfterSeconds,
      clauses: ["B1.5"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: "{{ $labels.domain }} cannot be reached from the prober",
      description:
        "All domains at once: the prober's network or resolver, or the networks that it may connect to have changed. One: its DNS record or its domain.",
      whenSilent: "ok",
    },
  ];
}

function watcherRules(args: AlertRulesArgs): readonly Alert[] {
  const { alerts, jobs, secrets, series } = args;
  const { status, whileGoodSucceeds } = selectors(args);
  const fresh = `externalsecret_status_condition{job="${jobs.externalSecrets}",namespace="${secrets.namespace}",name=~"${secrets.names.join("|")}",condition="Ready",status="True"}`;
  return [
    {
      name: "ProberDown",
      // What is not there at all counts as well.
      condition: firing(`(count(up{job="${jobs.prober}"} == 1) or vector(0)) < ${series}`),
      forSeconds: alerts.proberDownAfterSeconds,
      clauses: ["B1.5"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: orUnanswered(
        `The prober answers for {{ printf "%.0f" $values.A.Value }} of ${series} probes`,
        "Prometheus gives no answer: whether the prober works is not known, and no alert that asks it rings",
      ),
      description: "Mutual TLS could be down, or open, and nobody would know.",
      whenSilent: "ok",
      ringsUnanswered: true,
    },
    {
      name: "ProberSecretsStale",
      condition: firing(`(count(${fresh} == 1) or vector(0)) < ${secrets.names.length}`),
      forSeconds: alerts.unprovenAfterSeconds,
      clauses: ["B1.5"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: `{{ printf "%.0f" $values.A.Value }} of the prober's ${secrets.names.length} secrets are fresh`,
      description:
        "External Secrets cannot fetch them or is not there: the prober's certificates will expire. See the ExternalSecrets' status and the role's rights.",
      whenSilent: "ok",
    },
    {
      name: "ProberCertificatesStale",
      // The revoked one is to reach the authorizer. Refused before, it has expired, and the good one is the next.
      condition: firing(`(${status("revoked")} == 0) ${whileGoodSucceeds}`),
      forSeconds: alerts.unprovenAfterSeconds,
      clauses: ["B1.5"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: "The prober's revoked certificate is refused in TLS on {{ $labels.domain }}",
      description:
        "It has expired or is of an issuer that is not trusted any more: rotate-prober-certificates is behind. Revocation is not tried until it runs.",
      whenSilent: "ok",
    },
  ];
}

function certificateRules(args: AlertRulesArgs): readonly Alert[] {
  const { alerts, domains, upstreams } = args;
  const { of, success } = selectors(args);
  const percentLeft = (probes: string, lifetimeDays: number): string =>
    `100 * (${of("probe_ssl_earliest_cert_expiry", probes)} - time()) / ${lifetimeDays * DAY_SECONDS}`;
  return [
    {
      name: "DomainCertificateExpiring",
      condition: firing(
        `${percentLeft("good|tls", domains.lifetimeDays)} < ${domains.alarmAtRemainingPercent}`,
      ),
      forSeconds: HOUR_SECONDS,
      clauses: ["B5.1"],
      severity: "ticket",
      dashboard: "lifetimes",
      summary: `{{ $labels.domain }} shows a certificate with {{ printf "%.0f" $values.A.Value }} % of its life left`,
      description: "Its renewal has failed, or the domain still has the old one.",
      whenSilent: "ok",
    },
    {
      name: "UpstreamCertificateExpiring",
      condition: firing(
        `${percentLeft("upstream", upstreams.lifetimeDays)} < ${upstreams.alarmAtRemainingPercent}`,
      ),
      forSeconds: alerts.unreachableAfterSeconds,
      clauses: ["B5.2"],
      severity: "page",
      dashboard: "lifetimes",
      summary: `The agent at {{ $labels.domain }} shows a certificate with {{ printf "%.0f" $values.A.Value }} % of its life left`,
      description:
        "cert-manager has not renewed it, or the agent still serves the old one: see its Certificate and whether the agent reads its files again.",
      whenSilent: "ok",
    },
    {
      name: "UpstreamUnverified",
      condition: firing(`${success("upstream")} == 0`),
      forSeconds: alerts.unprovenAfterSeconds,
      // Once its certificate has expired no handshake shows its end: UpstreamCertificateExpiring falls silent.
      clauses: ["B5.2"],
      severity: "page",
      dashboard: "mutual-tls",
      summary: "The agent at {{ $labels.domain }} cannot be reached, or not be known by our roots",
      description:
        "Its certificate has expired or is of another authority, or the agent is down; its certificate's age is not known while this lasts.",
      whenSilent: "ok",
    },
  ];
}
