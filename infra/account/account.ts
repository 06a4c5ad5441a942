import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { ROLE_BOUNDARY, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createKey } from "../shared/key";
import { createPrivateBucket } from "../shared/privateBucket";
import type { AccountSettings, Environment } from "./account.schema";
import { boundaryOf } from "./boundary";
import { allowedBy, type DocumentStatement } from "./document";
import { deploysBy, readsOf, rightsOf, type Concern } from "./rights";
import { STATE_ALIAS, stateBucketName, stateBucketStatements, stateReads, stateWrites } from "./state";
import { AUDIENCE, ISSUER, trustOf, type Place } from "./trust";

export interface AccountArgs {
  readonly settings: AccountSettings;
  readonly environment: Environment;
}

/** A role of a pipeline, and from which place of the host it is taken. */
interface PipelineRole {
  readonly name: string;
  readonly place: Place;
  readonly from?: string;
  readonly rights: Readonly<Record<string, readonly DocumentStatement[]>>;
}

/**
 * What belongs to an account and not to a stack in it: by which role the gateway writes logs, who deploys, and where the state lies. A
 * person deploys it once, before the first stack.
 */
export class AccountFoundation extends WorkOrderComponent {
  readonly stateUrl: string;
  readonly roles: Readonly<Record<string, string>>;

  constructor(name: string, { settings, environment }: AccountArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AccountFoundation", name, ["B0.1", "B0.3"], opts);
    const scope: AccountScope = { partition: "aws", accountId: settings.id, region: settings.region };
    const pipelines = pipelineRoles(settings, environment, scope);
    createGatewayRole(name, this);
    createState(name, scope, pipelines, this);
    createBoundary(name, environment, scope, this);
    const provider = createIdentityProvider(name, this);
    for (const role of pipelines) createPipelineRole(name, role, settings, provider, scope, this);
    this.stateUrl = `s3://${stateBucketName(scope)}?region=${scope.region}`;
    this.roles = Object.fromEntries(pipelines.map((role) => [role.place, roleArnOf(scope, role)]));
    this.registerOutputs({ stateUrl: this.stateUrl, roles: this.roles });
  }
}

const namePrefixOf = (environment: Environment): string => `fase-b-${environment}`;

const roleArnOf = ({ partition, accountId }: AccountScope, { name }: PipelineRole): string =>
  `arn:${partition}:iam::${accountId}:role/${name}`;

/** None of these names begins as the stack's do: who may change the stack's roles may not change its own. */
function pipelineRoles(
  settings: AccountSettings,
  environment: Environment,
  scope: AccountScope,
): readonly PipelineRole[] {
  const { deployRole, hostedZoneId, repository } = settings;
  const rights = rightsOf({ ...scope, namePrefix: namePrefixOf(environment), hostedZoneId });
  const concerns = Object.keys(rights) as readonly Concern[];
  const byConcern = (
    of: (of: Parameters<typeof readsOf>[0]) => readonly DocumentStatement[],
  ): PipelineRole["rights"] => Object.fromEntries(concerns.map((concern) => [concern, of(rights[concern])]));
  const deploy: PipelineRole = {
    name: deployRole,
    place: environment,
    from: repository.branch,
    rights: { ...byConcern(deploysBy), state: [...stateReads(scope), ...stateWrites(scope)] },
  };
  if (environment === "production") return [deploy];
  return [
    { name: "fase-b-account-preview", place: "staging-preview", rights: { state: stateReads(scope) } },
    {
      name: "fase-b-account-drift",
      place: "staging-drift",
      from: repository.branch,
      rights: { ...byConcern(readsOf), state: stateReads(scope) },
    },
    deploy,
  ];
}

/**
 * One for every API of the account and region: without it no stage can have logs.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
function createGatewayRole(name: string, parent: pulumi.Resource): void {
  const role = new aws.iam.Role(
    `${name}-gateway-role`,
    {
      name: "fase-b-account-gateway-logs",
      assumeRolePolicy: allowedBy([
        {
          sid: "Gateway",
          principal: { Service: "apigateway.amazonaws.com" },
          actions: ["sts:AssumeRole"],
        },
      ]),
    },
    { parent },
  );
  const attached = new aws.iam.RolePolicyAttachment(
    `${name}-gateway-role-logs`,
    {
      role: role.name,
      policyArn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    },
    { parent },
  );
  // Without its rights the gateway refuses the role.
  new aws.apigateway.Account(
    `${name}-gateway`,
    { cloudwatchRoleArn: role.arn },
    { parent, dependsOn: attached, protect: true },
  );
}

/** Before the first stack is there: no role of it may be made without. */
function createBoundary(
  name: string,
  environment: Environment,
  scope: AccountScope,
  parent: pulumi.Resource,
): void {
  new aws.iam.Policy(
    `${name}-boundary`,
    {
      name: ROLE_BOUNDARY,
      description: "Fase B: the most that a role of the stack may do",
      policy: allowedBy(boundaryOf({ ...scope, namePrefix: namePrefixOf(environment) })),
    },
    { parent, protect: true },
  );
}

function createIdentityProvider(name: string, parent: pulumi.Resource): aws.iam.OpenIdConnectProvider {
  return new aws.iam.OpenIdConnectProvider(
    `${name}-github`,
    // No thumbprint: of this host AWS asks its own authorities.
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    { url: `https://${ISSUER}`, clientIdLists: [AUDIENCE] },
    { parent, protect: true },
  );
}

function createPipelineRole(
  name: string,
  pipeline: PipelineRole,
  settings: AccountSettings,
  provider: aws.iam.OpenIdConnectProvider,
  scope: AccountScope,
  parent: pulumi.Resource,
): void {
  const { place, from, rights } = pipeline;
  // Built, and not taken from the provider: what is judged in a preview is known there.
  const providerArn = `arn:${scope.partition}:iam::${scope.accountId}:oidc-provider/${ISSUER}`;
  const role = new aws.iam.Role(
    `${name}-${place}-role`,
    {
      name: pipeline.name,
      description: `Taken by jobs in the place ${place} of the repository, and by nobody else`,
      assumeRolePolicy: trustOf(providerArn, settings.repository, place, from),
      maxSessionDuration: 3600,
    },
    { parent, dependsOn: provider },
  );
  for (const [concern, statements] of Object.entries(rights)) {
    const policy = new aws.iam.Policy(
      `${name}-${place}-${concern}`,
      { name: `${pipeline.name}-${concern}`, policy: allowedBy(statements) },
      { parent },
    );
    new aws.iam.RolePolicyAttachment(
      `${name}-${place}-${concern}-attachment`,
      { role: role.name, policyArn: policy.arn },
      { parent },
    );
  }
}

/** How long a state that was overwritten can be had back. */
const OLD_VERSIONS_DAYS = 365;

function createState(
  name: string,
  scope: AccountScope,
  pipelines: readonly PipelineRole[],
  parent: pulumi.Resource,
): void {
  const { key } = createKey(
    `${name}-state`,
    {
      description: "Fase B: the stacks' states, and the secrets in them",
      aliasName: STATE_ALIAS,
      scope,
      statements: [],
    },
    parent,
  );
  createPrivateBucket(
    `${name}-state`,
    {
      bucketName: stateBucketName(scope),
      scope,
      encryption: {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn },
        bucketKeyEnabled: true,
      },
      lifecycleRules: [
        {
          id: "old-versions",
          status: "Enabled",
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: OLD_VERSIONS_DAYS },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
        },
      ],
      statements: stateBucketStatements(
        scope,
        pipelines.map((role) => roleArnOf(scope, role)),
      ),
    },
    parent,
  );
}
