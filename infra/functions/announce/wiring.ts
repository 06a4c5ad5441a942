import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { systemTiming, type Timing } from "../edge/upstream/timing";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createSecretsManagerClient } from "../rotation/secretsManager";
import { createAnnounce } from "./announce";
import type { AnnounceConfiguration } from "./configuration";
import { postJson, type Post } from "./post";

/** What a test may put in the place of AWS, the network, the clock and the standard output. */
export interface AnnounceSurroundings {
  readonly secretsManager?: SecretsManagerClient;
  readonly post?: Post;
  readonly timing?: Timing;
  readonly write?: LogOptions["write"];
}

export function wireAnnounce(
  configuration: AnnounceConfiguration,
  {
    secretsManager = createSecretsManagerClient(),
    post = postJson,
    timing = systemTiming,
    write,
  }: AnnounceSurroundings = {},
): ReturnType<typeof createAnnounce> {
  const { grafanaTokenSecretName, pagerKeySecretName } = configuration;
  return createAnnounce(
    {
      // At each event: they are seldom, and a token that was kept would be one that has been rotated.
      readSecret: async (name) =>
        (await secretsManager.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? "",
      post,
      timing,
      log: functionLog("announce", configuration, {
        secretNames: [grafanaTokenSecretName, pagerKeySecretName],
        write,
      }),
    },
    configuration,
  );
}
