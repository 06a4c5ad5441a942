import { Provider as PagerProvider } from "@pulumi/pagerduty/provider";
import * as pulumi from "@pulumi/pulumi";
import { Provider as GrafanaProvider } from "@pulumiverse/grafana/provider";
import { serviceRegionOf } from "./pager/pagerRules";

/** By what a deployment proves itself to services that are not AWS. A preview needs none, and shows none. */
export interface ServiceCredentials {
  readonly grafanaAuth: string;
  readonly pagerDutyToken: string;
}

/** The variables under which the services' own tools look for them. */
const variables = { grafanaAuth: "GRAFANA_AUTH", pagerDutyToken: "PAGERDUTY_TOKEN" } as const;

/**
 * Read where the program begins, and handed on as secrets: Grafana's SDK would by itself write what it finds in the environment
 * into the state, in plain text.
 */
export function readCredentials(
  environment: Readonly<Record<string, string | undefined>>,
  isPreview: boolean,
): ServiceCredentials {
  const missing = Object.values(variables).filter((name) => !environment[name]);
  if (missing.length > 0 && !isPreview)
    throw new pulumi.RunError(
      `${missing.join(", ")}: got nothing; allowed: the token of a service account that deploys; ` +
        "fix: set it in the environment of pulumi up",
    );
  return {
    grafanaAuth: environment[variables.grafanaAuth] ?? "",
    pagerDutyToken: environment[variables.pagerDutyToken] ?? "",
  };
}

/** Only what stands here: no other variable of the deployer's environment reaches an input, so that a preview is the same for everybody. */
export const createGrafanaProvider = (
  name: string,
  url: string,
  { grafanaAuth }: ServiceCredentials,
): GrafanaProvider =>
  new GrafanaProvider(name, {
    url,
    auth: pulumi.secret(grafanaAuth),
    insecureSkipVerify: false,
    storeDashboardSha256: false,
  });

export const createPagerProvider = (
  name: string,
  account: string,
  { pagerDutyToken }: ServiceCredentials,
): PagerProvider =>
  new PagerProvider(name, {
    token: pulumi.secret(pagerDutyToken),
    skipCredentialsValidation: false,
    ...(serviceRegionOf(account) === "eu" ? { serviceRegion: "eu" } : {}),
  });
