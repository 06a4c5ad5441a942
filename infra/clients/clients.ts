import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { clientRecordId } from "../functions/authorizer/trustRecordIds";
import { WorkOrderComponent } from "../shared/component";
import { createTrustRecord } from "../trust/trustRecord";
import { seeded } from "../secrets/liveValues";
import { createRotation, type RotationArgs } from "../secrets/rotation";
import { createSecret, type Vault } from "../secrets/secret";
import { secretNames } from "../secrets/secretsRules";
import type { Client, Tier } from "./clients.schema";
import { planQuota } from "./clientsRules";

export interface ClientAccessArgs {
  readonly namePrefix: string;
  readonly client: Client;
  readonly tier: Tier;
  readonly quotaMarginPercent: number;
  readonly restApiId: pulumi.Input<string>;
  readonly stageName: pulumi.Input<string>;
  /** The routes' own buckets; a method of this client gets the lower of its route's and its tier's. */
  readonly throttles: readonly {
    /** As a usage plan names a method: `/chat/POST`. */
    readonly usagePlanPath: string;
    readonly requestsPerSecond: number;
    readonly burst: number;
  }[];
  /** The table in which the authorizer finds the digests of live keys. */
  readonly trustTable: string;
  /** What the table needs to be there. */
  readonly needs: readonly pulumi.Resource[];
  readonly vault: Vault;
  /** Names of the roles that read the key's secret beside the operators. */
  readonly keyReaders: readonly string[];
  readonly rotation: Omit<RotationArgs, "of">;
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** One client's usage plan and key. The key is a meter, not an identity: that is the client's certificate. */
export class ClientAccess extends WorkOrderComponent {
  readonly planId: pulumi.Output<string>;

  constructor(name: string, args: ClientAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ClientAccess", name, ["B4.1", "B5.3", "B6.1"], opts);
    const { client, tier } = args;
    const physicalName = `${args.namePrefix}-${client.clientId}`;
    const plan = new aws.apigateway.UsagePlan(
      `${name}-plan`,
      {
        name: physicalName,
        description: `${client.tier}: ${client.monthlyQuotaRequests} requests a month by contract`,
        apiStages: [
          {
            apiId: args.restApiId,
            stage: args.stageName,
            throttles: args.throttles.map(({ usagePlanPath, requestsPerSecond, burst }) => ({
              path: usagePlanPath,
              rateLimit: Math.min(requestsPerSecond, tier.requestsPerSecond),
              burstLimit: Math.min(burst, tier.burstRequests),
            })),
          },
        ],
        quotaSettings: {
          limit: planQuota(client.monthlyQuotaRequests, args.quotaMarginPercent),
          period: "MONTH",
        },
        throttleSettings: { rateLimit: tier.requestsPerSecond, burstLimit: tier.burstRequests },
        tags: { clientId: client.clientId },
      },
      { parent: this },
    );
    const key = new aws.apigateway.ApiKey(
      `${name}-key`,
      {
        name: physicalName,
        description: "Meters the client's use",
        enabled: true,
        tags: { clientId: client.clientId },
      },
      // Only the first key is the program's. The rotation makes its successors, and shuts this one in its time.
      { parent: this, ...seeded("clientKey") },
    );
    const planKey = new aws.apigateway.UsagePlanKey(
      `${name}-plan-key`,
      { keyId: key.id, keyType: "API_KEY", usagePlanId: plan.id },
      { parent: this },
    );
    const digests = createTrustRecord(
      `${name}-key-digests`,
      {
        tableName: args.trustTable,
        id: clientRecordId(client.clientId),
        attributes: key.value.apply((value) => ({ keyDigests: { SS: [sha256(value)] } })),
        needs: args.needs,
        liveValue: "keyDigests",
      },
      this,
    );
    const secret = createSecret(
      name,
      {
        vault: args.vault,
        secretName: secretNames(args.namePrefix).clientKey(client.clientId),
        description: `Fase B: the API key of ${client.clientId}`,
        roles: args.keyReaders,
        value: pulumi
          .all([key.id, key.value])
          .apply(([apiKeyId, apiKey]) => JSON.stringify({ apiKeyId, apiKey })),
        seeded: true,
      },
      this,
    );
    createRotation(
      name,
      { ...args.rotation, of: secret, needs: [...args.rotation.needs, planKey, digests] },
      this,
    );
    this.planId = plan.id;
    this.registerOutputs({ planId: this.planId });
  }
}
