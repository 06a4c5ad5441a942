import type { Unit } from "../telemetry/query";

/** Grafana's ids. https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
export const grafanaUnits: Readonly<Record<Unit, string>> = {
  milliseconds: "ms",
  seconds: "s",
  days: "d",
  percent: "percent",
  count: "short",
  "requests per second": "reqps",
  "requests per minute": "reqpm",
  bytes: "bytes",
  megabytes: "decmbytes",
  "bytes per second": "Bps",
  // It has none for them, and takes any word behind `suffix:`.
  cores: "suffix: cores",
  times: "suffix:×",
  state: "none",
};
