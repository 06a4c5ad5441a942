import {
  GetBasePathMappingsCommand,
  GetDomainNameCommand,
  GetRestApisCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
  type APIGatewayClient,
} from "@aws-sdk/client-api-gateway";
import {
  GetApiMappingsCommand,
  GetApisCommand,
  GetDomainNameCommand as GetWebSocketDomainNameCommand,
  type ApiGatewayV2Client,
} from "@aws-sdk/client-apigatewayv2";
import type { Agent } from "../../../infra/agents/agents.schema";
import type { Settings } from "../../../infra/settings/settings.schema";
import { known, unknown, type Answer, type Asked } from "./answer";
import { askAws } from "./askAws";

/** A custom domain as it stands in the account. */
export interface LiveDomain {
  readonly domain: string;
  /** `AVAILABLE`, or what the service says of it. */
  readonly status: string;
  readonly certificateArn?: string;
  readonly securityPolicy?: string;
  /** Where the truststore of mutual TLS lies; none where a client needs no certificate. */
  readonly truststoreUri?: string;
  /** What the service complains of in it. */
  readonly truststoreWarnings: readonly string[];
  /** To which of the stack's APIs it leads, by its name, and to which stage. */
  readonly mappings: readonly { readonly api: string; readonly stage: string; readonly path: string }[];
}

export interface LivePlan {
  readonly name: string;
  readonly stages: readonly { readonly api: string; readonly stage: string }[];
  readonly keys: number;
}

/** The gateway of the live account. */
export interface GatewaySource {
  /** `undefined` where there is no such domain. */
  domain(agent: Pick<Agent, "domain" | "protocol">): Promise<Answer<LiveDomain | undefined>>;
  usagePlans(): Promise<Answer<readonly LivePlan[]>>;
  /** Logs that the gateway itself names, after its APIs' generated ids. */
  executionLogGroups(): Promise<Answer<readonly string[]>>;
}

/** Ten requests a second are what the control plane takes, so no more are asked at once. */
const PAGE = 500;
const MOST_PAGES = 50;

export class ApiGateway implements GatewaySource {
  private apis: Promise<Answer<ReadonlyMap<string, string>>> | undefined;

  constructor(
    private readonly rest: Pick<APIGatewayClient, "send">,
    private readonly webSocket: Pick<ApiGatewayV2Client, "send">,
    private readonly settings: Pick<Settings, "namePrefix" | "gateway" | "voice">,
    private readonly signal?: AbortSignal,
  ) {}

  async domain(agent: Pick<Agent, "domain" | "protocol">): Promise<Answer<LiveDomain | undefined>> {
    const asked = {
      system: "api-gateway",
      asked: `the domain ${agent.domain}, its certificate and its mappings`,
    };
    const apis = await this.apiNames();
    if (!apis.known) return unknown(apis.because, [asked]);
    return askAws("apigateway:GET", asked, async () => {
      const found = await unlessMissing(() =>
        agent.protocol === "http"
          ? this.httpDomain(agent.domain, apis.value)
          : this.webSocketDomain(agent.domain, apis.value),
      );
      return known(found, [asked]);
    });
  }

