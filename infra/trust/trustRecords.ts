import * as pulumi from "@pulumi/pulumi";
import { ISSUERS_ID, REVOCATION_ID, SERVICES_ID } from "../functions/authorizer/trustRecordIds";
import { createSecret, type Vault } from "../secrets/secret";
import { secretNames } from "../secrets/secretsRules";
import { WorkOrderComponent } from "../shared/component";
import { createTrustRecord } from "./trustRecord";

export interface TrustRecordsArgs {
  readonly tableName: string;
  /** Certificates of those who sign clients' certificates, one after another. */
  readonly clientsIssuersPem: pulumi.Input<string>;
  /** Certificates of those who sign services' certificates, and of the roots above them. */
  readonly servicesPem: pulumi.Input<string>;
  readonly namePrefix: string;
  readonly vault: Vault;
  /** Roles of the cluster that fetch the services' roots. */
  readonly clusterRoles: readonly string[];
  /** What the table needs to be there. */
  readonly needs: readonly pulumi.Resource[];
}

/**
 * Whom the functions believe: the authorizer clients' issuers less what is revoked, the edge services' issuers. The
 * clients' live keys stand beside them, each seeded where its key is made.
 */
export class TrustRecords extends WorkOrderComponent {
  constructor(name: string, args: TrustRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("TrustRecords", name, ["B5.2", "B5.3"], opts);
    const { tableName, needs } = args;
    const certificates = (suffix: string, id: string, pems: pulumi.Input<string>): void => {
      const attributes = pulumi.output(pems).apply((text) => ({ pems: { S: text } }));
      createTrustRecord(`${name}-${suffix}`, { tableName, id, attributes, needs }, this);
    };
    certificates("issuers", ISSUERS_ID, args.clientsIssuersPem);
    certificates("services", SERVICES_ID, args.servicesPem);
    createSecret(
      `${name}-services`,
      {
        vault: args.vault,
        secretName: secretNames(args.namePrefix).trustedServices,
        description: "Fase B: by whom agents and edge know each other; nothing in it is secret",
        roles: args.clusterRoles,
        value: pulumi.output(args.servicesPem).apply((pems) => JSON.stringify({ pems })),
        seeded: false,
      },
      this,
    );
    // Without it the authorizer lets nobody in, so an emptied table is no amnesty.
    createTrustRecord(
      `${name}-revocation`,
      { tableName, id: REVOCATION_ID, needs, liveValue: "revocation" },
      this,
    );
    this.registerOutputs({});
  }
}
