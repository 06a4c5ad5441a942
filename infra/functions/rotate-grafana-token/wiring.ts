import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { systemClock, type Clock } from "../rotation/clock";
import { createRotationFunction } from "../rotation/rotationFunction";
import { createSecretsManagerClient, SecretsManagerStore } from "../rotation/secretsManager";
import type { RotateGrafanaTokenConfiguration } from "./configuration";
import { GrafanaApi } from "./grafana";
import { grafanaTokenKind, retireGrafanaTokens } from "./grafanaToken";

/** What a test may put in the place of AWS, the clock and the standard output. */
export interface RotateGrafanaTokenSurroundings {
  readonly secretsManager?: SecretsManagerClient;
  readonly clock?: Clock;
  readonly write?: LogOptions["write"];
}

export function wireRotateGrafanaToken(
  configuration: RotateGrafanaTokenConfiguration,
  {
    secretsManager = createSecretsManagerClient(),
    clock = systemClock,
    write,
  }: RotateGrafanaTokenSurroundings = {},
): (event: unknown) => Promise<void> {
  const secrets = new SecretsManagerStore(secretsManager);
  const ports = { secrets, clock, grafana: new GrafanaApi(configuration) };
  return createRotationFunction({
    kind: grafanaTokenKind(ports, configuration),
    secrets,
    retire: () => retireGrafanaTokens(ports, configuration),
    log: functionLog("rotate-grafana-token", configuration, {
      secretNames: [configuration.secretName],
      write,
    }),
  });
}
