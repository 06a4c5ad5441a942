import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { clientRecordId } from "../functions/authorizer/trustRecordIds";
import { WorkOrderComponent } from "../shared/component";
import { createTrustRecord } from "../trust/trustRecord";
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
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** One client's usage plan and key. The key is a meter, not an identity: that is the client's certificate. */
export class ClientAccess extends WorkOrderComponent {
  readonly planId: pulumi.Output<string>;

  constructor(name: string, args: ClientAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ClientAccess", name, ["B4.1", "B5.3"], opts);
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
      { parent: this },
    );
    new aws.apigateway.UsagePlanKey(
      `${name}-plan-key`,
      { keyId: key.id, keyType: "API_KEY", usagePlanId: plan.id },
      { parent: this },
    );
    createTrustRecord(
      `${name}-key-digests`,
      {
        tableName: args.trustTable,
        id: clientRecordId(client.clientId),
        attributes: key.value.apply((value) => ({ keyDigests: { SS: [sha256(value)] } })),
        needs: args.needs,
        // The rotation of keys owns it from then on.
        seeded: true,
      },
      this,
    );
    this.planId = plan.id;
    this.registerOutputs({ planId: this.planId });
  }
}
