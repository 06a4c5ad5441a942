import { isObject, type JsonObject } from "../../preview/engine/signatures";
import type { Json } from "../../preview/model";
import { CONFIGURATION_FILE } from "../../../infra/functions/configuration";
import { LocalError } from "../errors";
import type { StagingFunction } from "../staging";

/** What of a function's configuration names a place outside of the functions. */
export interface LocalAddresses {
  /** The stubs' URLs by agent. */
  readonly agents: ReadonlyMap<string, string>;
  /** Where functions send to voice connections. */
  readonly voiceConnections: string;
}

/** Agents that a function calls. */
export function calledAgents(functions: readonly Pick<StagingFunction, "files">[]): readonly string[] {
  const called = functions.flatMap(({ files }) =>
    agentsOf(parsed(files.get(CONFIGURATION_FILE)?.toString("utf8") ?? "{}"))
      .filter((agent) => isObject(agent) && isObject(agent["upstream"]))
      .map((agent) => String((agent as JsonObject)["id"])),
  );
  return [...new Set(called)];
}

/**
 * A function's configuration with each agent's upstream at its stub, and the gateway's connections at the front door;
 * nothing else is changed.
 *
 * @throws LocalError when an agent has no stub: the function would call the real one
 */
export function withLocalAddresses(text: string, addresses: LocalAddresses): string {
  const configuration = parsed(text);
  const { agents, connectionsUrl } = configuration;
  return JSON.stringify({
    ...configuration,
    ...(agents === undefined
      ? {}
      : { agents: agentsOf(configuration).map((agent) => withStub(agent, addresses.agents)) }),
    ...(connectionsUrl === undefined ? {} : { connectionsUrl: addresses.voiceConnections }),
  });
}

function parsed(text: string): JsonObject {
  const value = JSON.parse(text) as Json;
  return isObject(value) ? value : {};
}

const agentsOf = ({ agents }: JsonObject): readonly Json[] =>
  Array.isArray(agents) ? (agents as readonly Json[]) : [];

function withStub(agent: Json, urls: ReadonlyMap<string, string>): Json {
  if (!isObject(agent)) return agent;
  const { id, upstream } = agent;
  if (!isObject(upstream)) return agent;
  const url = typeof id === "string" ? urls.get(id) : undefined;
  if (url === undefined)
    throw new LocalError({
      what: `${CONFIGURATION_FILE}: the agent ${JSON.stringify(id)}`,
      got: "no stub",
      allowed: "an agent that has one",
      fix: "see why cli/local/local.ts starts none for it",
    });
  const moved: JsonObject = { ...upstream, url };
  return { ...agent, upstream: moved };
}
