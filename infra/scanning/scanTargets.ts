import type { Agent } from "../agents/agents.schema";
import { domainClass } from "../agents/domainRules";
import type { Contract } from "../contract/contract";

/** Where a route of the contract is scanned. */
export interface ScanTarget {
  /** The route as a file may be called: `realtime-voice-tickets`. */
  readonly name: string;
  readonly path: string;
  /** Scheme and host of the first agent that serves the route and lets the scanner in: every domain leads to the same gateway. */
  readonly origin: string;
  readonly agentId: string;
}

/** One for each route that an agent serves the scanner behind mutual TLS, in the contract's order. */
export function scanTargets(
  agents: readonly Agent[],
  contract: Contract,
  clientId: string,
): readonly ScanTarget[] {
  const doors = agents.filter(
    (agent) => domainClass(agent) === "mutualTls" && agent.configuration.clients.includes(clientId),
  );
  return [...new Set(contract.routes.map(({ path }) => path))].flatMap((path) => {
    const agent = doors.find(({ configuration }) => configuration.routes.includes(path));
    if (!agent) return [];
    return [
      {
        name: path.slice(1).replaceAll("/", "-"),
        path,
        origin: `https://${agent.domain}`,
        agentId: agent.id,
      },
    ];
  });
}

export const contractFileName = ({ name }: ScanTarget): string => `contract-${name}.json`;

/** As the scripts read them: a route a line, its name and its address. */
export const targetsFile = (targets: readonly ScanTarget[]): string =>
  targets.map(({ name, path, origin }) => `${name} ${origin}${path}\n`).join("");

/** The contract with one route alone, which the tools read for its domain: the others are not served there. */
export const routeContract = ({ document }: Contract, { path, origin }: ScanTarget): string =>
  `${JSON.stringify({
    ...document,
    servers: [{ url: origin }],
    paths: { [path]: document.paths[path] },
  })}\n`;
