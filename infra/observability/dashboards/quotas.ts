import type { Board, BoardContext } from "./dashboard";
import { counts, ANY, type Asked } from "./panel";
import { chosen } from "./variables";

export function quotas({ settings, telemetry }: BoardContext): Board {
  const { quotaNearEndPercent } = settings.observability.alerts;
  const use: Asked = {
    query: telemetry.own("QuotaUse", "Maximum", { functionName: "edge", clientId: chosen("client") }),
    legend: "${PROP('Dim.clientId')}",
  };
  const threshold = { value: quotaNearEndPercent, bad: "above", including: true } as const;
  return {
    id: "quotas",
    title: "Quotas",
    description: "What of its month each client has used, by the edge's exact count (B4.1).",
    variables: ["client"],
    lookBack: "24h",
    shelves: [
      {
        height: 10,
        panels: [
          {
            kind: "bar gauge",
            title: "Used of the month",
            description:
              "The last that was heard of each client in this time; a client that asked nothing is not here.",
            unit: "percent",
            minimum: 0,
            maximum: 100,
            threshold,
            targets: [use],
          },
          {
            kind: "time series",
            title: "Used of the month, over time",
            description: `From ${quotaNearEndPercent} % on it is near its end: talk to the client before it is refused.`,
            unit: "percent",
            alerts: ["QuotaNearEnd"],
            threshold,
            targets: [use],
          },
        ],
      },
      {
        height: 8,
        panels: [
          {
            ...counts,
            title: "Refused at the quota",
            description: "Requests by minute of a client whose month is used up: 429 until the next one.",
            alerts: ["QuotaExhausted"],
            threshold: ANY,
            targets: [
              {
                query: telemetry.own("QuotaRefusals", "Sum", {
                  functionName: "edge",
                  clientId: chosen("client"),
                }),
                legend: "${PROP('Dim.clientId')}",
              },
            ],
          },
        ],
      },
    ],
  };
}
