/**
 * ARNs built from account, region and name.
 *
 * They are plain strings, never outputs: what a mandatory policy reads must be known at preview, since the
 * engine turns a mandatory policy that reads an unknown value into a warning.
 */
export interface AccountScope {
  /** AWS partition, `aws` outside China and GovCloud. */
  readonly partition: string;
  /** 12 digits. */
  readonly accountId: string;
  /** e.g. `eu-west-1`. */
  readonly region: string;
}

const arn = (scope: AccountScope, service: string, resource: string): string =>
  `arn:${scope.partition}:${service}:${scope.region}:${scope.accountId}:${resource}`;

/** The alias is what callers invoke, so that a version can be rolled back without touching the caller. */
export const lambdaAliasArn = (scope: AccountScope, name: string, alias: string): string =>
  arn(scope, "lambda", `function:${name}:${alias}`);

/** The URI by which API Gateway invokes a function or one of its aliases. */
export const lambdaInvocationUri = (scope: AccountScope, functionArn: string): string =>
  `arn:${scope.partition}:apigateway:${scope.region}:lambda:path/2015-03-31/functions/${functionArn}/invocations`;

export const logGroupArn = (scope: AccountScope, name: string): string =>
  arn(scope, "logs", `log-group:${name}`);

/** Where Lambda writes by itself, by the function's name in AWS. */
export const functionLogGroup = (functionName: string): string => `/aws/lambda/${functionName}`;

export const snsTopicArn = (scope: AccountScope, name: string): string => arn(scope, "sns", name);

export const eventRuleArn = (scope: AccountScope, name: string): string =>
  arn(scope, "events", `rule/${name}`);

export const accountRootArn = (scope: AccountScope): string =>
  `arn:${scope.partition}:iam::${scope.accountId}:root`;

export const roleArn = (scope: AccountScope, name: string): string =>
  `arn:${scope.partition}:iam::${scope.accountId}:role/${name}`;

/** The account's own stack makes it and the others' roles bear it. */
export const ROLE_BOUNDARY = "fase-b-account-boundary";
export const roleBoundaryArn = ({
  partition,
  accountId,
}: Pick<AccountScope, "partition" | "accountId">): string =>
  `arn:${partition}:iam::${accountId}:policy/${ROLE_BOUNDARY}`;

export const bucketArn = (scope: AccountScope, name: string): string => `arn:${scope.partition}:s3:::${name}`;

export const tableArn = (scope: AccountScope, name: string): string =>
  arn(scope, "dynamodb", `table/${name}`);

/** Every key of the account and region: key ids are made up by AWS, so a condition says which key is meant. */
export const anyKeyArn = (scope: AccountScope): string => arn(scope, "kms", "key/*");

/** A path of API Gateway's control plane, whose ARNs have no account. */
export const apiGatewayArn = (scope: AccountScope, path: string): string =>
  `arn:${scope.partition}:apigateway:${scope.region}::${path}`;
