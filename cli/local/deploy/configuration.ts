import { isObject, type JsonObject } from "../../preview/engine/signatures";
import type { Json } from "../../preview/model";
import { LocalError } from "../errors";

export const CONFIGURATION = "configuration.json";

/**
 * A function's configuration with each agent's upstream at its stub; nothing else is changed.
 *
 * @param urls stubs' URLs by agent
 * @throws LocalError when an agent has no stub: the function would call the real one
 */
export function withStubs(text: string, urls: ReadonlyMap<string, string>): string {
  const configuration = JSON.parse(text) as Json;
  if (!isObject(configuration) || !Array.isArray(configuration["agents"])) return text;
  const agents = (configuration["agents"] as readonly Json[]).map((agent) => withStub(agent, urls));
  return JSON.stringify({ ...configuration, agents });
}

function withStub(agent: Json, urls: ReadonlyMap<string, string>): Json {
  if (!isObject(agent)) return agent;
  const { id, upstream } = agent;
  if (!isObject(upstream)) return agent;
  const url = typeof id === "string" ? urls.get(id) : undefined;
  if (url === undefined)
    throw new LocalError({
      what: `${CONFIGURATION}: the agent ${JSON.stringify(id)}`,
      got: "no stub",
      allowed: "an agent with a domain in the preview",
      fix: "see why the preview and the function's configuration name different agents",
    });
  const moved: JsonObject = { ...upstream, url };
  return { ...agent, upstream: moved };
}
