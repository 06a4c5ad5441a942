import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Issuer } from "../../infra/functions/pki/issuer";
import { jsonOf } from "../../infra/shared/json";
import { ClientError, kindOf } from "./errors";

const secretForm = z.object({ certificatePem: z.string().min(1), privateKeyPem: z.string().min(1) });

/** What signs clients' certificates, by generation; held in memory for the one command. */
export class IssuerSecrets {
  constructor(
    private readonly client: Pick<SecretsManagerClient, "send">,
    private readonly namePrefix: string,
  ) {}

  /** @throws ClientError that holds nothing of the secret */
  async clientsIssuer(generation: string): Promise<Issuer> {
    const name = `${this.namePrefix}/authority/${generation}/clients-issuer`;
    const text = await this.valueOf(name);
    const parsed = secretForm.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new ClientError({
      what: `the secret ${name}`,
      got: "a value of another form",
      allowed: "JSON with certificatePem and privateKeyPem",
      fix: "run pulumi up, which writes it",
    });
  }

  private async valueOf(name: string): Promise<string> {
    try {
      const { SecretString } = await this.client.send(new GetSecretValueCommand({ SecretId: name }));
      return SecretString ?? "";
    } catch (error) {
      const kind = kindOf(error);
      const missing = kind === "ResourceNotFoundException";
      throw new ClientError({
        what: `the secret ${name}`,
        got: kind,
        allowed: "a secret that the program wrote and these credentials may read",
        fix: missing
          ? "run pulumi up first, or correct the generation in the settings"
          : "use an operator's credentials of the stack's account, see that the region's endpoint is reached, then run the command again",
      });
    }
  }
}