  usagePlans(): Promise<Answer<readonly LivePlan[]>> {
    const asked = { system: "api-gateway", asked: "usage plans, with their stages and keys" };
    return askAws("apigateway:GET", asked, async () => {
      const apis = await this.apiNames();
      if (!apis.known) return unknown(apis.because, [asked]);
      const plans: LivePlan[] = [];
      let position: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await this.rest.send(
          new GetUsagePlansCommand({ limit: PAGE, ...(position === undefined ? {} : { position }) }),
          this.options,
        );
        for (const { id, name = "", apiStages = [] } of answer.items ?? []) {
          if (id === undefined || !name.startsWith(`${this.settings.namePrefix}-`)) continue;
          const { items: keys = [] } = await this.rest.send(
            new GetUsagePlanKeysCommand({ usagePlanId: id, limit: PAGE }),
            this.options,
          );
          plans.push({
            name,
            stages: apiStages.map(({ apiId = "", stage = "" }) => ({
              api: apis.value.get(apiId) ?? apiId,
              stage,
            })),
            keys: keys.length,
          });
        }
        position = answer.position;
        if (position === undefined) return known(plans, [asked]);
      }
      return unknown(`api-gateway had more than ${MOST_PAGES} pages of usage plans`, [asked]);
    });
  }

  async executionLogGroups(): Promise<Answer<readonly string[]>> {
    const { namePrefix, gateway, voice } = this.settings;
    const answer = await this.apiNames();
    if (!answer.known) return answer;
    const idOf = (name: string): string | undefined =>
      [...answer.value].find(([, known]) => known === name)?.[0];
    const [rest, webSocket] = [idOf(namePrefix), idOf(`${namePrefix}-voice`)];
    if (rest === undefined || webSocket === undefined)
      return unknown(
        `there is no API ${rest === undefined ? namePrefix : `${namePrefix}-voice`}`,
        answer.asked,
      );
    return known(
      [
        `API-Gateway-Execution-Logs_${rest}/${gateway.stageName}`,
        `/aws/apigateway/${webSocket}/${voice.stageName}`,
      ],
      answer.asked,
    );
  }

  private get options(): { abortSignal?: AbortSignal } {
    return this.signal === undefined ? {} : { abortSignal: this.signal };
  }

  /** The APIs' names by their ids; asked once. */
  private apiNames(): Promise<Answer<ReadonlyMap<string, string>>> {
    this.apis ??= this.readApiNames();
    return this.apis;
  }

  private readApiNames(): Promise<Answer<ReadonlyMap<string, string>>> {
    const asked: Asked = { system: "api-gateway", asked: "the APIs of the account, by name" };
    return askAws("apigateway:GET", asked, async () => {
      const names = new Map<string, string>();
      let position: string | undefined;
      let page = 0;
      do {
        const answer = await this.rest.send(
          new GetRestApisCommand({ limit: PAGE, ...(position === undefined ? {} : { position }) }),
          this.options,
        );
        for (const { id, name } of answer.items ?? [])
          if (id !== undefined && name !== undefined) names.set(id, name);
        position = answer.position;
        page += 1;
      } while (position !== undefined && page < MOST_PAGES);
      let NextToken: string | undefined;
      do {
        const answer = await this.webSocket.send(
          new GetApisCommand(NextToken === undefined ? {} : { NextToken }),
          this.options,
        );
        for (const { ApiId, Name } of answer.Items ?? [])
          if (ApiId !== undefined && Name !== undefined) names.set(ApiId, Name);
        NextToken = answer.NextToken;
        page += 1;
      } while (NextToken !== undefined && page < 2 * MOST_PAGES);
      const more = position !== undefined || NextToken !== undefined;
      return more ? unknown("api-gateway had too many pages of APIs", [asked]) : known(names, [asked]);
    });
  }

  private async httpDomain(domainName: string, apis: ReadonlyMap<string, string>): Promise<LiveDomain> {
    const live = await this.rest.send(new GetDomainNameCommand({ domainName }), this.options);
    const { items = [] } = await this.rest.send(
      new GetBasePathMappingsCommand({ domainName, limit: PAGE }),
      this.options,
    );
    const { truststoreUri, truststoreWarnings = [] } = live.mutualTlsAuthentication ?? {};
    return {
      domain: domainName,
      status: live.domainNameStatus ?? "UNKNOWN",
      ...(live.regionalCertificateArn === undefined ? {} : { certificateArn: live.regionalCertificateArn }),
      ...(live.securityPolicy === undefined ? {} : { securityPolicy: live.securityPolicy }),
      ...(truststoreUri === undefined ? {} : { truststoreUri }),
      truststoreWarnings,
      mappings: items.map(({ restApiId = "", stage = "", basePath = "" }) => ({
        api: apis.get(restApiId) ?? restApiId,
        stage,
        // The service's word for none.
        path: basePath === "(none)" ? "" : basePath,
      })),
    };
  }

  private async webSocketDomain(DomainName: string, apis: ReadonlyMap<string, string>): Promise<LiveDomain> {
    const live = await this.webSocket.send(new GetWebSocketDomainNameCommand({ DomainName }), this.options);
    const { Items = [] } = await this.webSocket.send(new GetApiMappingsCommand({ DomainName }), this.options);
    const [configuration] = live.DomainNameConfigurations ?? [];
    return {
      domain: DomainName,
      status: configuration?.DomainNameStatus ?? "UNKNOWN",
      ...(configuration?.CertificateArn === undefined
        ? {}
        : { certificateArn: configuration.CertificateArn }),
      ...(configuration?.SecurityPolicy === undefined
        ? {}
        : { securityPolicy: configuration.SecurityPolicy }),
      truststoreWarnings: [],
      mappings: Items.map(({ ApiId = "", Stage = "", ApiMappingKey = "" }) => ({
        api: apis.get(ApiId) ?? ApiId,
        stage: Stage,
        path: ApiMappingKey,
      })),
    };
  }
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && error.name === "NotFoundException") return undefined;
    throw error;
  }
}
