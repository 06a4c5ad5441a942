import type { Board, BoardContext } from "./dashboard";
import { ANY, type DataPanel, type Meaning } from "./panel";
import { proberSeries } from "./proberSeries";

const goesThrough: readonly Meaning[] = [
  { value: 0, text: "down", color: "red" },
  { value: 1, text: "up", color: "green" },
];

const REFUSED = 403;

export function mutualTls({ settings, telemetry }: BoardContext): Board {
  const seen = proberSeries(settings);
  const { alerts } = settings.prober;
  const byDomain = (
    title: string,
    description: string,
    expr: string,
    names: DataPanel["alerts"] & object,
  ): DataPanel => ({
    kind: "states",
    title,
    description,
    unit: "state",
    alerts: names,
    meanings: goesThrough,
    targets: [{ query: telemetry.prometheus(expr), legend: "{{domain}}" }],
  });
  return {
    id: "mutual-tls",
    title: "Mutual TLS",
    description:
      "Every door, tried from outside every minute with good and with bad certificates (B1.5, B5.3).",
    variables: [],
    shelves: [
      {
        height: 12,
        panels: [
          byDomain(
            "A good certificate is let through",
            `B1.5 pages when a door that can be reached does not open for ${alerts.downAfterSeconds} s.`,
            seen.letThrough,
            ["MutualTlsDown"],
          ),
          byDomain(
            "The door can be reached",
            "A connection, and no more: tells a broken door from a broken network.",
            seen.reachable,
            ["DomainUnreachable"],
          ),
        ],
      },
      {
        heading: "Bad certificates",
        height: 9,
        panels: [
          {
            kind: "time series",
            title: "What bad certificates were answered",
            description: `HTTP status by domain and certificate; ${REFUSED}, or 0 where the handshake ended it. Below 500 and neither: the door is open. Revoked and 0: the prober's own certificates are stale.`,
            unit: "state",
            alerts: ["MutualTlsOpen", "MutualTlsUnproven", "ProberCertificatesStale"],
            targets: [{ query: telemetry.prometheus(seen.refusals), legend: "{{domain}} {{probe}}" }],
          },
          {
            kind: "time series",
            title: "Refused by the authorizer, not in the handshake",
            description:
              "1 where a certificate that the gateway should refuse got as far as the authorizer: one of two doors is open.",
            unit: "state",
            alerts: ["MutualTlsRefusedLate"],
            threshold: ANY,
            targets: [{ query: telemetry.prometheus(seen.refusedLate), legend: "{{domain}} {{probe}}" }],
          },
        ],
      },
      {
        heading: "Agents, as the edge sees them",
        height: 9,
        panels: [
          byDomain("The agent is who it says", "A handshake with our own roots.", seen.upstreamVerified, [
            "UpstreamUnverified",
          ]),
          {
            kind: "time series",
            title: "How long a door takes",
            description: "The whole request with a good certificate.",
            unit: "seconds",
            targets: [{ query: telemetry.prometheus(seen.seconds), legend: "{{domain}}" }],
          },
        ],
      },
      {
        heading: "The prober itself",
        height: 7,
        panels: [
          {
            kind: "time series",
            title: "Probes that answer",
            description:
              "Fewer than there should be: mutual TLS could be down, or open, and nobody would know.",
            unit: "count",
            alerts: ["ProberDown"],
            targets: [{ query: telemetry.prometheus(seen.answering), legend: "probes" }],
          },
          {
            kind: "time series",
            title: "The prober's secrets are fresh",
            description:
              "1 while External Secrets fetches it. Otherwise its certificates will expire, and then each door looks closed.",
            unit: "state",
            alerts: ["ProberSecretsStale"],
            threshold: { value: 1, bad: "below" },
            targets: [{ query: telemetry.prometheus(seen.freshSecrets), legend: "{{name}}" }],
          },
        ],
      },
    ],
  };
}
