import type { Clock } from "../rotation/clock";
import { parseFields } from "../rotation/json";
import { ensure } from "../rotation/problem";
import type { Kind } from "../rotation/rotate";
import { CURRENT, versionInRotation, versionWith, type SecretStore } from "../rotation/secretStore";
import type { GrafanaTokens } from "./grafana";

export interface GrafanaTokenOptions {
  readonly secretName: string;
  /** The name of the token that the program seeds; those of the rotation begin with it and a dot. */
  readonly tokenName: string;
  readonly lifeMs: number;
  readonly nextRotationMs: number;
  /** For so long after its successor is in force, an old token still opens. */
  readonly overlapMs: number;
}

/** The secret's value. */
export interface GrafanaToken {
  readonly tokenId: number;
  readonly token: string;
}

export interface GrafanaTokenPorts {
  readonly grafana: GrafanaTokens;
  readonly secrets: SecretStore;
  readonly clock: Clock;
}

function parseGrafanaToken(text: string): GrafanaToken {
  const { tokenId, token } = parseFields(text, { tokenId: "number", token: "string" });
  return { tokenId: Number(tokenId), token: String(token) };
}

/**
 * A token of Grafana's service account. The token in force makes the next one.
 *
 * @throws RangeError for a life that could never reach from one rotation to the next
 */
export function grafanaTokenKind(
  { grafana }: GrafanaTokenPorts,
  { secretName, tokenName, lifeMs, nextRotationMs, overlapMs }: GrafanaTokenOptions,
): Kind<GrafanaToken> {
  if (!(lifeMs > nextRotationMs + overlapMs))
    throw new RangeError(
      `life of Grafana's token: got ${lifeMs} ms; allowed: more than ${nextRotationMs + overlapMs} (next rotation and overlap); fix: rotate sooner or let it live longer`,
    );
  return {
    owns: (name) => name === secretName,
    parse: parseGrafanaToken,

    // Grafana shows a token once: what an interrupted run made is worth nothing, and its name is needed.
    make: async (rotation) => {
      const { token } = await rotation.current();
      const name = `${tokenName}.${rotation.token}`;
      for (const made of await grafana.list(token))
        if (made.name === name) await grafana.delete(token, made.id);
      const { id, key } = await grafana.create(token, { name, secondsToLive: Math.floor(lifeMs / 1000) });
      return { tokenId: id, token: key };
    },

    install: () => Promise.resolve(),

    // What it is for, and what the next rotation needs of it.
    tryOut: async (rotation, { tokenId, token }) => {
      const listed = await grafana.list(token);
      ensure(
        listed.some(({ id }) => id === tokenId),
        `Grafana's token, version ${rotation.token}`,
        "a token of another service account",
        "one of the configured account",
        "see the service account's id in the configuration",
      );
    },
  };
}

/** Deletes every token of ours that is neither in force nor being rotated, once the one in force has been so for the overlap. */
export async function retireGrafanaTokens(
  { grafana, secrets, clock }: GrafanaTokenPorts,
  { secretName, tokenName, overlapMs }: GrafanaTokenOptions,
): Promise<void> {
  const description = await secrets.describe(secretName);
  if (clock.nowMs() - description.lastChangedMs < overlapMs) return;
  const currentVersion = versionWith(description, CURRENT);
  const text = currentVersion === undefined ? undefined : await secrets.read(secretName, currentVersion);
  ensure(text !== undefined, `secret ${secretName}`, "no value", "a token in force", "seed it");
  const current = parseGrafanaToken(text);
  const pending = versionInRotation(description);
  const listed = await grafana.list(current.token);
  ensure(
    listed.some(({ id }) => id === current.tokenId),
    `secret ${secretName}`,
    "a token id that Grafana does not list",
    "the token in force beside those that are deleted",
    "see whether the secret was changed by hand",
  );
  for (const { id, name } of listed) {
    const ours = name === tokenName || name.startsWith(`${tokenName}.`);
    if (!ours || id === current.tokenId || name === `${tokenName}.${pending}`) continue;
    await grafana.delete(current.token, id);
  }
}
