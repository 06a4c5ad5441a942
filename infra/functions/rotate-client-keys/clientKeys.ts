import { createHash, randomBytes } from "node:crypto";
import { clientRecordId } from "../authorizer/trustRecordIds";
import type { Clock } from "../rotation/clock";
import { parseFields } from "../rotation/json";
import { ensure, RotationProblem } from "../rotation/problem";
import type { Kind, Rotation } from "../rotation/rotate";
import { CURRENT, versionInRotation, versionWith, type SecretStore } from "../rotation/secretStore";
import { textsOf, type TrustTable } from "../rotation/trustTable";
import type { ApiKey, ApiKeys } from "./apiKeys";
import { clientKeySecret, keyName, seedKeyName } from "./configuration";

/** The secret's value. */
export interface ClientKey {
  readonly apiKeyId: string;
  readonly apiKey: string;
}

export interface ClientKeysPorts {
  readonly keys: ApiKeys;
  readonly trust: TrustTable;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  /** @default 30 random bytes, 40 characters; the gateway takes 20 to 128 */
  readonly newValue?: () => string;
}

export interface ClientKeysOptions {
  readonly namePrefix: string;
  readonly clientIds: readonly string[];
  readonly settleMs: number;
  readonly overlapMs: number;
}

const DIGESTS = "keyDigests";
export const digestOf = (value: string): string => createHash("sha256").update(value, "utf8").digest("hex");

const parseClientKey = (text: string): ClientKey => {
  const { apiKeyId, apiKey } = parseFields(text, { apiKeyId: "string", apiKey: "string" });
  return { apiKeyId: String(apiKeyId), apiKey: String(apiKey) };
};

/**
 * A client's API key. The gateway's own can't be changed, so a new one is made beside it, in the same usage plans. The
 * monthly count of the edge is kept by client, so that it knows nothing of this; the gateway's quota of the plan counts by
 * key and begins anew, which its margin is for.
 */
export function clientKeyKind(ports: ClientKeysPorts, options: ClientKeysOptions): Kind<ClientKey> {
  const { keys, trust, clock, newValue = () => randomBytes(30).toString("base64url") } = ports;
  const { namePrefix } = options;
  const clients = new Map(options.clientIds.map((id) => [clientKeySecret(namePrefix, id), id]));
  const clientOf = ({ secretName }: Rotation<ClientKey>): string => clients.get(secretName) ?? "";

  return {
    owns: (secretName) => clients.has(secretName),
    parse: parseClientKey,

    // The value holds the key's id, so the key is made first: one that an interrupted run made is found by its name.
    make: async (rotation) => {
      const clientId = clientOf(rotation);
      const name = keyName(namePrefix, clientId, rotation.token);
      const made = (await keys.list()).find((key) => key.name === name);
      const found = made && (await keys.read(made.id));
      if (made && found) return { apiKeyId: made.id, apiKey: found.value };
      const apiKey = newValue();
      return { apiKeyId: await keys.create({ name, value: apiKey }), apiKey };
    },

    install: async (rotation, { apiKeyId, apiKey }) => {
      for (const plan of await plansOfCurrent(rotation, keys)) await keys.join(plan, apiKeyId);
      // The program seeds the record: without it the client has been cut off, and a rotation must not let it in again.
      await trust.add(clientRecordId(clientOf(rotation)), DIGESTS, [digestOf(apiKey)], false);
    },

    tryOut: async (rotation, { apiKeyId, apiKey }) => {
      const what = `key of client ${clientOf(rotation)}, version ${rotation.token}`;
      const key = await keys.read(apiKeyId);
      ensure(
        key?.value === apiKey,
        what,
        "another key or none in the gateway",
        "the one of this version",
        again,
      );
      ensure(
        key.enabled,
        what,
        "a key that is switched off",
        "one that is enabled",
        "enable it, then rotate again",
      );
      const plans = new Set(await keys.plansOf(apiKeyId));
      for (const plan of await plansOfCurrent(rotation, keys))
        ensure(
          plans.has(plan),
          what,
          `no place in usage plan ${plan}`,
          "all plans of the key in force",
          again,
        );
      const digests = textsOf(await trust.item(clientRecordId(clientOf(rotation))), DIGESTS);
      ensure(
        digests.has(digestOf(apiKey)),
        what,
        "a digest that no authorizer knows",
        "one in the table",
        again,
      );
      // Whoever takes the new key the instant it is in force meets authorizers that have read the table since.
      await clock.sleep(options.settleMs);
    },
  };
}

