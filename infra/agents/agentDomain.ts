import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { WorkOrderComponent } from "../shared/component";
import type { Agent } from "./agents.schema";
import { domainClass, tlsOfClass } from "./domainRules";

export interface AgentDomainArgs {
  readonly agent: Agent;
  readonly hostedZoneId: string;
  /** A certificate that is validated: the domain waits for it. */
  readonly certificateArn: pulumi.Input<string>;
  readonly truststoreUri: string;
  readonly truststoreVersion: pulumi.Input<string>;
  readonly restApiId: pulumi.Input<string>;
  readonly restStageName: pulumi.Input<string>;
  readonly webSocketApiId: pulumi.Input<string>;
  readonly webSocketStageId: pulumi.Input<string>;
}

/** Where the gateway can be reached under an agent's domain. */
interface Target {
  readonly host: pulumi.Input<string>;
  readonly zoneId: pulumi.Input<string>;
}

/** The agent's whole configuration, for who judges whether it is complete (B5.4). */
const factsOf = ({ id, domain, protocol, certificate, configuration, upstream }: Agent) => ({
  agentId: id,
  protocol,
  certificate: certificate.source === "issue" ? "issued" : "existing",
  configuration: {
    domain,
    routes: configuration.routes,
    clients: configuration.clients,
    maxConcurrentRequests: configuration.maxConcurrentRequests,
    upstream: upstream?.url ?? "edge",
    alertLabels: configuration.alertLabels,
  },
});

/** An agent's custom domain, mapped to the API and found in DNS. */
export class AgentDomain extends WorkOrderComponent {
  constructor(name: string, args: AgentDomainArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AgentDomain", name, ["B5.1", "B5.3", "B5.4", "B8.4"], opts, factsOf(args.agent));
    const target =
      args.agent.protocol === "http"
        ? this.createHttpDomain(name, args)
        : this.createWebSocketDomain(name, args);
    new aws.route53.Record(
      `${name}-alias`,
      {
        zoneId: args.hostedZoneId,
        name: args.agent.domain,
        type: "A",
        // One region: there is nothing to fail over to.
        aliases: [{ name: target.host, zoneId: target.zoneId, evaluateTargetHealth: false }],
      },
      { parent: this },
    );
    this.registerOutputs({ domain: args.agent.domain });
  }

  private createHttpDomain(name: string, args: AgentDomainArgs): Target {
    const { agent } = args;
    const kind = domainClass(agent);
    const domain = new aws.apigateway.DomainName(
      `${name}-domain`,
      {
        domainName: agent.domain,
        regionalCertificateArn: args.certificateArn,
        ...(agent.certificate.source === "imported" && kind === "mutualTls"
          ? { ownershipVerificationCertificateArn: agent.certificate.ownershipVerificationCertificateArn }
          : {}),
        endpointConfiguration: { types: "REGIONAL" },
        ...tlsOfClass[kind],
        ...(kind === "mutualTls"
          ? {
              mutualTlsAuthentication: {
                truststoreUri: args.truststoreUri,
                truststoreVersion: args.truststoreVersion,
              },
            }
          : {}),
      },
      { parent: this },
    );
    new aws.apigateway.BasePathMapping(
      `${name}-mapping`,
      { restApi: args.restApiId, stageName: args.restStageName, domainName: domain.domainName },
      { parent: this },
    );
    return { host: domain.regionalDomainName, zoneId: domain.regionalZoneId };
  }

  private createWebSocketDomain(name: string, args: AgentDomainArgs): Target {
    const domain = new aws.apigatewayv2.DomainName(
      `${name}-domain`,
      {
        domainName: args.agent.domain,
        domainNameConfiguration: {
          certificateArn: args.certificateArn,
          endpointType: "REGIONAL",
          securityPolicy: tlsOfClass.webSocket.securityPolicy,
        },
      },
      { parent: this },
    );
    new aws.apigatewayv2.ApiMapping(
      `${name}-mapping`,
      { apiId: args.webSocketApiId, stage: args.webSocketStageId, domainName: domain.id },
      { parent: this },
    );
    return {
      host: domain.domainNameConfiguration.targetDomainName,
      zoneId: domain.domainNameConfiguration.hostedZoneId,
    };
  }
}
