import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { allowApiToInvoke, type LambdaFunction } from "../edge/lambdaFunction";
import { accessLogFormat, voiceAccessLogName, webSocketAccessLog } from "../gateway/accessLog";
import { logGroupArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createLogGroup } from "../shared/logGroup";
import type { VoiceSettings } from "./voice.schema";

export interface VoiceGatewayArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly settings: VoiceSettings;
  readonly handler: LambdaFunction;
  /** Runs once, at the start of a connection. */
  readonly authorizer: LambdaFunction;
  readonly logRetentionDays: number;
  readonly logKeyArn: pulumi.Input<string>;
}

/** The WebSocket API behind `/realtime-voice`. */
export class VoiceGateway extends WorkOrderComponent {
  readonly api: aws.apigatewayv2.Api;
  readonly stage: aws.apigatewayv2.Stage;
  /** By a short name. */
  logGroups: Readonly<Record<string, aws.cloudwatch.LogGroup>> = {};

  constructor(name: string, args: VoiceGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("VoiceGateway", name, ["B1.6", "B4.2", "B5.3"], opts);
    const apiModel = {
      name: `${args.namePrefix}-voice`,
      description: "Fase B: live voice sessions",
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.type",
      // In force only after the next deployment, so the deployment's digest covers it.
      disableExecuteApiEndpoint: true,
    };
    this.api = new aws.apigatewayv2.Api(`${name}-api`, apiModel, { parent: this });
    const routes = this.createRoutes(name, args, apiModel);
    this.stage = this.createStage(name, args, routes);
    this.registerOutputs({ webSocketApiId: this.api.id });
  }

  /** Returns what a deployment is a snapshot of: the routes, and a plain model of them. */
  private createRoutes(
    name: string,
    args: VoiceGatewayArgs,
    apiModel: object,
  ): { resources: pulumi.Resource[]; model: object } {
    const parent = { parent: this };
    const source = (what: string): pulumi.Output<string> =>
      pulumi.interpolate`${this.api.executionArn}/${what}`;
    const permissions = [
      allowApiToInvoke(`${name}-invokes-handler`, args.handler, source("*/*"), this),
      allowApiToInvoke(`${name}-invokes-authorizer`, args.authorizer, source("authorizers/*"), this),
    ];
    const integrationModel = {
      integrationType: "AWS_PROXY",
      integrationMethod: "POST",
      integrationUri: args.handler.invocationUri,
      contentHandlingStrategy: "CONVERT_TO_TEXT",
      timeoutMilliseconds: args.settings.integrationTimeoutMs,
    };
    const authorizerModel = {
      name: "ticket",
      authorizerType: "REQUEST",
      authorizerUri: args.authorizer.invocationUri,
      // The ticket is offered as a subprotocol: a query string would be logged on its way.
      identitySources: ["route.request.header.Sec-WebSocket-Protocol"],
    };
    const integration = new aws.apigatewayv2.Integration(
      `${name}-integration`,
      { apiId: this.api.id, ...integrationModel },
      parent,
    );
    const authorizer = new aws.apigatewayv2.Authorizer(
      `${name}-authorizer`,
      { apiId: this.api.id, ...authorizerModel },
      parent,
    );
    const target = pulumi.interpolate`integrations/${integration.id}`;
    const routeKeys = { connect: "$connect", disconnect: "$disconnect", default: "$default" };
    const routes = Object.entries(routeKeys).map(
      ([suffix, routeKey]) =>
        new aws.apigatewayv2.Route(
          `${name}-route-${suffix}`,
          {
            apiId: this.api.id,
            routeKey,
            target,
            // The gateway knows authorizers on $connect only; the connection carries their verdict.
            ...(routeKey === "$connect"
              ? { authorizationType: "CUSTOM", authorizerId: authorizer.id }
              : { authorizationType: "NONE" }),
          },
          parent,
        ),
    );
    return {
      resources: [integration, authorizer, ...routes, ...permissions],
      model: { apiModel, integrationModel, authorizerModel, routeKeys },
    };
  }

  private createStage(
    name: string,
    args: VoiceGatewayArgs,
    routes: { resources: pulumi.Resource[]; model: object },
  ): aws.apigatewayv2.Stage {
    const { settings } = args;
    const digest = createHash("sha256").update(JSON.stringify(routes.model)).digest("hex");
    const deployment = new aws.apigatewayv2.Deployment(
      `${name}-deployment`,
      { apiId: this.api.id, description: `model sha256:${digest}`, triggers: { model: digest } },
      { parent: this, retainOnDelete: true, dependsOn: routes.resources },
    );
    const accessLogName = voiceAccessLogName(args.namePrefix);
    const accessLog = createLogGroup(
      `${name}-access-log`,
      { logGroupName: accessLogName, retentionDays: args.logRetentionDays, keyArn: args.logKeyArn },
      this,
    );
    const executionLog = createLogGroup(
      `${name}-execution-log`,
      {
        // The gateway chooses this name; made before the stage, or the gateway makes it without key and end.
        // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
        logGroupName: pulumi.interpolate`/aws/apigateway/${this.api.id}/${settings.stageName}`,
        retentionDays: args.logRetentionDays,
        keyArn: args.logKeyArn,
      },
      this,
    );
    this.logGroups = { "voice-access": accessLog, "voice-execution": executionLog };
    return new aws.apigatewayv2.Stage(
      `${name}-stage`,
      {
        apiId: this.api.id,
        name: settings.stageName,
        description: "Fase B: staging of the voice sessions",
        deploymentId: deployment.id,
        autoDeploy: false,
        accessLogSettings: {
          destinationArn: logGroupArn(args.scope, accessLogName),
          format: accessLogFormat(webSocketAccessLog),
        },
        defaultRouteSettings: {
          throttlingRateLimit: settings.messagesPerSecond,
          throttlingBurstLimit: settings.burstMessages,
          detailedMetricsEnabled: true,
          loggingLevel: "ERROR",
          dataTraceEnabled: false,
        },
      },
      { parent: this, dependsOn: [accessLog, executionLog] },
    );
  }
}
