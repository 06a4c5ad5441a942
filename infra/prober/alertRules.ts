import type { ProberSettings } from "./prober.schema";
import { REFUSED_IN_TLS } from "./probes";

const DAY_SECONDS = 86_400;

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

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: {
    readonly severity: "page" | "ticket";
    readonly urgency: "critical" | "high" | "low";
    readonly clause: string;
  };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const CRITICAL = { severity: "page", urgency: "critical" } as const;
const PAGE = { severity: "page", urgency: "high" } as const;
const TICKET = { severity: "ticket", urgency: "low" } as const;

/** https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ */
export function alertRules(args: AlertRulesArgs): {
  readonly groups: { readonly name: string; readonly rules: readonly Rule[] }[];
} {
  return {
    groups: [
      { name: `${args.jobs.prober}-doors`, rules: doorRules(args) },
      { name: `${args.jobs.prober}-watchers`, rules: watcherRules(args) },
      { name: `${args.jobs.prober}-certificates`, rules: certificateRules(args) },
    ],
  };
}

function selectors({ jobs }: AlertRulesArgs) {
  const of = (metric: string, probes: string): string => `${metric}{job="${jobs.prober}",probe=~"${probes}"}`;
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

function doorRules(args: AlertRulesArgs): Rule[] {
  const { alerts } = args;
  const { of, early, bad, success, status, whileGoodSucceeds } = selectors(args);
  return [
    {
      alert: "MutualTlsDown",
      // Where nothing can be reached it is the network: DomainUnreachable.
      expr: `(${success("good")} == 0) and on (domain) (${success("connect")} == 1)`,
      for: `${alerts.downAfterSeconds}s`,
      labels: { ...CRITICAL, clause: "B1.5" },
      annotations: {
        summary: "Mutual TLS is down on {{ $labels.domain }}",
        description:
          "A good client certificate is not let through, though the domain can be reached: see the probe's certificate, the truststore's version, the issuers in the table of trust, the authorizer's log.",
      },
    },
    {
      alert: "MutualTlsOpen",
      // 403 is a refusal, 429 and 5xx are no answer to the certificate: MutualTlsUnproven.
      expr: [
        `((${status(bad)} > 0) < 500 unless (${status(bad)} == 403 or ${status(bad)} == 429))`,
        whileGoodSucceeds,
      ].join(" "),
      // At once: nothing that passes by itself looks like this.
      labels: { ...CRITICAL, clause: "B1.5" },
      annotations: {
        summary: "{{ $labels.domain }} answers a caller whose certificate is {{ $labels.probe }}",
        description:
          "It got HTTP status {{ $value }}, as a good one does. Close the door first: roll back, or block the domain's clients.",
      },
    },
    {
      alert: "MutualTlsRefusedLate",
      expr: [
        `((${of("probe_failed_due_to_regex", early)} == 1) and (${status(early)} == 403))`,
        whileGoodSucceeds,
      ].join(" "),
      for: `${alerts.unprovenAfterSeconds}s`,
      labels: { ...TICKET, clause: "B5.3" },
      annotations: {
        summary:
          "{{ $labels.domain }} lets a certificate that is {{ $labels.probe }} as far as the authorizer",
        description:
          "One of two doors is open: the authorizer refuses it, the gateway should have. See the truststore that the domain pins.",
      },
    },
    {
      alert: "MutualTlsUnproven",
      expr: [
        `((${status(bad)} >= 500 or ${status(bad)} == 429)`,
        `or ((${success("revoked")} == 0) and (${status("revoked")} == 403)))`,
        whileGoodSucceeds,
      ].join(" "),
      for: `${alerts.unprovenAfterSeconds}s`,
      labels: { ...TICKET, clause: "B1.5" },
      annotations: {
        summary:
          "On {{ $labels.domain }} a certificate that is {{ $labels.probe }} is refused for another reason",
        description: "Whether it would be refused for itself is not known while this lasts.",
      },
    },
    {
      alert: "DomainUnreachable",
      expr: `${success("connect|tls")} == 0`,
      for: `${alerts.unreachableAfterSeconds}s`,
      labels: { ...PAGE, clause: "B1.5" },
      annotations: {
        summary: "{{ $labels.domain }} cannot be reached from the prober",
        description:
          "All domains at once: the prober's network or resolver, or the networks that it may connect to have changed. One: its DNS record or its domain.",
      },
    },
  ];
}

function watcherRules(args: AlertRulesArgs): Rule[] {
  const { alerts, jobs, secrets, series } = args;
  const { status, whileGoodSucceeds } = selectors(args);
  const fresh = `externalsecret_status_condition{job="${jobs.externalSecrets}",namespace="${secrets.namespace}",name=~"${secrets.names.join("|")}",condition="Ready",status="True"}`;
  return [
    {
      alert: "ProberDown",
      // What is not there at all counts as well.
      expr: `(count(up{job="${jobs.prober}"} == 1) or vector(0)) < ${series}`,
      for: `${alerts.proberDownAfterSeconds}s`,
      labels: { ...PAGE, clause: "B1.5" },
      annotations: {
        summary: `The prober answers for {{ $value }} of ${series} probes`,
        description: "Mutual TLS could be down, or open, and nobody would know.",
      },
    },
    {
      alert: "ProberSecretsStale",
      expr: `(count(${fresh} == 1) or vector(0)) < ${secrets.names.length}`,
      for: `${alerts.unprovenAfterSeconds}s`,
      labels: { ...PAGE, clause: "B1.5" },
      annotations: {
        summary: `{{ $value }} of the prober's ${secrets.names.length} secrets are fresh`,
        description:
          "External Secrets cannot fetch them or is not there: the prober's certificates will expire. See the ExternalSecrets' status and the role's rights.",
      },
    },
    {
      alert: "ProberCertificatesStale",
      // The revoked one is to reach the authorizer. Refused before, it has expired, and the good one is the next.
      expr: `(${status("revoked")} == 0) ${whileGoodSucceeds}`,
      for: `${alerts.unprovenAfterSeconds}s`,
      labels: { ...PAGE, clause: "B1.5" },
      annotations: {
        summary: "The prober's revoked certificate is refused in TLS on {{ $labels.domain }}",
        description:
          "It has expired or is of an issuer that is not trusted any more: rotate-prober-certificates is behind. Revocation is not tried until it runs.",
      },
    },
  ];
}

function certificateRules(args: AlertRulesArgs): Rule[] {
  const { alerts, domains, upstreams } = args;
  const { of, success } = selectors(args);
  const percentLeft = (probes: string, lifetimeDays: number): string =>
    `100 * (${of("probe_ssl_earliest_cert_expiry", probes)} - time()) / ${lifetimeDays * DAY_SECONDS}`;
  return [
    {
      alert: "DomainCertificateExpiring",
      expr: `${percentLeft("good|tls", domains.lifetimeDays)} < ${domains.alarmAtRemainingPercent}`,
      for: "1h",
      labels: { ...TICKET, clause: "B5.1" },
      annotations: {
        summary: `{{ $labels.domain }} shows a certificate with {{ printf "%.0f" $value }} % of its life left`,
        description: "Its renewal has failed, or the domain still has the old one.",
      },
    },
    {
      alert: "UpstreamCertificateExpiring",
      expr: `${percentLeft("upstream", upstreams.lifetimeDays)} < ${upstreams.alarmAtRemainingPercent}`,
      for: `${alerts.unreachableAfterSeconds}s`,
      labels: { ...PAGE, clause: "B5.2" },
      annotations: {
        summary: `The agent at {{ $labels.domain }} shows a certificate with {{ printf "%.0f" $value }} % of its life left`,
        description:
          "cert-manager has not renewed it, or the agent still serves the old one: see its Certificate and whether the agent reads its files again.",
      },
    },
    {
      alert: "UpstreamUnverified",
      expr: `${success("upstream")} == 0`,
      for: `${alerts.unprovenAfterSeconds}s`,
      // Once its certificate has expired no handshake shows its end: UpstreamCertificateExpiring falls silent.
      labels: { ...PAGE, clause: "B5.2" },
      annotations: {
        summary: "The agent at {{ $labels.domain }} cannot be reached, or not be known by our roots",
        description:
          "Its certificate has expired or is of another authority, or the agent is down; its certificate's age is not known while this lasts.",
      },
    },
  ];
}
