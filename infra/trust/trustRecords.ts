import * as pulumi from "@pulumi/pulumi";
import { ISSUERS_ID, REVOCATION_ID } from "../functions/authorizer/trustRecordIds";
import { WorkOrderComponent } from "../shared/component";
import { createTrustRecord } from "./trustRecord";

export interface TrustRecordsArgs {
  readonly tableName: string;
  /** Certificates of those who sign clients' certificates, one after another. */
  readonly issuersPem: pulumi.Input<string>;
  /** What the table needs to be there. */
  readonly needs: readonly pulumi.Resource[];
}

/**
 * Whom the authorizer believes: the issuers, and the certificates that are revoked. The clients' live keys stand beside
 * them, each seeded where its key is made.
 */
export class TrustRecords extends WorkOrderComponent {
  constructor(name: string, args: TrustRecordsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("TrustRecords", name, ["B5.3"], opts);
    const { tableName, needs } = args;
    const attributes = pulumi.output(args.issuersPem).apply((pems) => ({ pems: { S: pems } }));
    createTrustRecord(
      `${name}-issuers`,
      { tableName, id: ISSUERS_ID, attributes, needs, seeded: false },
      this,
    );
    // Without it the authorizer lets nobody in, so an emptied table is no amnesty.
    createTrustRecord(`${name}-revocation`, { tableName, id: REVOCATION_ID, needs, seeded: true }, this);
    this.registerOutputs({});
  }
}
