import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ClauseId } from "../../policies/clauses";
import { lambdaAliasArn, lambdaInvocationUri, logGroupArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createLogGroup } from "../shared/logGroup";
import type { LambdaSettings } from "./edge.schema";

/** Callers invoke the alias; a rollback moves it to an earlier version. */
const ALIAS = "live";

export interface LambdaFunctionArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** The function's short name; its AWS name is `<namePrefix>-<functionName>`. */
  readonly functionName: string;
  readonly description: string;
  readonly clauses: readonly ClauseId[];
  /** The bundle: the text of `index.js`, which exports `handler`. */
  readonly code: string;
  readonly settings: LambdaSettings & { readonly timeoutSeconds: number };
  readonly logRetentionDays: number;
  readonly logKeyArn: pulumi.Input<string>;
}

/** A function with its own role, log group and alias. Names and ARNs are fixed, so that they are known at preview. */
export class LambdaFunction extends WorkOrderComponent {
  /** What callers invoke; known at preview. */
  readonly aliasArn: string;
  /** The URI by which the gateway invokes the alias; known at preview. */
  readonly invocationUri: string;
  readonly functionName: string;
  readonly alias: aws.lambda.Alias;

  constructor(name: string, args: LambdaFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("LambdaFunction", name, args.clauses, opts);
    this.functionName = `${args.namePrefix}-${args.functionName}`;
    this.aliasArn = lambdaAliasArn(args.scope, this.functionName, ALIAS);
    this.invocationUri = lambdaInvocationUri(args.scope, this.aliasArn);

    const logGroupName = `/aws/lambda/${this.functionName}`;
    const logGroup = createLogGroup(
      `${name}-logs`,
      { logGroupName, retentionDays: args.logRetentionDays, keyArn: args.logKeyArn },
      this,
    );
    const { role, rights } = this.createRole(name, logGroupArn(args.scope, logGroupName));
    const lambda = new aws.lambda.Function(
      `${name}-function`,
      {
        name: this.functionName,
        description: args.description,
        role: role.arn,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.handler",
        code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(args.code) }),
        memorySize: args.settings.memoryMb,
        timeout: args.settings.timeoutSeconds,
        reservedConcurrentExecutions: args.settings.reservedConcurrency,
        publish: true,
        tracingConfig: { mode: "Active" },
        loggingConfig: { logFormat: "JSON", logGroup: logGroupName, systemLogLevel: "INFO" },
      },
      // Without the group the function would make one of its own, unencrypted and without end.
      { parent: this, dependsOn: [logGroup, rights] },
    );
    this.alias = new aws.lambda.Alias(
      `${name}-alias`,
      { name: ALIAS, functionName: this.functionName, functionVersion: lambda.version },
      { parent: this, dependsOn: lambda },
    );
    this.registerOutputs({ functionName: this.functionName, aliasArn: this.aliasArn });
  }

  private createRole(name: string, logGroup: string): { role: aws.iam.Role; rights: aws.iam.RolePolicy } {
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        name: this.functionName,
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "lambda.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      },
      { parent: this },
    );
    const rights = new aws.iam.RolePolicy(
      `${name}-rights`,
      {
        name: "own-log-and-traces",
        role: role.name,
        policy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Sid: "OwnLog",
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Resource: `${logGroup}:log-stream:*`,
            },
            {
              // X-Ray has no resources to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
              Sid: "Traces",
              Effect: "Allow",
              Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
              Resource: "*",
            },
          ],
        }),
      },
      { parent: this },
    );
    return { role, rights };
  }
}

/** Lets one API, and nothing else, invoke a function's alias. */
export function allowApiToInvoke(
  name: string,
  target: LambdaFunction,
  /** `arn:…:execute-api:…:<api id>/<what>`; holds the API's generated id. */
  sourceArn: pulumi.Input<string>,
  parent: pulumi.Resource,
): aws.lambda.Permission {
  return new aws.lambda.Permission(
    name,
    {
      action: "lambda:InvokeFunction",
      principal: "apigateway.amazonaws.com",
      function: target.functionName,
      qualifier: ALIAS,
      // Holds account and API; the gateway is not known to say its account beside it.
      sourceArn,
    },
    { parent, dependsOn: target.alias },
  );
}
