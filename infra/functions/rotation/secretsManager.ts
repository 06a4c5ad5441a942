import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClientConfig,
} from "@aws-sdk/client-secrets-manager";
import { CURRENT, PENDING, type SecretDescription, type SecretStore } from "./secretStore";

/** One for each instance of a function, made outside of the handler. */
export const createSecretsManagerClient = (config: SecretsManagerClientConfig = {}): SecretsManagerClient =>
  new SecretsManagerClient({
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...config,
  });

/** The store over Secrets Manager itself. */
export class SecretsManagerStore implements SecretStore {
  constructor(private readonly client: SecretsManagerClient) {}

  async describe(secretId: string): Promise<SecretDescription> {
    const answer = await this.client.send(new DescribeSecretCommand({ SecretId: secretId }));
    return {
      name: answer.Name ?? "",
      rotationEnabled: answer.RotationEnabled ?? false,
      stages: new Map(
        Object.entries(answer.VersionIdsToStages ?? {}).map(([version, labels]) => [
          version,
          new Set(labels),
        ]),
      ),
      createdMs: answer.CreatedDate?.getTime() ?? 0,
      lastChangedMs: answer.LastChangedDate?.getTime() ?? 0,
      lastRotatedMs: answer.LastRotatedDate?.getTime(),
    };
  }

  async read(secretId: string, version: string): Promise<string | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId, VersionId: version });
      return (await this.client.send(command)).SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async putPending(
    { secretId, token }: { readonly secretId: string; readonly token: string },
    value: string,
  ): Promise<void> {
    try {
      await this.client.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          ClientRequestToken: token,
          SecretString: value,
          VersionStages: [PENDING],
        }),
      );
    } catch (error) {
      // Another run of the same rotation has put its value: that one counts.
      // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
      if (!(error instanceof ResourceExistsException)) throw error;
    }
  }

  async makeCurrent(secretId: string, version: string, from: string | undefined): Promise<void> {
    await this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: CURRENT,
        MoveToVersionId: version,
        ...(from === undefined ? {} : { RemoveFromVersionId: from }),
      }),
    );
  }

  async dropPending(secretId: string, version: string): Promise<void> {
    await this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: PENDING,
        RemoveFromVersionId: version,
      }),
    );
  }

  /** When each version was made, for those that have a value. */
  async versionTimes(secretId: string): Promise<ReadonlyMap<string, number>> {
    const times = new Map<string, number>();
    let NextToken: string | undefined;
    do {
      const page = await this.client.send(
        new ListSecretVersionIdsCommand({
          SecretId: secretId,
          MaxResults: 100,
          ...(NextToken ? { NextToken } : {}),
        }),
      );
      for (const { VersionId, CreatedDate } of page.Versions ?? [])
        if (VersionId !== undefined && CreatedDate !== undefined) times.set(VersionId, CreatedDate.getTime());
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    return times;
  }
}
