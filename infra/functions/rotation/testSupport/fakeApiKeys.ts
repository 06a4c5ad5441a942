import type { ApiKey, ApiKeys } from "../../rotate-client-keys/apiKeys";

const named = (name: string): Error => Object.assign(new Error(name), { name });

/** API Gateway's keys and usage plans in memory. https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html */
export class FakeApiKeys implements ApiKeys {
  readonly keys = new Map<string, { name: string; value: string; enabled: boolean }>();
  readonly plans = new Map<string, Set<string>>();
  #made = 0;

  list(): Promise<readonly ApiKey[]> {
    return Promise.resolve([...this.keys].map(([id, { name }]) => ({ id, name })));
  }

  read(id: string): Promise<{ readonly value: string; readonly enabled: boolean } | undefined> {
    return Promise.resolve(this.keys.get(id));
  }

  create({ name, value }: { readonly name: string; readonly value: string }): Promise<string> {
    if (value.length < 20 || value.length > 128) return Promise.reject(named("BadRequestException"));
    if ([...this.keys.values()].some((key) => key.value === value))
      return Promise.reject(named("ConflictException"));
    this.#made += 1;
    const id = `key${this.#made}`;
    this.keys.set(id, { name, value, enabled: true });
    return Promise.resolve(id);
  }

  delete(id: string): Promise<void> {
    this.keys.delete(id);
    for (const plan of this.plans.values()) plan.delete(id);
    return Promise.resolve();
  }

  shut(id: string): Promise<void> {
    const key = this.keys.get(id);
    if (key === undefined) return Promise.reject(named("NotFoundException"));
    key.enabled = false;
    return Promise.resolve();
  }

  plansOf(id: string): Promise<readonly string[]> {
    return Promise.resolve([...this.plans].filter(([, keys]) => keys.has(id)).map(([plan]) => plan));
  }

  join(planId: string, keyId: string): Promise<void> {
    const plan = this.plans.get(planId);
    if (plan === undefined || !this.keys.has(keyId)) return Promise.reject(named("NotFoundException"));
    plan.add(keyId);
    return Promise.resolve();
  }

  leave(planId: string, keyId: string): Promise<void> {
    this.plans.get(planId)?.delete(keyId);
    return Promise.resolve();
  }
}
