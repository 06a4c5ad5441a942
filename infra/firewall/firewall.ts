import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { logGroupArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createLogGroup } from "../shared/logGroup";
import { formatProblem } from "../shared/problem";
import { parseCidr, type FirewallSettings, type IpFamily } from "./firewall.schema";
import {
  dataProtections,
  deliveryPolicy,
  loggingFilter,
  logGroupName,
  maskingPolicy,
  redactedFields,
} from "./firewallLogging";
import {
  checkFirewall,
  firewallRules,
  visibility,
  type FirewallRoutes,
  type IpSetArns,
} from "./firewallRules";

export interface FirewallArgs extends FirewallRoutes {
  /** Start of every physical name, e.g. `fase-b-staging`. */
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly settings: FirewallSettings;
  /** From where scans call: exempt as `exemptAddresses` are. */
  readonly scanAddresses: readonly string[];
  /** The REST API's stage, e.g. `arn:aws:apigateway:eu-west-1::/restapis/<id>/stages/<name>`. */
  readonly stageArn: pulumi.Input<string>;
  /** The key under which the firewall's log rests. */
  readonly logsKmsKeyArn: pulumi.Input<string>;
  /** What must be there before the log is protected: the group of what is found. @default nothing */
  readonly needs?: readonly pulumi.Resource[];
}

/**
 * A regional web ACL in front of the REST API's stage: block list, graduated rate steps, the size of `/vision`,
 * managed groups, and a log without personal data.
 *
 * @throws Error when the rules take more capacity than the settings allow
 */
export class Firewall extends WorkOrderComponent {
  readonly webAclArn: pulumi.Output<string>;
  readonly webAclId: pulumi.Output<string>;

  constructor(
    private readonly name: string,
    private readonly args: FirewallArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("Firewall", name, ["B4.3", "B4.4", "B8.3"], opts);
    const problems = checkFirewall(args.settings);
    if (problems.length > 0) throw new Error(problems.map(formatProblem).join("\n"));

    const webAcl = this.createWebAcl(this.createIpSets());
    const log = this.createLog();
    this.createLogging(webAcl, log);
    this.createAssociation(webAcl);

    this.webAclArn = webAcl.arn;
    this.webAclId = webAcl.id;
    this.registerOutputs({ webAclArn: this.webAclArn, webAclId: this.webAclId });
  }

  /** All four always exist, so that the first address on a list changes a set and no rule. */
  private createIpSets(): IpSetArns<pulumi.Output<string>> {
    const { settings, scanAddresses } = this.args;
    const { blockedAddresses } = settings;
    const exemptAddresses = [...new Set([...settings.exemptAddresses, ...scanAddresses])];
    return {
      blockedIpv4: this.createIpSet("blocked", "ipv4", blockedAddresses),
      blockedIpv6: this.createIpSet("blocked", "ipv6", blockedAddresses),
      exemptIpv4: this.createIpSet("exempt", "ipv4", exemptAddresses),
      exemptIpv6: this.createIpSet("exempt", "ipv6", exemptAddresses),
    };
  }

  private createIpSet(list: string, family: IpFamily, addresses: readonly string[]): pulumi.Output<string> {
    return new aws.wafv2.IpSet(
      `${this.name}-${list}-${family}`,
      {
        name: `${this.args.namePrefix}-${list}-${family}`,
        scope: "REGIONAL",
        ipAddressVersion: family === "ipv4" ? "IPV4" : "IPV6",
        // The service keeps a set: sorted, the order in the settings means nothing.
        addresses: addresses.filter((text) => parseCidr(text).family === family).sort(),
      },
      { parent: this },
    ).arn;
  }

  private createWebAcl(ipSets: IpSetArns<pulumi.Output<string>>): aws.wafv2.WebAcl {
    const { namePrefix, settings } = this.args;
    const { rules, customResponseBodies } = firewallRules(settings, this.args, ipSets);
    return new aws.wafv2.WebAcl(
      `${this.name}-acl`,
      {
        name: `${namePrefix}-firewall`,
        description: "Block list, graduated rate steps, size of vision, managed groups",
        scope: "REGIONAL",
        defaultAction: { allow: {} },
        rules,
        customResponseBodies,
        associationConfig: {
          requestBodies: [
            { apiGateway: { defaultSizeInspectionLimit: `KB_${settings.bodyInspectionLimitKb}` } },
          ],
        },
        dataProtectionConfig: { dataProtections },
        visibilityConfig: visibility(`${namePrefix}-firewall`),
      },
      { parent: this },
    );
  }

  private createLog(): pulumi.Resource[] {
    const { namePrefix, scope, settings, logsKmsKeyArn } = this.args;
    const group = createLogGroup(
      `${this.name}-log`,
      {
        logGroupName: logGroupName(namePrefix),
        retentionDays: settings.logRetentionDays,
        keyArn: logsKmsKeyArn,
      },
      this,
    );
    // Masks only what arrives after it, so it precedes the first delivery.
    const masking = new aws.cloudwatch.LogDataProtectionPolicy(
      `${this.name}-log-masking`,
      { logGroupName: logGroupName(namePrefix), policyDocument: maskingPolicy(scope, namePrefix) },
      { parent: this, dependsOn: [group, ...(this.args.needs ?? [])] },
    );
    const delivery = new aws.cloudwatch.LogResourcePolicy(
      `${this.name}-log-delivery`,
      { policyName: `${namePrefix}-firewall-log`, policyDocument: deliveryPolicy(scope, namePrefix) },
      { parent: this },
    );
    return [group, masking, delivery];
  }

  private createLogging(webAcl: aws.wafv2.WebAcl, log: pulumi.Resource[]): void {
    const { namePrefix, scope } = this.args;
    new aws.wafv2.WebAclLoggingConfiguration(
      `${this.name}-logging`,
      {
        resourceArn: webAcl.arn,
        logDestinationConfigs: [logGroupArn(scope, logGroupName(namePrefix))],
        redactedFields,
        loggingFilter,
      },
      { parent: this, dependsOn: log },
    );
  }

  private createAssociation(webAcl: aws.wafv2.WebAcl): void {
    new aws.wafv2.WebAclAssociation(
      `${this.name}-association`,
      { resourceArn: this.args.stageArn, webAclArn: webAcl.arn },
      { parent: this },
    );
  }
}
