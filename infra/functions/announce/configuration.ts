import type { FunctionFacts } from "../configuration";

/** What the announcer is told of its stack. */
export interface AnnounceConfiguration extends FunctionFacts {
  /** Of Grafana, without a slash at its end. */
  readonly grafanaUrl: string;
  /** Where the pager takes change events: its hosts differ by the account's region. */
  readonly changeEventsUrl: string;
  /** Where a reader looks when something has changed. */
  readonly dashboardUrl: string;
  /** Names of the secrets with Grafana's token and the pager's key. */
  readonly grafanaTokenSecretName: string;
  readonly pagerKeySecretName: string;
  /** Every secret whose rotation may be announced by its name. */
  readonly rotatedSecrets: readonly string[];
}
