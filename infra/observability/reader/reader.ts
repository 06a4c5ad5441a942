import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { roleArn, type AccountScope } from "../../shared/arn";
import { WorkOrderComponent } from "../../shared/component";
import { allowing } from "../../shared/statement";
import { readerRights, readerRoleName, readerTrust } from "./readerRules";

export interface ReaderArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** The role under which Grafana runs. */
  readonly principalArn: string;
  readonly externalId: string;
}

/** The role by which Grafana reads metrics. */
export class Reader extends WorkOrderComponent {
  /** Built from the name, so that it is known at preview. */
  readonly roleArn: string;

  constructor(name: string, args: ReaderArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Reader", name, ["B1.1"], opts);
    const roleName = readerRoleName(args.namePrefix);
    this.roleArn = roleArn(args.scope, roleName);
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: roleName,
        description: "Fase B: Grafana reads metrics",
        assumeRolePolicy: readerTrust(args.principalArn, args.externalId),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      `${name}-rights`,
      { role: role.id, policy: allowing(readerRights(args.scope)) },
      { parent: this },
    );
    this.registerOutputs({ roleArn: this.roleArn });
  }
}
