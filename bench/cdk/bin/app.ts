#!/usr/bin/env node
/**
 * As many resources of the same types as the previewed stack has, as CloudFormation's own (L1) constructs.
 *
 * The counts come from the benchmark, by Pulumi's type tokens, in the file that BENCH_CDK_COUNTS names.
 */
import * as cdk from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as apigatewayv2 from "aws-cdk-lib/aws-apigatewayv2";
import * as certificatemanager from "aws-cdk-lib/aws-certificatemanager";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import * as events from "aws-cdk-lib/aws-events";
import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import * as route53 from "aws-cdk-lib/aws-route53";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as sns from "aws-cdk-lib/aws-sns";
import * as wafv2 from "aws-cdk-lib/aws-wafv2";
import { Construct } from "constructs";
import { readFileSync, writeFileSync } from "fs";

type Make = (scope: Construct, id: string) => unknown;

const principal = (service: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }],
});
const policy = (resource: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: resource }],
});
const visibility = (metricName: string) => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
});
const functionArn = "arn:aws:lambda:eu-west-1:123456789012:function:edge";

const makers: Record<string, Make> = {
  "aws:acm/certificate:Certificate": (scope, id) =>
    new certificatemanager.CfnCertificate(scope, id, {
      domainName: `${id}.staging.example.com`,
      validationMethod: "DNS",
      domainValidationOptions: [
        { domainName: `${id}.staging.example.com`, hostedZoneId: "Z0123456789EXAMPLE" },
      ],
    }),
  "aws:apigateway/apiKey:ApiKey": (scope, id) =>
    new apigateway.CfnApiKey(scope, id, { name: id, enabled: true }),
  "aws:apigateway/basePathMapping:BasePathMapping": (scope, id) =>
    new apigateway.CfnBasePathMapping(scope, id, {
      domainName: `${id}.staging.example.com`,
      restApiId: "api",
      stage: "v1",
    }),
  "aws:apigateway/clientCertificate:ClientCertificate": (scope, id) =>
    new apigateway.CfnClientCertificate(scope, id, {}),
  "aws:apigateway/deployment:Deployment": (scope, id) =>
    new apigateway.CfnDeployment(scope, id, { restApiId: "api" }),
  "aws:apigateway/domainName:DomainName": (scope, id) =>
    new apigateway.CfnDomainName(scope, id, {
      domainName: `${id}.staging.example.com`,
      endpointConfiguration: { types: ["REGIONAL"] },
      regionalCertificateArn:
        "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-4000-8000-000000000000",
      securityPolicy: "TLS_1_2",
      mutualTlsAuthentication: { truststoreUri: "s3://truststore/truststore.pem", truststoreVersion: "1" },
    }),
  "aws:apigateway/restApi:RestApi": (scope, id) =>
    new apigateway.CfnRestApi(scope, id, {
      name: id,
      disableExecuteApiEndpoint: true,
      body: { openapi: "3.0.1", info: { title: id, version: "1" }, paths: {} },
    }),
  "aws:apigateway/stage:Stage": (scope, id) =>
    new apigateway.CfnStage(scope, id, { restApiId: "api", stageName: "v1", tracingEnabled: true }),
  "aws:apigateway/usagePlan:UsagePlan": (scope, id) =>
    new apigateway.CfnUsagePlan(scope, id, {
      usagePlanName: id,
      quota: { limit: 1_000_000, period: "MONTH" },
      throttle: { rateLimit: 100, burstLimit: 200 },
      apiStages: [{ apiId: "api", stage: "v1" }],
    }),
  "aws:apigateway/usagePlanKey:UsagePlanKey": (scope, id) =>
    new apigateway.CfnUsagePlanKey(scope, id, { keyId: "key", keyType: "API_KEY", usagePlanId: "plan" }),
  "aws:apigatewayv2/api:Api": (scope, id) =>
    new apigatewayv2.CfnApi(scope, id, {
      name: id,
      protocolType: "WEBSOCKET",
      routeSelectionExpression: "$request.body.action",
    }),
  "aws:apigatewayv2/apiMapping:ApiMapping": (scope, id) =>
    new apigatewayv2.CfnApiMapping(scope, id, {
      apiId: "api",
      domainName: `${id}.staging.example.com`,
      stage: "v1",
    }),
  "aws:apigatewayv2/authorizer:Authorizer": (scope, id) =>
    new apigatewayv2.CfnAuthorizer(scope, id, {
      apiId: "api",
      name: id,
      authorizerType: "REQUEST",
      authorizerUri: functionArn,
    }),
  "aws:apigatewayv2/deployment:Deployment": (scope, id) =>
    new apigatewayv2.CfnDeployment(scope, id, { apiId: "api" }),
  "aws:apigatewayv2/domainName:DomainName": (scope, id) =>
    new apigatewayv2.CfnDomainName(scope, id, {
      domainName: `${id}.staging.example.com`,
      domainNameConfigurations: [{ endpointType: "REGIONAL", securityPolicy: "TLS_1_2" }],
    }),
  "aws:apigatewayv2/integration:Integration": (scope, id) =>
    new apigatewayv2.CfnIntegration(scope, id, {
      apiId: "api",
      integrationType: "AWS_PROXY",
      integrationUri: functionArn,
    }),
  "aws:apigatewayv2/route:Route": (scope, id) =>
    new apigatewayv2.CfnRoute(scope, id, { apiId: "api", routeKey: id }),
  "aws:apigatewayv2/stage:Stage": (scope, id) =>
    new apigatewayv2.CfnStage(scope, id, { apiId: "api", stageName: "v1" }),
  "aws:cloudwatch/eventRule:EventRule": (scope, id) =>
    new events.CfnRule(scope, id, {
      eventPattern: { source: ["aws.acm"] },
      targets: [{ id, arn: "arn:aws:sns:eu-west-1:123456789012:alarms" }],
    }),
  "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": (scope, id) =>
    new logs.CfnLogGroup(scope, id, {
      dataProtectionPolicy: { Name: id, Version: "2021-06-01", Statement: [] },
    }),
  "aws:cloudwatch/logGroup:LogGroup": (scope, id) =>
    new logs.CfnLogGroup(scope, id, { logGroupName: `/fase-b/${id}`, retentionInDays: 90 }),
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": (scope, id) =>
    new logs.CfnResourcePolicy(scope, id, { policyName: id, policyDocument: JSON.stringify(policy("*")) }),
  "aws:cloudwatch/metricAlarm:MetricAlarm": (scope, id) =>
    new cloudwatch.CfnAlarm(scope, id, {
      alarmName: id,
      comparisonOperator: "LessThanThreshold",
      evaluationPeriods: 1,
      metricName: "DaysToExpiry",
      namespace: "AWS/CertificateManager",
      period: 86_400,
      statistic: "Minimum",
      threshold: 60,
    }),
  "aws:iam/role:Role": (scope, id) =>
    new iam.CfnRole(scope, id, { roleName: id, assumeRolePolicyDocument: principal("lambda.amazonaws.com") }),
  "aws:iam/rolePolicy:RolePolicy": (scope, id) =>
    new iam.CfnRolePolicy(scope, id, { policyName: id, roleName: "role", policyDocument: policy("*") }),
  "aws:kms/alias:Alias": (scope, id) =>
    new kms.CfnAlias(scope, id, { aliasName: `alias/${id}`, targetKeyId: "key" }),
  "aws:kms/key:Key": (scope, id) =>
    new kms.CfnKey(scope, id, { enableKeyRotation: true, keyPolicy: policy("*") }),
  "aws:lambda/alias:Alias": (scope, id) =>
    new lambda.CfnAlias(scope, id, { functionName: "edge", functionVersion: "1", name: "live" }),
  "aws:lambda/function:Function": (scope, id) =>
    new lambda.CfnFunction(scope, id, {
      functionName: id,
      role: "arn:aws:iam::123456789012:role/edge",
      handler: "index.handler",
      runtime: "nodejs24.x",
      code: { zipFile: "exports.handler = async () => ({ statusCode: 503 });" },
    }),
  "aws:lambda/permission:Permission": (scope, id) =>
    new lambda.CfnPermission(scope, id, {
      action: "lambda:InvokeFunction",
      functionName: "edge",
      principal: "apigateway.amazonaws.com",
    }),
  "aws:route53/record:Record": (scope, id) =>
    new route53.CfnRecordSet(scope, id, {
      hostedZoneId: "Z0123456789EXAMPLE",
      name: `${id}.staging.example.com`,
      type: "A",
      aliasTarget: { dnsName: "gateway.example.com", hostedZoneId: "Z0123456789GATEWAY" },
    }),
  "aws:s3/bucket:Bucket": (scope, id) =>
    new s3.CfnBucket(scope, id, {
      versioningConfiguration: { status: "Enabled" },
      publicAccessBlockConfiguration: { blockPublicAcls: true, blockPublicPolicy: true },
    }),
  "aws:s3/bucketPolicy:BucketPolicy": (scope, id) =>
    new s3.CfnBucketPolicy(scope, id, { bucket: "truststore", policyDocument: policy("*") }),
  "aws:sns/topic:Topic": (scope, id) => new sns.CfnTopic(scope, id, { topicName: id }),
  "aws:sns/topicPolicy:TopicPolicy": (scope, id) =>
    new sns.CfnTopicPolicy(scope, id, { topics: ["alarms"], policyDocument: policy("*") }),
  "aws:wafv2/ipSet:IpSet": (scope, id) =>
    new wafv2.CfnIPSet(scope, id, {
      addresses: ["192.0.2.0/24"],
      ipAddressVersion: "IPV4",
      scope: "REGIONAL",
    }),
  "aws:wafv2/webAcl:WebAcl": (scope, id) =>
    new wafv2.CfnWebACL(scope, id, {
      defaultAction: { allow: {} },
      scope: "REGIONAL",
      visibilityConfig: visibility(id),
      rules: Array.from({ length: 17 }, (_, priority) => ({
        name: `rule-${priority}`,
        priority,
        action: { block: {} },
        statement: { rateBasedStatement: { aggregateKeyType: "IP", limit: 1000 + priority } },
        visibilityConfig: visibility(`rule-${priority}`),
      })),
    }),
  "aws:wafv2/webAclAssociation:WebAclAssociation": (scope, id) =>
    new wafv2.CfnWebACLAssociation(scope, id, {
      resourceArn: "arn:aws:apigateway:eu-west-1::/restapis/api/stages/v1",
      webAclArn:
        "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/fase-b/00000000-0000-4000-8000-000000000000",
    }),
  "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (scope, id) =>
    new wafv2.CfnLoggingConfiguration(scope, id, {
      logDestinationConfigs: ["arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-fase-b"],
      resourceArn:
        "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/fase-b/00000000-0000-4000-8000-000000000000",
    }),
};

const counts = JSON.parse(readFileSync(process.env["BENCH_CDK_COUNTS"] ?? "", "utf8")) as Record<
  string,
  number
>;
const app = new cdk.App();
const stack = new cdk.Stack(app, "FaseB");
const made: Record<string, number> = {};
for (const [type, count] of Object.entries(counts)) {
  // A component is a construct without a resource of its own in both.
  const make: Make | undefined = type.startsWith("fase-b:")
    ? (scope, id) => new Construct(scope, id)
    : makers[type];
  if (!make) continue;
  for (let index = 0; index < count; index++) make(stack, `${type.replace(/\W/g, "")}${index}`);
  made[type] = count;
}
const report = process.env["BENCH_CDK_REPORT"];
if (report) writeFileSync(report, JSON.stringify(made));
