import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { createManifests } from "../cluster/manifest";
import { roleArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { allowing } from "../shared/statement";
import { resultsRights, resultsTrust, type ResultsPlaces } from "./resultsRights";
import { scanningManifests, unpinnedImages, type ScanningManifestsArgs } from "./scanningRules";
import { SERVICE_ACCOUNT } from "./scanPods";
import { readScripts } from "./scripts";

export interface ScanningArgs extends Omit<ScanningManifestsArgs, "region" | "results" | "scripts"> {
  readonly scope: AccountScope;
  /** Of the role by which results leave the cluster. */
  readonly roleName: string;
  readonly results: ResultsPlaces;
}

/** ZAP and Schemathesis against staging, every night and on demand, and the role by which their reports leave the cluster. */
export class Scanning extends WorkOrderComponent {
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: ScanningArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Scanning", name, ["B2.1", "B2.2", "B8.5"], opts, { unpinned: unpinnedImages(args.pins) });
    const { scope, settings, roleName } = args;
    const role = new aws.iam.Role(
      `${name}-results-role`,
      {
        name: roleName,
        description: "Fase B: scans send their reports to the evidence bucket",
        maxSessionDuration: 3_600,
        assumeRolePolicy: resultsTrust(scope, settings.oidcIssuer, {
          namespace: settings.namespace,
          name: SERVICE_ACCOUNT,
        }),
      },
      { parent: this },
    );
    const rights = new aws.iam.RolePolicy(
      `${name}-results-rights`,
      { role: role.id, policy: allowing(resultsRights(scope, args.results)) },
      { parent: this },
    );
    const manifests = scanningManifests({
      ...args,
      region: scope.region,
      scripts: readScripts(),
      results: { ...args.results, roleArn: roleArn(scope, roleName) },
    });
    this.resources = [role, rights, ...createManifests(name, manifests, this)];
    this.registerOutputs({});
  }
}
