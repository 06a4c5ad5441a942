import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { allowApiToInvoke, type LambdaFunction } from "../edge/lambdaFunction";
import { logGroupArn, type AccountScope } from "../shared/arn";
import { liveValues } from "../secrets/liveValues";
import { WorkOrderComponent } from "../shared/component";
import { createLogGroup } from "../shared/logGroup";
import { accessLogFormat, accessLogName, restAccessLog } from "./accessLog";
import type { GatewaySettings } from "./gateway.schema";

/** The token bucket of one method on the stage. */
export interface MethodThrottle {
  /** As in the contract: `/realtime-voice/tickets`. */
  readonly path: string;
  readonly httpMethod: string;
  /** As the gateway names a method on a stage: `~1realtime-voice~1tickets/POST`. */
  readonly methodPath: string;
  readonly requestsPerSecond: number;
  readonly burst: number;
}

export interface GatewayArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly settings: GatewaySettings;
  /** The OpenAPI document that the gateway imports; plain data, so that it is known at preview. */
  readonly body: object;
  /** One for each method of the body. */
  readonly throttles: readonly MethodThrottle[];
  readonly edge: LambdaFunction;
  readonly authorizer: LambdaFunction;
  readonly logKeyArn: pulumi.Input<string>;
}

/** The REST API, its stage and what the stage logs and limits. */
export class Gateway extends WorkOrderComponent {
  readonly api: aws.apigateway.RestApi;
  readonly stage: aws.apigateway.Stage;
  readonly stageName: string;
  /** By a short name. */
  logGroups: Readonly<Record<string, aws.cloudwatch.LogGroup>> = {};

  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Gateway", name, ["B1.6", "B4.1", "B4.3", "B5.3"], opts);
    if (args.throttles.length === 0) {
      throw new pulumi.RunError(
        `${name}: got no method throttles; allowed: one for each method of the contract; fix: add a route to infra/contract/openapi.yaml`,
      );
    }
    this.stageName = args.settings.stageName;
    const model = {
      name: args.namePrefix,
      description: "Fase B: the hardened API of the agents",
      endpointConfiguration: { types: "REGIONAL" },
      // Mutual TLS lives on the custom domains; the default endpoint would be a way around it.
      disableExecuteApiEndpoint: true,
      putRestApiMode: "overwrite",
      failOnWarnings: true,
      body: JSON.stringify(args.body),
    };
    this.api = new aws.apigateway.RestApi(`${name}-api`, model, { parent: this });
    const callable = this.allowInvocation(name, args);
    const deployment = this.createDeployment(name, model, callable);
    this.stage = this.createStage(name, args, deployment);
    this.createMethodSettings(name, args.throttles);
    this.registerOutputs({ restApiId: this.api.id, stageName: this.stageName });
  }

  private allowInvocation(name: string, { edge, authorizer }: GatewayArgs): pulumi.Resource[] {
    const source = (what: string): pulumi.Output<string> =>
      pulumi.interpolate`${this.api.executionArn}/${what}`;
    return [
      allowApiToInvoke(`${name}-invokes-edge`, edge, source("*/POST/*"), this),
      allowApiToInvoke(`${name}-invokes-authorizer`, authorizer, source("authorizers/*"), this),
    ];
  }

  /**
   * A deployment is a snapshot of the model: a change of anything in it makes a new one. The old ones stay
   * (`retainOnDelete`), since a rollback points the stage at one of them.
   */
  private createDeployment(
    name: string,
    model: object,
    callable: readonly pulumi.Resource[],
  ): aws.apigateway.Deployment {
    const digest = createHash("sha256").update(JSON.stringify(model)).digest("hex");
    return new aws.apigateway.Deployment(
      `${name}-deployment`,
      { restApi: this.api.id, description: `model sha256:${digest}`, triggers: { model: digest } },
      { parent: this, retainOnDelete: true, dependsOn: [...callable] },
    );
  }

  private createStage(
    name: string,
    args: GatewayArgs,
    deployment: aws.apigateway.Deployment,
  ): aws.apigateway.Stage {
    const { settings, scope, logKeyArn } = args;
    const log = { retentionDays: settings.logRetentionDays, keyArn: logKeyArn };
    const logGroupName = accessLogName(args.namePrefix);
    const accessLog = createLogGroup(`${name}-access-log`, { ...log, logGroupName }, this);
    const executionLog = createLogGroup(
      `${name}-execution-log`,
      // The gateway chooses this name; made before the stage, or the gateway makes it without key and end.
      {
        ...log,
        logGroupName: pulumi.interpolate`API-Gateway-Execution-Logs_${this.api.id}/${settings.stageName}`,
      },
      this,
    );
    this.logGroups = { "gateway-access": accessLog, "gateway-execution": executionLog };
    // Only the first one is the program's: a function makes its successors, and points the stage at them.
    const clientCertificate = new aws.apigateway.ClientCertificate(
      `${name}-client-certificate`,
      { description: "With this the gateway shows HTTP integrations who it is" },
      { parent: this },
    );
    return new aws.apigateway.Stage(
      `${name}-stage`,
      {
        restApi: this.api.id,
        deployment: deployment.id,
        stageName: settings.stageName,
        description: "Fase B: staging of the agents' API",
        accessLogSettings: {
          destinationArn: logGroupArn(scope, logGroupName),
          format: accessLogFormat(restAccessLog),
        },
        xrayTracingEnabled: true,
        cacheClusterEnabled: false,
        clientCertificateId: clientCertificate.id,
      },
      {
        parent: this,
        dependsOn: [accessLog, executionLog],
        ignoreChanges: [...liveValues.stageCertificate.properties],
      },
    );
  }

  private createMethodSettings(name: string, throttles: readonly MethodThrottle[]): void {
    // The strictest of the routes holds for whatever has no settings of its own.
    const strictest = {
      path: "default",
      httpMethod: "",
      methodPath: "*/*",
      requestsPerSecond: Math.min(...throttles.map((throttle) => throttle.requestsPerSecond)),
      burst: Math.min(...throttles.map((throttle) => throttle.burst)),
    };
    for (const { path, httpMethod, methodPath, requestsPerSecond, burst } of [strictest, ...throttles]) {
      const suffix = [path, httpMethod]
        .join("-")
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
      new aws.apigateway.MethodSettings(
        `${name}-method-${suffix}`,
        {
          restApi: this.api.id,
          stageName: this.stage.stageName,
          methodPath,
          settings: {
            throttlingRateLimit: requestsPerSecond,
            throttlingBurstLimit: burst,
            metricsEnabled: true,
            // Data tracing writes bodies to the log; INFO writes a line a step for each request.
            loggingLevel: "ERROR",
            dataTraceEnabled: false,
            cachingEnabled: false,
          },
        },
        { parent: this },
      );
    }
  }
}
