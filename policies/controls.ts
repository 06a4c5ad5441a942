/**
 * The published controls for every resource type that the program declares, and what becomes of each.
 *
 * FSBP: https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html
 * SecurityHub: a control of Security Hub that is not of that standard, met or excepted all the same
 * CKV: https://www.checkov.io/5.Policy%20Index/terraform.html and kubernetes.html
 * AwsSolutions: https://github.com/cdklabs/cdk-nag/blob/main/RULES.md
 *
 * Controls that a policy meets stand in that policy; here stands the rest: met by the program's form, or not meant for
 * what the program declares. What is left open stands in `exceptions.ts`.
 */
export interface OtherControl {
  readonly control: string;
  /** Type token. */
  readonly resourceType: string;
  readonly outcome: "met by the program" | "not applicable";
  readonly because: string;
}

/** Whose controls of a policy on the stack, where they are not about the resource that its `reads` begins with. */
export const controlTypes: Readonly<Record<string, string>> = {
  CKV2_AWS_23: "aws:route53/record:Record",
  CKV_AWS_175: "aws:wafv2/webAcl:WebAcl",
  "FSBP WAF.10": "aws:wafv2/webAcl:WebAcl",
};

const replacedBeforeDeleted =
  "the engine creates a replacement before it deletes what it replaces, unless told otherwise.";

export const otherControls: readonly OtherControl[] = [
  {
    control: "CKV_AWS_237",
    resourceType: "aws:apigateway/restApi:RestApi",
    outcome: "met by the program",
    because: replacedBeforeDeleted,
  },
  {
    control: "CKV_AWS_217",
    resourceType: "aws:apigateway/deployment:Deployment",
    outcome: "met by the program",
    because: `${replacedBeforeDeleted} Old deployments stay (retainOnDelete), which a pack cannot see.`,
  },
  {
    control: "CKV_AWS_233",
    resourceType: "aws:acm/certificate:Certificate",
    outcome: "met by the program",
    because: replacedBeforeDeleted,
  },
  {
    control: "FSBP APIGateway.5",
    resourceType: "aws:apigateway/methodSettings:MethodSettings",
    outcome: "not applicable",
    because: "no method has a cache, so there is nothing to encrypt (method-settings-require-safe-logging).",
  },
  {
    control: "CKV_AWS_308",
    resourceType: "aws:apigateway/methodSettings:MethodSettings",
    outcome: "not applicable",
    because: "no method has a cache, so there is nothing to encrypt (method-settings-require-safe-logging).",
  },
  {
    control: "FSBP APIGateway.10",
    resourceType: "aws:apigatewayv2/integration:Integration",
    outcome: "not applicable",
    because: "the one integration is a function's; there is no private connection.",
  },
  {
    control: "CKV_AWS_173",
    resourceType: "aws:lambda/function:Function",
    outcome: "not applicable",
    because: "the functions have no environment variables to encrypt.",
  },
  {
    control: "CKV_AWS_342",
    resourceType: "aws:wafv2/webAcl:WebAcl",
    outcome: "met by the program",
    because:
      "every rule has an action or an override (web-acl-requires-graduated-steps, -vision-size-check, -managed-groups).",
  },
  {
    control: "CKV2_AWS_47",
    resourceType: "aws:wafv2/webAcl:WebAcl",
    outcome: "not applicable",
    because: "the web ACL is regional; no CloudFront distribution is declared.",
  },
  {
    control: "CKV2_AWS_76",
    resourceType: "aws:wafv2/webAcl:WebAcl",
    outcome: "not applicable",
    because: "no load balancer is declared.",
  },
  {
    control: "CKV2_AWS_78",
    resourceType: "aws:wafv2/webAcl:WebAcl",
    outcome: "not applicable",
    because: "no AppSync API is declared.",
  },
  {
    control: "CKV2_AWS_68",
    resourceType: "aws:iam/role:Role",
    outcome: "not applicable",
    because: "no notebook is declared.",
  },
  {
    control: "CKV_AWS_393",
    resourceType: "aws:iam/role:Role",
    outcome: "not applicable",
    because:
      "it is about trust in GitHub's identity provider; the one that is trusted is the cluster's, for one service account (role-requires-known-trust).",
  },
  {
    control: "FSBP Lambda.5",
    resourceType: "aws:lambda/function:Function",
    outcome: "not applicable",
    because: "the control judges functions in a VPC, and these are in none.",
  },
  {
    control: "FSBP SecretsManager.2",
    resourceType: "aws:secretsmanager/secret:Secret",
    outcome: "met by the program",
    because:
      "whether a rotation succeeded is seen when it runs: the program watches failures and ages, and pages before 90 days.",
  },
  {
    control: "FSBP SecretsManager.3",
    resourceType: "aws:secretsmanager/secret:Secret",
    outcome: "met by the program",
    because:
      "a secret is declared with who reads it (secrets-bind-uses); whether it was read is seen at run time.",
  },
  {
    control: "AwsSolutions-S5",
    resourceType: "aws:s3/bucket:Bucket",
    outcome: "not applicable",
    because: "no bucket is a web site.",
  },
  {
    control: "CKV2_AWS_75",
    resourceType: "aws:lambda/function:Function",
    outcome: "not applicable",
    because: "no function has a URL of its own (resources-forbid-unjudged-types).",
  },
  {
    control: "FSBP KMS.3",
    resourceType: "aws:kms/key:Key",
    outcome: "met by the program",
    because:
      "a pack does not see what is deleted: a key waits 14 days at least (key-requires-rotation), and nobody may end the evidence's (evidence-bucket-binds-key).",
  },
  ...["CKV_K8S_8", "CKV_K8S_9"].map((control) => ({
    control,
    resourceType: "kubernetes:apps/v1:Deployment",
    outcome: "met by the program" as const,
    because: "the prober is asked whether it lives and whether it is ready.",
  })),
  ...["CKV_K8S_10", "CKV_K8S_11", "CKV_K8S_12", "CKV_K8S_13"].map((control) => ({
    control,
    resourceType: "kubernetes:apps/v1:Deployment, kubernetes:batch/v1:CronJob",
    outcome: "met by the program" as const,
    because: "every container has its requests and limits.",
  })),
  {
    control: "CKV_K8S_40",
    resourceType: "kubernetes:apps/v1:Deployment",
    outcome: "met by the program",
    because: "the prober runs as user 65534.",
  },
  {
    control: "CKV_K8S_41",
    resourceType: "kubernetes:core/v1:ServiceAccount",
    outcome: "not applicable",
    because:
      "no default account is declared, and no pod is given an account's token (workload-forbids-privileges).",
  },
  ...["CKV_K8S_33", "CKV_K8S_34", "CKV_K8S_45", "CKV_K8S_159"].map((control) => ({
    control,
    resourceType: "kubernetes:apps/v1:Deployment, kubernetes:batch/v1:CronJob",
    outcome: "not applicable" as const,
    because: "neither the dashboard, nor Tiller, nor git-sync is declared.",
  })),
  {
    control: "CKV_K8S_44",
    resourceType: "kubernetes:core/v1:Service",
    outcome: "not applicable",
    because: "no Tiller is declared.",
  },
  {
    control: "CKV_K8S_68 to CKV_K8S_151",
    resourceType: "kubernetes:apps/v1:Deployment, kubernetes:batch/v1:CronJob",
    outcome: "not applicable",
    because: "they judge the command lines of a cluster's own components, of which the stack declares none.",
  },
];

