import { REFUSED_IN_TLS } from "../../prober/probes";
import type { Settings } from "../../settings/settings.schema";

const DAY_SECONDS = 86_400;

/** What the prober sees, by PromQL. */
export function proberSeries({
  namePrefix,
  certificates,
  trust,
  prober,
}: Pick<Settings, "namePrefix" | "certificates" | "trust" | "prober">) {
  const job = `${namePrefix}-prober`;
  const of = (metric: string, probes: string): string => `${metric}{job="${job}",probe=~"${probes}"}`;
  const lifeLeft = (probes: string, lifetimeDays: number): string =>
    `100 * (min by (domain) (${of("probe_ssl_earliest_cert_expiry", probes)}) - time()) / ${lifetimeDays * DAY_SECONDS}`;
  const early = REFUSED_IN_TLS.join("|");
  const badStatus = of("probe_http_status_code", `${early}|revoked`);
  return {
    /** 1 where a good certificate is let through. */
    letThrough: `min by (domain) (${of("probe_success", "good")})`,
    /** Of no door anything is known: no number at all, and not 0. */
    doorsDown: `sum(min by (domain) (${of("probe_success", "good")}) == bool 0)`,
    /**
     * By the alert's own expression, which is of no series where all is well. A refusal proves something only where a good
     * certificate is let through: 0 where there is one, and no number where there is none.
     */
    doorsOpen: (open: string): string =>
      `count(count by (domain) (${open})) or 0 * count((${badStatus} == 403 or ${badStatus} == 0) and on (domain) (${of("probe_success", "good")} == 1))`,
    /** The status that a certificate got which is to be refused; 0 where the handshake ended it. */
    refusals: `max by (domain, probe) (${badStatus})`,
    refusedLate: `max by (domain, probe) (${of("probe_failed_due_to_regex", early)})`,
    reachable: `min by (domain) (${of("probe_success", "connect|tls")})`,
    upstreamVerified: `min by (domain) (${of("probe_success", "upstream")})`,
    seconds: `max by (domain) (${of("probe_duration_seconds", "good")})`,
    /** Of no probe anything is known: no number at all, and not 0. */
    answering: `sum(up{job="${job}"})`,
    freshSecrets: `sum by (name) (externalsecret_status_condition{job="${namePrefix}-external-secrets",namespace="${prober.namespace}",condition="Ready",status="True"})`,
    domainLife: lifeLeft("good|tls", certificates.lifetimeDays),
    upstreamLife: lifeLeft("upstream", trust.leaves.services.lifetimeDays),
    leastDomainLife: `min(${lifeLeft("good|tls", certificates.lifetimeDays)})`,
  };
}