const again = "rotate again: setSecret is safe to repeat";

async function plansOfCurrent(rotation: Rotation<ClientKey>, keys: ApiKeys): Promise<readonly string[]> {
  const { apiKeyId } = await rotation.current();
  const plans = await keys.plansOf(apiKeyId);
  ensure(
    plans.length > 0,
    `rotation of ${rotation.secretName}`,
    `the key in force (${apiKeyId}) in no usage plan`,
    "a key that meters: in at least one plan",
    "find out who took it away; put it back, then rotate again",
  );
  return plans;
}

/**
 * Removes every key of a client's that is neither in force nor being rotated, once the one in force has been so for the
 * overlap. First nobody is let in with it, then it goes, the program's first one excepted, which is shut; whatever was cut
 * off is found again by the key's name.
 *
 * @throws RotationProblem that names the clients that could not be done, after all the others were
 */
export async function retireClientKeys(ports: ClientKeysPorts, options: ClientKeysOptions): Promise<void> {
  // Before any secret is read, so that a key that is made meanwhile is not on the list.
  const listed = await ports.keys.list();
  const failed: string[] = [];
  for (const clientId of options.clientIds) {
    try {
      await retireOf(clientId, listed, ports, options);
    } catch (error) {
      const why =
        error instanceof RotationProblem ? error.got : error instanceof Error ? error.name : typeof error;
      failed.push(`${clientId} (${why})`);
    }
  }
  ensure(
    failed.length === 0,
    "retiring of replaced keys",
    `failures with ${failed.join(", ")}`,
    "all clients done",
    "see why their secrets or keys can't be read; it is tried again on schedule",
  );
}

async function retireOf(
  clientId: string,
  listed: readonly ApiKey[],
  { keys, trust, secrets, clock }: ClientKeysPorts,
  { namePrefix, overlapMs }: ClientKeysOptions,
): Promise<void> {
  const seed = seedKeyName(namePrefix, clientId);
  const own = listed.filter(({ name }) => name === seed || name.startsWith(`${seed}.`));
  const secretName = clientKeySecret(namePrefix, clientId);
  const description = await secrets.describe(secretName);
  // Anything that was done to the secret starts it again: too late is safe, too early cuts somebody off.
  if (clock.nowMs() - description.lastChangedMs < overlapMs) return;

  const current = await valueOf(secrets, secretName, versionWith(description, CURRENT));
  ensure(
    current !== undefined && own.some(({ id }) => id === current.apiKeyId),
    `keys of client ${clientId}`,
    "no key in the gateway that is the one in force",
    "the key in force beside those that are removed",
    "see whether the secret or the key was changed by hand",
  );
  const token = versionInRotation(description);
  const pending = await valueOf(secrets, secretName, token);
  const kept = new Set([current.apiKeyId, pending?.apiKeyId]);
  const keptName = token === undefined ? undefined : keyName(namePrefix, clientId, token);
  for (const { id, name } of own) {
    if (kept.has(id) || name === keptName) continue;
    const key = await keys.read(id);
    if (key !== undefined) await trust.remove(clientRecordId(clientId), DIGESTS, [digestOf(key.value)]);
    if (name === seed) {
      // The program declared it: it is shut and stays, or the next refresh would make it anew.
      if (key?.enabled === true) await keys.shut(id);
      continue;
    }
    for (const plan of await keys.plansOf(id)) await keys.leave(plan, id);
    await keys.delete(id);
  }
}

async function valueOf(
  secrets: SecretStore,
  secretName: string,
  version: string | undefined,
): Promise<ClientKey | undefined> {
  const text = version === undefined ? undefined : await secrets.read(secretName, version);
  return text === undefined ? undefined : parseClientKey(text);
}