/** Declared types whose controls stand with what they belong to, or for which none of the three catalogues has one. */
export const withoutControl: readonly string[] = [
  "aws:acm/certificateValidation:CertificateValidation",
  "aws:apigateway/apiKey:ApiKey",
  "aws:apigateway/basePathMapping:BasePathMapping",
  "aws:apigateway/clientCertificate:ClientCertificate",
  "aws:apigateway/usagePlan:UsagePlan",
  "aws:apigateway/usagePlanKey:UsagePlanKey",
  "aws:apigatewayv2/api:Api",
  "aws:apigatewayv2/apiMapping:ApiMapping",
  "aws:apigatewayv2/authorizer:Authorizer",
  "aws:apigatewayv2/deployment:Deployment",
  "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
  "aws:cloudwatch/eventRule:EventRule",
  "aws:cloudwatch/eventTarget:EventTarget",
  "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy",
  "aws:cloudwatch/logMetricFilter:LogMetricFilter",
  "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
  "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
  "aws:dynamodb/tableItem:TableItem",
  "aws:kms/alias:Alias",
  "aws:lambda/alias:Alias",
  "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
  "aws:lambda/invocation:Invocation",
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
  "aws:s3/bucketNotification:BucketNotification",
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
  "aws:s3/bucketVersioning:BucketVersioning",
  "aws:secretsmanager/secretVersion:SecretVersion",
  "aws:sns/topicSubscription:TopicSubscription",
  "aws:wafv2/ipSet:IpSet",
  "grafana:alerting/contactPoint:ContactPoint",
  "grafana:alerting/notificationPolicy:NotificationPolicy",
  "grafana:alerting/ruleGroup:RuleGroup",
  "grafana:oss/dashboard:Dashboard",
  "grafana:oss/dataSource:DataSource",
  "grafana:oss/folder:Folder",
  "kubernetes:cert-manager.io/v1:Certificate",
  "kubernetes:cert-manager.io/v1:Issuer",
  "kubernetes:core/v1:ConfigMap",
  "kubernetes:core/v1:ResourceQuota",
  "kubernetes:external-secrets.io/v1:ExternalSecret",
  "kubernetes:external-secrets.io/v1:SecretStore",
  "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  "pagerduty:index/escalationPolicy:EscalationPolicy",
  "pagerduty:index/schedule:Schedule",
  "pagerduty:index/service:Service",
  "pagerduty:index/serviceIntegration:ServiceIntegration",
  "pagerduty:index/user:User",
  "tls:index/certRequest:CertRequest",
  "tls:index/locallySignedCert:LocallySignedCert",
  "tls:index/privateKey:PrivateKey",
  "tls:index/selfSignedCert:SelfSignedCert",
];
