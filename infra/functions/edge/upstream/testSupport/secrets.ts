import { SecretsManagerClient, type GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";

/** Answers as Secrets Manager does, over the SDK's own port; whatever else is asked fails. */
export function secretsDouble(secrets: ReadonlyMap<string, string>): Pick<SecretsManagerClient, "send"> {
  const client = new SecretsManagerClient({
    region: "eu-west-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  });
  client.middlewareStack.add(
    () => (args) => {
      const { SecretId } = args.input as ConstructorParameters<typeof GetSecretValueCommand>[0];
      const SecretString = secrets.get(SecretId ?? "");
      if (SecretString === undefined)
        return Promise.reject(Object.assign(new Error("no secret"), { name: "ResourceNotFoundException" }));
      return Promise.resolve({ output: { $metadata: {}, SecretString }, response: {} });
    },
    { step: "initialize", name: "double", override: true },
  );
  return client;
}

export const secretOf = ({
  certificatePem,
  privateKeyPem,
}: {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}): string => JSON.stringify({ certificatePem, privateKeyPem });
