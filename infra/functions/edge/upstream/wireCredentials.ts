import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { errorFields } from "../../log/errors";
import type { Log } from "../../log/log";
import { FreshCredentials } from "./freshCredentials";
import { readCredentials, type CredentialFacts, type SecretsClient } from "./readCredentials";

/** An instance's credentials over the table of trust and Secrets Manager; a reading that fails is a fault in the log. */
export function wireCredentials(
  facts: CredentialFacts,
  client: DynamoDBClient,
  log: Log,
  secrets?: SecretsClient,
): FreshCredentials {
  return new FreshCredentials({
    read: readCredentials(facts, client, secrets === undefined ? undefined : () => Promise.resolve(secrets)),
    nowMs: Date.now,
    // Seen long before the certificate that is still used ends.
    onFailure: (error) => {
      const line = log.begin();
      line.set({ outcome: "fault", ...errorFields(error) });
      line.measure({ Faults: 1 });
      line.end();
    },
  });
}
