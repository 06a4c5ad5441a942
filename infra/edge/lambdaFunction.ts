import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { ClauseId } from "../../policies/clauses";
import {
  functionLogGroup,
  lambdaAliasArn,
  lambdaInvocationUri,
  logGroupArn,
  type AccountScope,
} from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createLogGroup } from "../shared/logGroup";
import { allowing, type Statement } from "../shared/statement";
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
  /** The archive's files by name; `index.js` exports `handler`. */
  readonly files: Readonly<Record<string, pulumi.asset.Asset>>;
  /** SHA-256 of all its code, in hexadecimal: by it the code's bill of materials is found. */
  readonly codeSha256: string;
  readonly settings: LambdaSettings;
  readonly logRetentionDays: number;
  readonly logKeyArn: pulumi.Input<string>;
  /** What the function may do beside writing its own log and traces. @default nothing */
  readonly rights?: readonly Statement[];
  /** What the function finds there when it first runs. @default nothing */
  readonly needs?: readonly pulumi.Resource[];
}

/** A function with its own role, log group and alias. Names and ARNs are fixed, so that they are known at preview. */
export class LambdaFunction extends WorkOrderComponent {
  /** What callers invoke; known at preview. */
  readonly aliasArn: string;
  /** The URI by which the gateway invokes the alias; known at preview. */
  readonly invocationUri: string;
  readonly functionName: string;
  readonly aliasName = ALIAS;
  readonly alias: aws.lambda.Alias;
  readonly logGroup: aws.cloudwatch.LogGroup;

  constructor(name: string, args: LambdaFunctionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("LambdaFunction", name, args.clauses, opts, { codeSha256: args.codeSha256 });
    this.functionName = `${args.namePrefix}-${args.functionName}`;
    this.aliasArn = lambdaAliasArn(args.scope, this.functionName, ALIAS);
    this.invocationUri = lambdaInvocationUri(args.scope, this.aliasArn);

    const logGroupName = functionLogGroup(this.functionName);
    this.logGroup = createLogGroup(
      `${name}-logs`,
      { logGroupName, retentionDays: args.logRetentionDays, keyArn: args.logKeyArn },
      this,
    );
    const role = this.createRole(name);
    const rights = this.createRights(name, role, logGroupArn(args.scope, logGroupName), args.rights ?? []);
    const lambda = new aws.lambda.Function(
      `${name}-function`,
      {
        name: this.functionName,
        description: args.description,
        role: role.arn,
        runtime: "nodejs24.x",
        architectures: ["arm64"],
        handler: "index.handler",
        code: new pulumi.asset.AssetArchive({ ...args.files }),
        memorySize: args.settings.memoryMb,
        timeout: args.settings.timeoutSeconds,
        reservedConcurrentExecutions: args.settings.reservedConcurrency,
        publish: true,
        tracingConfig: { mode: "Active" },
        loggingConfig: { logFormat: "JSON", logGroup: logGroupName, systemLogLevel: "INFO" },
      },
      // Without the group the function would make one of its own, unencrypted and without end.
      { parent: this, dependsOn: [this.logGroup, ...rights, ...(args.needs ?? [])] },
    );
    this.alias = new aws.lambda.Alias(
      `${name}-alias`,
      { name: ALIAS, functionName: this.functionName, functionVersion: lambda.version },
      { parent: this, dependsOn: lambda },
    );
    this.keepWarm(name, args.settings.provisionedConcurrency ?? 0);
    this.registerOutputs({ functionName: this.functionName, aliasArn: this.aliasArn });
  }

  private createRole(name: string): aws.iam.Role {
    return new aws.iam.Role(
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
  }

  /** Its log and traces, which every function has, and what it alone may do, in a policy of its own. */
  private createRights(
    name: string,
    role: aws.iam.Role,
    logGroup: string,
    own: readonly Statement[],
  ): aws.iam.RolePolicy[] {
    const basic: readonly Statement[] = [
      {
        sid: "OwnLog",
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [`${logGroup}:log-stream:*`],
      },
      {
        // X-Ray has no resources to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        sid: "Traces",
        actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        resources: ["*"],
      },
    ];
    const policies = [
      { suffix: "rights", policyName: "own-log-and-traces", statements: basic },
      { suffix: "data-rights", policyName: "own-data", statements: own },
    ];
    return policies
      .filter(({ statements }) => statements.length > 0)
      .map(
        ({ suffix, policyName, statements }) =>
          new aws.iam.RolePolicy(
            `${name}-${suffix}`,
            { name: policyName, role: role.name, policy: allowing(statements) },
            { parent: this },
          ),
      );
  }

  private keepWarm(name: string, instances: number): void {
    if (instances === 0) return;
    new aws.lambda.ProvisionedConcurrencyConfig(
      `${name}-warm`,
      {
        functionName: this.functionName,
        qualifier: ALIAS,
        provisionedConcurrentExecutions: instances,
      },
      { parent: this, dependsOn: this.alias },
    );
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
