import type { Agent } from "../agents/agents.schema";
import { domainClass } from "../agents/domainRules";
import type { Contract } from "../contract/contract";

/** What is tried where. */

/** The certificates that the prober has, each a file and a key of `<prefix>/prober/certificates`. */
export const CERTIFICATES = ["good", "expired", "revoked", "foreign"] as const;

/** Who is refused before a request is read; `revoked` passes the door, and the authorizer refuses it. */
export const REFUSED_IN_TLS = ["none", "expired", "foreign"] as const;

/** One request, with each certificate and with none. */
export const MUTUAL_TLS_PROBES = ["good", "none", "expired", "revoked", "foreign"] as const;
export type MutualTlsProbe = (typeof MUTUAL_TLS_PROBES)[number];

/**
 * Beside these: `connect` opens a connection and no more, to tell a broken door from a broken network; `tls` shakes hands, where
 * a domain asks for no certificate; `upstream` does so with an agent, by our own roots.
 */
export type Probe = MutualTlsProbe | "connect" | "tls" | "upstream";

export interface Target {
  readonly probe: Probe;
  readonly module: string;
  /** URL, or host and port. */
  readonly target: string;
  /** The agent's alert label. */
  readonly team: string;
}

const HTTPS_PORT = 443;

/** A route class of the contract with a certificate, e.g. `chat-good`. */
export const mutualTlsModule = (routeClass: string, probe: MutualTlsProbe): string =>
  `${routeClass}-${probe}`;

/** The class of the route on which an agent is tried: its first. Mutual TLS belongs to the domain, not to the route. */
function routeClassOf(agent: Agent, contract: Contract): { readonly path: string; readonly name: string } {
  const [path = ""] = agent.configuration.routes;
  const route = contract.routes.find((each) => each.path === path);
  if (!route) throw new Error(`agent ${agent.id}: ${path} is no route of the contract`);
  return { path, name: route.rateClass };
}

/** The classes of routes behind mutual TLS, in the contract's order. */
export function routeClasses(agents: readonly Agent[], contract: Contract): string[] {
  const used = new Set(
    agents
      .filter((agent) => domainClass(agent) === "mutualTls")
      .map((agent) => routeClassOf(agent, contract).name),
  );
  return [...new Set(contract.routes.map(({ rateClass }) => rateClass))].filter((name) => used.has(name));
}

export function targets(agents: readonly Agent[], contract: Contract): Target[] {
  return agents.flatMap((agent) => {
    const { team } = agent.configuration.alertLabels;
    const found: Target[] = [];
    if (domainClass(agent) === "mutualTls") {
      const { path, name } = routeClassOf(agent, contract);
      for (const probe of MUTUAL_TLS_PROBES)
        found.push({
          probe,
          module: mutualTlsModule(name, probe),
          target: `https://${agent.domain}${path}`,
          team,
        });
      found.push({ probe: "connect", module: "connect", target: `${agent.domain}:${HTTPS_PORT}`, team });
    } else {
      // A WebSocket domain asks for no certificate, and where mutual TLS has an exception the authorizer lets nobody in.
      found.push({ probe: "tls", module: "tls", target: `${agent.domain}:${HTTPS_PORT}`, team });
    }
    if (agent.upstream) {
      const { hostname, port } = new URL(agent.upstream.url);
      found.push({
        probe: "upstream",
        module: "upstream",
        target: `${hostname}:${port || HTTPS_PORT}`,
        team,
      });
    }
    return found;
  });
}
