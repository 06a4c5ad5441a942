import type { Contract } from "../../contract/contract";
import type { Settings } from "../../settings/settings.schema";
import type { Telemetry } from "../telemetry/telemetry";

/**
 * What a reader can narrow a dashboard down to. `route` is a route as functions name it, `POST /chat`; `resource` is the same as
 * the gateway and its log name it, `/chat`. No dashboard has both.
 */
export type VariableName = "route" | "resource" | "client" | "agent";

/**
 * Stands for the chosen values in a dimension. Grafana expands it only as the whole of a text: in a list it stays as it is.
 * https://github.com/grafana/grafana/blob/main/public/app/plugins/datasource/cloudwatch/query-runner/CloudWatchRequest.ts
 */
export const chosen = (name: VariableName): string => `$${name}`;

/** A reader writes a correlation id here, and the link to the logs has it. */
export const CORRELATION_ID = "correlation_id";

export interface Variable {
  readonly name: VariableName;
  readonly label: string;
  readonly description: string;
  readonly values: readonly string[];
}

export function variables(
  { clients, agents }: Pick<Settings, "clients" | "agents">,
  { routes }: Contract,
  telemetry: Telemetry,
): Readonly<Record<VariableName, Variable>> {
  const once = (values: readonly string[]): readonly string[] => [...new Set(values)];
  return {
    route: {
      name: "route",
      label: "Route",
      description: "Routes of the contract.",
      values: once(telemetry.routes.map(({ route }) => route)),
    },
    resource: {
      name: "resource",
      label: "Route",
      description: "Routes of the contract, by their path.",
      values: once(routes.map(({ path }) => path)),
    },
    client: {
      name: "client",
      label: "Client",
      description: "Clients of the settings.",
      values: once(clients.map(({ clientId }) => clientId)),
    },
    agent: {
      name: "agent",
      label: "Agent",
      description: "Agents of the settings.",
      values: once(agents.map(({ id }) => id)),
    },
  };
}
