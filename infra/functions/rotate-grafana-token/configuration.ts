import type { FunctionFacts } from "../configuration";
import type { GrafanaTokenOptions } from "./grafanaToken";

/** What the rotation of Grafana's token is told of its stack. */
export interface RotateGrafanaTokenConfiguration extends FunctionFacts, GrafanaTokenOptions {
  /** e.g. `https://example.grafana.net` */
  readonly url: string;
  readonly serviceAccountId: number;
  readonly timeoutMs: number;
}
