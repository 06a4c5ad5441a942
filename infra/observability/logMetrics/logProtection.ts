import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "../../shared/arn";
import { WorkOrderComponent } from "../../shared/component";
import { logDeliveryPolicy } from "../../shared/logDelivery";
import { createLogGroup } from "../../shared/logGroup";
import { findingsLogGroupName, protectionPolicy } from "../../shared/logProtection";

export interface LogFindingsArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly logRetentionDays: number;
  readonly logKeyArn: pulumi.Input<string>;
}

/** Where the service reports what it found in protected logs: kind and place, never the value (B8.3). */
export class LogFindings extends WorkOrderComponent {
  readonly logGroup: aws.cloudwatch.LogGroup;
  /** All that must be there before a log is protected. */
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: LogFindingsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("LogFindings", name, ["B8.3"], opts);
    const { namePrefix, scope } = args;
    const logGroupName = findingsLogGroupName(namePrefix);
    this.logGroup = createLogGroup(
      `${name}-log`,
      { logGroupName, retentionDays: args.logRetentionDays, keyArn: args.logKeyArn },
      this,
    );
    const delivery = new aws.cloudwatch.LogResourcePolicy(
      `${name}-delivery`,
      {
        policyName: `${namePrefix}-log-findings`,
        policyDocument: logDeliveryPolicy(scope, "FindingsDelivery", logGroupName),
      },
      { parent: this },
    );
    this.resources = [this.logGroup, delivery];
    this.registerOutputs({});
  }
}

export interface LogProtectionArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** Every group that can carry something of a caller, by a short name. */
  readonly groups: Readonly<Record<string, aws.cloudwatch.LogGroup>>;
  readonly findings: LogFindings;
}

/** Masks what must not stand in a log, and reports it, for the day on which some line holds it all the same (B8.3). */
export class LogProtection extends WorkOrderComponent {
  constructor(name: string, args: LogProtectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("LogProtection", name, ["B8.3"], opts);
    const { namePrefix, scope, groups, findings } = args;
    for (const [suffix, group] of Object.entries(groups))
      new aws.cloudwatch.LogDataProtectionPolicy(
        `${name}-${suffix}`,
        {
          logGroupName: group.name,
          policyDocument: protectionPolicy({ scope, namePrefix, name: `${namePrefix}-${suffix}-log` }),
        },
        { parent: this, dependsOn: [...findings.resources] },
      );
    this.registerOutputs({});
  }
}
