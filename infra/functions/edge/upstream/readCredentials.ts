import { GetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { SERVICES_ID } from "../../authorizer/trustRecordIds";
import { StoreError } from "../../store/store";
import type { PlainCredentials } from "./freshCredentials";

/** Where a function finds whom its calls may believe and its own certificate. */
export interface CredentialFacts {
  /** The table of trust. */
  readonly trustTable: string;
  /** Name of the secret with the client certificate. */
  readonly clientCertificateSecretName: string;
}

export type SecretsClient = Pick<SecretsManagerClient, "send">;

/** For both, the SDK's repeats included: a first request waits for it. */
const READ_TIMEOUT_MS = 1_500;

/**
 * Reads both at once.
 *
 * @throws StoreError when one does not answer or has another form; nothing of it is in its text
 */
export function readCredentials(
  facts: CredentialFacts,
  client: DynamoDBClient,
  secrets: () => Promise<SecretsClient> = createSecretsClient(),
): () => Promise<PlainCredentials> {
  return async () => {
    const abortSignal = AbortSignal.timeout(READ_TIMEOUT_MS);
    const [servicesPem, pair] = await Promise.all([
      asked("read-services-trust", () => readServices(client, facts.trustTable, abortSignal)),
      asked("read-client-certificate", () =>
        readPair(secrets, facts.clientCertificateSecretName, abortSignal),
      ),
    ]);
    return { servicesPem, ...pair };
  };
}

async function readServices(
  client: DynamoDBClient,
  table: string,
  abortSignal: AbortSignal,
): Promise<string> {
  const Key = { id: { S: SERVICES_ID } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }), {
    abortSignal,
  });
  const pems = Item?.["pems"]?.S;
  if (pems === undefined) throw new StoreError("refused", "read-services-trust", `no item ${SERVICES_ID}`);
  return pems;
}

async function readPair(
  secrets: () => Promise<SecretsClient>,
  name: string,
  abortSignal: AbortSignal,
): Promise<Pick<PlainCredentials, "certificatePem" | "privateKeyPem">> {
  // Loaded by the first call that needs it, as the client is.
  const { GetSecretValueCommand } = await import("./secretsManager.js");
  const client = await secrets();
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }), { abortSignal });
  const { certificatePem, privateKeyPem } = fieldsOf(SecretString ?? "");
  if (typeof certificatePem !== "string" || typeof privateKeyPem !== "string")
    throw new StoreError("refused", "read-client-certificate", "a secret of another form");
  return { certificatePem, privateKeyPem };
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // The parser's words would quote the secret.
    return {};
  }
}

/** The vendor's error would carry the answer. */
const asked = <T>(step: string, ask: () => Promise<T>): Promise<T> =>
  ask().catch((error: unknown) => {
    if (error instanceof StoreError) throw error;
    throw new StoreError("unavailable", step, error instanceof Error ? error.name : typeof error);
  });

/** One for the instance, with its times bounded. */
function createSecretsClient(): () => Promise<SecretsClient> {
  let client: SecretsClient | undefined;
  return async () => {
    const { SecretsManagerClient } = await import("./secretsManager.js");
    client ??= new SecretsManagerClient({
      maxAttempts: 2,
      requestHandler: { connectionTimeout: 500, requestTimeout: 700, throwOnRequestTimeout: true },
    });
    return client;
  };
}
