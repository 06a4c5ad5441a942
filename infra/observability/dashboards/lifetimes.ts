import { rotationFunctions } from "../../edge/functionNames";
import type { MetricName } from "../../functions/log/metrics";
import { trustAlarms } from "../../functions/trust-watch/alarms";
import { trustThresholds } from "../../secrets/rotationConfigurations";
import { every } from "../telemetry/telemetry";
import type { Board, BoardContext } from "./dashboard";
import { counts, ANY, type DataPanel, type Threshold } from "./panel";
import { proberSeries } from "./proberSeries";
import { chosen } from "./variables";

const HOUR_SECONDS = 3_600;

export function lifetimes({ settings, telemetry }: BoardContext): Board {
  const { namePrefix, certificates, trust, secrets } = settings;
  const seen = proberSeries(settings);
  const watchSeconds = secrets.watch.everyHours * HOUR_SECONDS;
  /** The watch looks every few hours: a shorter period would have holes. */
  const watched = (
    metric: MetricName,
    statistic: "Minimum" | "Maximum",
    dimensions: Readonly<Record<string, string>>,
  ) => every(telemetry.own(metric, statistic, { functionName: "trust-watch", ...dimensions }), watchSeconds);
  /** As trust-watch itself judges. */
  const alarms = trustAlarms(trustThresholds(settings));
  const thresholdOf = (metric: MetricName): Threshold => {
    const alarm = alarms.find((each) => each.metric === metric);
    if (!alarm) throw new Error(`${metric}: trust-watch has no threshold of it`);
    return {
      value: alarm.threshold,
      bad: alarm.comparison === "at most" ? "below" : "above",
      including: true,
    };
  };
  const bySecret = (
    metric: "RotationOverdue" | "RotationFailed",
    title: string,
    description: string,
  ): DataPanel => ({
    ...counts,
    title,
    description,
    alerts: [metric],
    threshold: thresholdOf(metric),
    targets: [{ query: watched(metric, "Maximum", { secret: "*" }), legend: "${PROP('Dim.secret')}" }],
  });
  const rotators = rotationFunctions.map((name) => `${namePrefix}-${name}`);
  return {
    id: "lifetimes",
    title: "Certificates and secrets",
    description: "What is left of each life, and whether what renews it works (B5.1, B5.2, B6.1).",
    variables: ["client"],
    lookBack: "7d",
    shelves: [
      {
        heading: "Certificates, in percent of their life that is left",
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "Domains",
            description: `What each domain shows to callers. Below ${certificates.alarmAtRemainingPercent} % its renewal has failed.`,
            unit: "percent",
            alerts: ["DomainCertificateExpiring"],
            threshold: { value: certificates.alarmAtRemainingPercent, bad: "below" },
            targets: [{ query: telemetry.prometheus(seen.domainLife), legend: "{{domain}}" }],
          },
          {
            kind: "time series",
            title: "Agents",
            description: `What each agent shows to the edge. Below ${trust.leaves.services.alarmAtRemainingPercent} % cert-manager has not renewed it, or the agent still serves the old one.`,
            unit: "percent",
            alerts: ["UpstreamCertificateExpiring"],
            threshold: { value: trust.leaves.services.alarmAtRemainingPercent, bad: "below" },
            targets: [{ query: telemetry.prometheus(seen.upstreamLife), legend: "{{domain}}" }],
          },
          {
            kind: "time series",
            title: "Clients",
            description: "Each client's newest certificate. 0 where it was never issued.",
            unit: "percent",
            alerts: ["ClientCertificateExpiring"],
            threshold: thresholdOf("CertificateLife"),
            targets: [
              {
                query: watched("CertificateLife", "Minimum", { clientId: chosen("client") }),
                legend: "${PROP('Dim.clientId')}",
              },
            ],
          },
        ],
      },
      {
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "Authorities",
            description:
              "The trusted authority of each role that ends first. Near its end: introduce the next generation.",
            unit: "percent",
            alerts: ["AuthorityExpiring"],
            threshold: thresholdOf("AuthorityLife"),
            targets: [
              {
                query: watched("AuthorityLife", "Minimum", { authority: "*" }),
                legend: "${PROP('Dim.authority')}",
              },
            ],
          },
          {
            kind: "time series",
            title: "The stage's client certificate",
            description: "With which the gateway shows itself to what is behind it.",
            unit: "percent",
            alerts: ["StageCertificateExpiring"],
            threshold: thresholdOf("StageCertificateLife"),
            targets: [{ query: watched("StageCertificateLife", "Minimum", {}), legend: "stage" }],
          },
          {
            ...counts,
            title: "Renewals in trouble",
            description:
              "Events of ACM that say that a certificate's renewal needs a hand, or came too late.",
            alerts: ["DomainCertificateRenewalFailed"],
            threshold: ANY,
            targets: [
              {
                query: telemetry.eventRule("TriggeredRules", `${namePrefix}-certificate-renewal`),
                legend: "events",
              },
            ],
          },
        ],
      },
      {
        heading: "Secrets and rotations",
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "Age of secrets",
            description: `Days since the value in force was made. From ${secrets.watch.staleAfterDays} on it must be changed before it is 90.`,
            unit: "days",
            alerts: ["SecretStale"],
            threshold: thresholdOf("SecretAge"),
            targets: [
              { query: watched("SecretAge", "Maximum", { secret: "*" }), legend: "${PROP('Dim.secret')}" },
            ],
          },
          bySecret(
            "RotationOverdue",
            "Rotations overdue",
            "1 while a secret was not rotated when it was due; the version in force works on.",
          ),
          bySecret(
            "RotationFailed",
            "Rotations stuck",
            "1 while a version has been staged for longer than a rotation may take; the version in force works on.",
          ),
        ],
      },
      {
        height: 8,
        panels: [
          {
            ...counts,
            title: "Rotations that failed",
            description:
              "Errors of the functions that rotate, by five minutes. The function's log says at which step.",
            alerts: ["RotationFunctionFailed"],
            threshold: ANY,
            targets: [
              {
                query: every(telemetry.lambda("Errors", "Sum", rotators), 300),
                legend: "${PROP('Dim.FunctionName')}",
              },
            ],
          },
          {
            ...counts,
            title: "Turns of the watch",
            description: `It looks every ${secrets.watch.everyHours} hours. Without it nothing of this dashboard but the domains is known.`,
            alerts: ["TrustWatchSilent"],
            targets: [
              {
                query: every(telemetry.own("Requests", "Sum", { functionName: "trust-watch" }), watchSeconds),
                legend: "turns",
              },
            ],
          },
        ],
      },
    ],
  };
}
