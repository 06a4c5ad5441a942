import { MINUTE_SECONDS } from "../alerts/condition";
import type { MetricName } from "../../functions/log/metrics";
import type { Board, BoardContext } from "./dashboard";
import { counts, type DataPanel } from "./panel";

const MINUTE_MS = 60_000;

export function voice({ settings, telemetry }: BoardContext): Board {
  const { sessions } = settings.voice;
  const own = (metric: MetricName) => telemetry.own(metric, "Sum", { functionName: "voice" });
  const counted = (metric: MetricName, title: string, description: string): DataPanel => ({
    ...counts,
    title,
    description,
    targets: [{ query: own(metric), legend: title }],
  });
  return {
    id: "voice",
    title: "Voice",
    description: "Live sessions, their bandwidth, and who is held back (B1.1, B4.2).",
    variables: [],
    shelves: [
      {
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "Sessions at once",
            description: `The time that sessions went on in a minute, by the minute. A user may have ${sessions.sessionsPerSubject}.`,
            unit: "count",
            targets: [
              { id: "time", hidden: true, query: own("VoiceSessionTime"), legend: "time" },
              { math: `time / ${MINUTE_MS}`, legend: "sessions" },
            ],
          },
          {
            kind: "time series",
            title: "Bandwidth",
            description: `What users sent, all sessions together; one session may send ${sessions.session.bytesPerSecond} bytes a second.`,
            unit: "bytes per second",
            targets: [
              { id: "sent", hidden: true, query: own("VoiceBytes"), legend: "bytes" },
              { math: `sent / ${MINUTE_SECONDS}`, legend: "sent by users" },
            ],
          },
          {
            ...counts,
            title: "Connections by answer",
            description: "Connections that were asked for, by minute and status.",
            targets: [
              {
                query: telemetry.fromLogs("VoiceConnections", "Sum", { status: "*" }),
                legend: "${PROP('Dim.status')}",
              },
            ],
          },
        ],
      },
      {
        heading: "Held back",
        height: 7,
        panels: [
          counted("VoiceWarnings", "Warnings", "Told before frames of their session are held."),
          counted("VoiceHolds", "Frames held", "Until their session's bandwidth allowed them."),
          {
            kind: "time series",
            title: "Time held p95",
            description: `Of a frame; at most ${sessions.longestHoldMs} ms, then the session ends.`,
            unit: "milliseconds",
            threshold: { value: sessions.longestHoldMs, bad: "above" },
            targets: [
              { query: telemetry.own("VoiceHoldTime", "p95", { functionName: "voice" }), legend: "p95" },
            ],
          },
          counted("VoiceOverruns", "Sessions closed", "Over their bandwidth and their queue."),
          counted("VoiceRefusals", "Connections refused", "All of the user's sessions were in use."),
        ],
      },
    ],
  };
}
