import { rotationFunctions } from "../../edge/functionNames";
import { authorityRoles } from "../../functions/log/fields";
import type { MetricName } from "../../functions/log/metrics";
import { trustAlarms } from "../../functions/trust-watch/alarms";
import { trustThresholds, watchedSecrets } from "../../secrets/rotationConfigurations";
import type { Alert, CloudWatchCondition } from "./alert";
import { lambdaNames, type AlertContext } from "./alertContext";
import { any, cloudwatch, eachOf, lastLook, numeral, SETTLE_SECONDS, HOUR_MINUTES } from "./condition";

/**
 * B5.1, B5.2, B6.1: what ends, grows old or is not rotated. The same thresholds have alarms of CloudWatch, which need no Grafana; here
 * they reach the pager with their context.
 */
export function lifeAlerts({ settings, telemetry }: AlertContext): readonly Alert[] {
  const { namePrefix, secrets } = settings;
  const { everyHours } = secrets.watch;
  const thresholds = trustThresholds(settings);
  const alarms = trustAlarms(thresholds);
  const clientId = eachOf(settings.clients.map((client) => client.clientId));
  const watched = watchedSecrets(settings);
  const everySecret = eachOf(watched.map(({ name }) => name));
  const rotated = eachOf(watched.flatMap(({ name, rotationMs }) => (rotationMs === undefined ? [] : [name])));

  const watch = (
    metric: MetricName,
    subjects: Readonly<Record<string, string | readonly string[]>>,
  ): CloudWatchCondition => {
    const alarm = alarms.find((each) => each.metric === metric);
    if (!alarm) throw new Error(`${metric}: trust-watch has no threshold of it`);
    const atMost = alarm.comparison === "at most";
    const query = telemetry.own(metric, atMost ? "Minimum" : "Maximum", {
      functionName: "trust-watch",
      ...subjects,
    });
    return cloudwatch(
      { A: lastLook(query, everyHours) },
      `$A ${atMost ? "<=" : ">="} ${numeral(alarm.threshold)}`,
    );
  };
  // TrustWatchSilent says when nobody looks.
  const common = { dashboard: "lifetimes", forSeconds: SETTLE_SECONDS, whenSilent: "ok" } as const;
  const left = '{{ printf "%.0f" $values.A.Value }} %';
  return [
    {
      ...common,
      name: "DomainCertificateRenewalFailed",
      clauses: ["B5.1"],
      severity: "ticket",
      summary: "ACM says that a certificate's renewal needs a hand, or came too late",
      description:
        "ACM lists it as one whose renewal is pending or failed. Mostly its DNS validation record is gone: compare the zone with what ACM asks for.",
      condition: any(
        telemetry.eventRule("TriggeredRules", `${namePrefix}-certificate-renewal`),
        HOUR_MINUTES,
      ),
    },
    {
      ...common,
      name: "ClientCertificateExpiring",
      clauses: ["B5.2"],
      severity: "ticket",
      summary: `The certificate of {{ $labels.clientId }} has ${left} of its life left`,
      description:
        "Or it was never issued. `npm run client -- renew <client_id> --csr <file>` with a new key; enroll where it has none.",
      condition: watch("CertificateLife", { clientId }),
    },
    {
      ...common,
      name: "AuthorityExpiring",
      clauses: ["B5.2"],
      severity: "ticket",
      summary: `The {{ $labels.authority }} that ends first has ${left} of its life left`,
      description:
        "Introduce the next generation in fase-b:trust: it takes three updates, and nobody is cut off.",
      condition: watch("AuthorityLife", { authority: authorityRoles }),
    },
    {
      ...common,
      name: "StageCertificateExpiring",
      clauses: ["B5.2"],
      severity: "ticket",
      summary: `The stage's client certificate has ${left} of its life left`,
      description: "Its rotation has failed: read the log of rotate-stage-certificate.",
      condition: watch("StageCertificateLife", {}),
    },
    {
      ...common,
      name: "SecretStale",
      clauses: ["B6.1"],
      severity: "page",
      summary: '{{ $labels.secret }} is {{ printf "%.0f" $values.A.Value }} days old',
      description:
        "No value may be older than 90 days. `aws secretsmanager rotate-secret --secret-id <name>` begins its rotation; the pager's keys change by pager.keyGeneration.",
      condition: watch("SecretAge", { secret: everySecret }),
    },
    {
      ...common,
      name: "RotationOverdue",
      clauses: ["B6.1"],
      severity: "ticket",
      summary: "{{ $labels.secret }} was not rotated when it was due",
      description:
        "The value in force works on. Read the log of the function that rotates it, then `aws secretsmanager rotate-secret --secret-id <name>`.",
      condition: watch("RotationOverdue", { secret: rotated }),
    },
    {
      ...common,
      name: "RotationFailed",
      clauses: ["B6.1"],
      severity: "ticket",
      summary: "The rotation of {{ $labels.secret }} is stuck half-way",
      description:
        "A version has been staged for longer than a rotation takes; the value in force works on. The function's log names the step.",
      condition: watch("RotationFailed", { secret: rotated }),
    },
    {
      ...common,
      name: "RotationFunctionFailed",
      clauses: ["B6.1", "B5.2"],
      severity: "ticket",
      summary: '{{ $labels.FunctionName }} has failed {{ printf "%.0f" $values.A.Value }} times in an hour',
      description:
        "What is in force works on. Its log names the step; Secrets Manager tries again by itself, the others by their schedule.",
      condition: any(
        telemetry.lambda("Errors", "Sum", lambdaNames(namePrefix, rotationFunctions)),
        HOUR_MINUTES,
      ),
    },
  ];
}
