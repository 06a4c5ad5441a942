import {
  GetBasePathMappingsCommand,
  GetDeploymentCommand,
  GetStageCommand,
  NotFoundException,
  paginateGetDeployments,
  paginateGetDomainNames,
  paginateGetRestApis,
  paginateGetUsagePlans,
  UpdateStageCommand,
  type APIGatewayClient,
  type MethodSnapshot,
} from "@aws-sdk/client-api-gateway";
import type { Deployment, Domain, Gateway, Route, StageNow, Throttle, UsagePlan } from "./gateway";
import { RollbackError } from "./problem";
import { routeName } from "./routeName";
import { unanswered } from "./unanswered";

/** The most that a page may hold. https://docs.aws.amazon.com/apigateway/latest/api/API_GetDeployments.html */
const PAGE = 500;

export interface GatewayNames {
  readonly apiName: string;
  readonly stageName: string;
}

/** https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html */
export class AwsGateway implements Gateway {
  private constructor(
    private readonly client: APIGatewayClient,
    readonly restApiId: string,
    private readonly stageName: string,
  ) {}

  /** @throws RollbackError where there is no such API, or more than one */
  static async find(client: APIGatewayClient, { apiName, stageName }: GatewayNames): Promise<AwsGateway> {
    const ids = await asked("apigateway:GET on /restapis", async () => {
      const found: string[] = [];
      for await (const { items = [] } of paginateGetRestApis({ client, pageSize: PAGE }, {}))
        for (const { id, name } of items) if (name === apiName && id !== undefined) found.push(id);
      return found;
    });
    const [id] = ids;
    if (id === undefined || ids.length > 1)
      throw new RollbackError({
        what: `REST API ${apiName}`,
        got: id === undefined ? "none of that name" : `${ids.length} of that name`,
        allowed: "exactly one in account and region",
        fix: "sign in to the stack's account, or name the API with --api-name",
      });
    return new AwsGateway(client, id, stageName);
  }

  async stage(): Promise<StageNow> {
    const { restApiId, stageName } = this;
    const stage = await asked(`apigateway:GET on the stage ${stageName}`, () =>
      this.client.send(new GetStageCommand({ restApiId, stageName })),
    );
    return {
      deploymentId: stage.deploymentId ?? "",
      updatedMs: stage.lastUpdatedDate?.getTime() ?? 0,
      webAclArn: stage.webAclArn,
      clientCertificateId: stage.clientCertificateId,
      hasCanary: stage.canarySettings !== undefined,
      throttles: throttlesOf(
        Object.entries(stage.methodSettings ?? {}).map(([path, settings]) => [
          path,
          { rateLimit: settings.throttlingRateLimit, burstLimit: settings.throttlingBurstLimit },
        ]),
      ),
    };
  }

  deployments(): Promise<readonly Deployment[]> {
    const { client, restApiId } = this;
    return asked("apigateway:GET on /deployments", async () => {
      const found: Deployment[] = [];
      for await (const { items = [] } of paginateGetDeployments({ client, pageSize: PAGE }, { restApiId }))
        for (const { id, createdDate, description } of items)
          if (id !== undefined)
            found.push({ id, createdMs: createdDate?.getTime() ?? 0, description: description ?? "" });
      return found;
    });
  }

  routes(deploymentId: string): Promise<readonly Route[] | undefined> {
    const { client, restApiId } = this;
    return asked(`apigateway:GET on the deployment ${deploymentId}`, async () => {
      try {
        const { apiSummary } = await client.send(
          new GetDeploymentCommand({ restApiId, deploymentId, embed: ["apisummary"] }),
        );
        return routesOf(apiSummary ?? {});
      } catch (error) {
        if (error instanceof NotFoundException) return undefined;
        throw error;
      }
    });
  }

  usagePlans(): Promise<readonly UsagePlan[]> {
    const { client, restApiId, stageName } = this;
    return asked("apigateway:GET on /usageplans", async () => {
      const found: UsagePlan[] = [];
      for await (const { items = [] } of paginateGetUsagePlans({ client, pageSize: PAGE }, {}))
        for (const { name, quota, throttle, apiStages = [] } of items) {
          const own = apiStages.find(({ apiId, stage }) => apiId === restApiId && stage === stageName);
          if (own === undefined) continue;
          found.push({
            name: name ?? "",
            quota: quota?.limit === undefined ? undefined : `${quota.limit} a ${quota.period ?? "?"}`,
            throttle: throttleOf(throttle ?? {}),
            throttles: throttlesOf(Object.entries(own.throttle ?? {})),
          });
        }
      return found.sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  domains(): Promise<readonly Domain[]> {
    const { client } = this;
    return asked("apigateway:GET on /domainnames", async () => {
      const found: Domain[] = [];
      for await (const { items = [] } of paginateGetDomainNames({ client, pageSize: PAGE }, {}))
        for (const { domainName, mutualTlsAuthentication: mutual, regionalCertificateArn } of items) {
          if (domainName === undefined || !(await this.leadsHere(domainName))) continue;
          const uri = mutual?.truststoreUri;
          found.push({
            name: domainName,
            truststore: uri === undefined ? undefined : { uri, version: mutual?.truststoreVersion },
            warnings: mutual?.truststoreWarnings ?? [],
            accountId: regionalCertificateArn?.split(":")[4],
          });
        }
      return found.sort((one, other) => (one.name < other.name ? -1 : 1));
    });
  }

  private async leadsHere(domainName: string): Promise<boolean> {
    const { items = [] } = await this.client.send(
      new GetBasePathMappingsCommand({ domainName, limit: PAGE }),
    );
    return items.some(
      ({ restApiId, stage }) => restApiId === this.restApiId && (stage ?? "") === this.stageName,
    );
  }

  async point(deploymentId: string): Promise<void> {
    const { restApiId, stageName } = this;
    await asked(`apigateway:PATCH on the stage ${stageName}`, () =>
      this.client.send(
        new UpdateStageCommand({
          restApiId,
          stageName,
          // One operation alone: the certificate, the throttles and the rest of the stage are others' to change.
          patchOperations: [{ op: "replace", path: "/deploymentId", value: deploymentId }],
        }),
      ),
    );
  }
}

/** @throws UsageError where nobody could look */
async function asked<T>(right: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw unanswered(right, error);
  }
}

const routesOf = (
  summary: Readonly<Record<string, Readonly<Record<string, MethodSnapshot>>>>,
): readonly Route[] =>
  Object.entries(summary)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { authorizationType, apiKeyRequired }]) => ({
        name: `${method} ${path}`,
        authorizationType: authorizationType ?? "unknown",
        apiKeyRequired: apiKeyRequired ?? false,
      })),
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));

interface Limits {
  readonly rateLimit?: number | undefined;
  readonly burstLimit?: number | undefined;
}

const throttleOf = ({ rateLimit, burstLimit }: Limits): Throttle | undefined =>
  rateLimit === undefined || burstLimit === undefined
    ? undefined
    : { requestsPerSecond: rateLimit, burst: burstLimit };

const throttlesOf = (entries: readonly (readonly [string, Limits])[]): ReadonlyMap<string, Throttle> =>
  new Map(
    entries.flatMap(([path, limits]) => {
      const throttle = throttleOf(limits);
      return throttle === undefined ? [] : [[routeName(path), throttle] as const];
    }),
  );
