import {
  APIGatewayClient,
  ConflictException,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  DeleteUsagePlanKeyCommand,
  GetApiKeyCommand,
  GetUsagePlanKeyCommand,
  NotFoundException,
  paginateGetApiKeys,
  paginateGetUsagePlans,
  UpdateApiKeyCommand,
} from "@aws-sdk/client-api-gateway";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
}

/** What a rotation asks of API Gateway's keys and plans. */
export interface ApiKeys {
  /** All of the account's, without their values. */
  list(): Promise<readonly ApiKey[]>;
  /** Undefined where there is no such key. */
  read(id: string): Promise<{ readonly value: string; readonly enabled: boolean } | undefined>;
  /** A key with exactly that value, enabled, in no plan. */
  create(key: { readonly name: string; readonly value: string }): Promise<string>;
  delete(id: string): Promise<void>;
  /** The gateway refuses it from then on. */
  shut(id: string): Promise<void>;
  /** Ids of the usage plans that the key is in. */
  plansOf(id: string): Promise<readonly string[]>;
  join(planId: string, keyId: string): Promise<void>;
  leave(planId: string, keyId: string): Promise<void>;
}

/** https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html */
const PAGE = 500;

/** API Gateway's own. What is there already, or gone already, is as it should be. */
export class ApiGatewayKeys implements ApiKeys {
  constructor(private readonly client: APIGatewayClient) {}

  async list(): Promise<readonly ApiKey[]> {
    const keys: ApiKey[] = [];
    const pages = paginateGetApiKeys({ client: this.client, pageSize: PAGE }, { includeValues: false });
    for await (const { items = [] } of pages)
      for (const { id, name } of items) if (id !== undefined) keys.push({ id, name: name ?? "" });
    return keys;
  }

  async read(id: string): Promise<{ readonly value: string; readonly enabled: boolean } | undefined> {
    const command = new GetApiKeyCommand({ apiKey: id, includeValue: true });
    const key = await unlessMissing(this.client.send(command));
    return key && { value: key.value ?? "", enabled: key.enabled ?? false };
  }

  // Without tags, for which the gateway asks for a right of its own; the name says whose it is.
  async create({ name, value }: { readonly name: string; readonly value: string }): Promise<string> {
    const { id } = await this.client.send(
      new CreateApiKeyCommand({ name, value, enabled: true, description: "Meters the client's use" }),
    );
    return id ?? "";
  }

  async delete(id: string): Promise<void> {
    await unlessMissing(this.client.send(new DeleteApiKeyCommand({ apiKey: id })));
  }

  async shut(id: string): Promise<void> {
    await this.client.send(
      new UpdateApiKeyCommand({
        apiKey: id,
        patchOperations: [{ op: "replace", path: "/enabled", value: "false" }],
      }),
    );
  }

  async plansOf(id: string): Promise<readonly string[]> {
    const plans: string[] = [];
    const pages = paginateGetUsagePlans({ client: this.client, pageSize: PAGE }, { keyId: id });
    for await (const { items = [] } of pages)
      for (const plan of items)
        if (plan.id !== undefined && (await this.isIn(plan.id, id))) plans.push(plan.id);
    return plans;
  }

  /** The filter of the list is not the only thing that says so: an emulator ignores it. */
  private async isIn(usagePlanId: string, keyId: string): Promise<boolean> {
    const command = new GetUsagePlanKeyCommand({ usagePlanId, keyId });
    return (await unlessMissing(this.client.send(command))) !== undefined;
  }

  async join(usagePlanId: string, keyId: string): Promise<void> {
    try {
      await this.client.send(new CreateUsagePlanKeyCommand({ usagePlanId, keyId, keyType: "API_KEY" }));
    } catch (error) {
      if (!(error instanceof ConflictException)) throw error;
    }
  }

  async leave(usagePlanId: string, keyId: string): Promise<void> {
    await unlessMissing(this.client.send(new DeleteUsagePlanKeyCommand({ usagePlanId, keyId })));
  }
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}
