import type { Agent } from "./agents.schema";

/**
 * The class of a custom domain. Mutual TLS and the newer TLS policies exclude each other, and WebSocket domains
 * know neither, so each class has its own strictest policy.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
 */
export type DomainClass = "mutualTls" | "publicTls" | "webSocket";

export function domainClass(agent: Agent): DomainClass {
  if (agent.protocol === "websocket") return "webSocket";
  return agent.mutualTlsException ? "publicTls" : "mutualTls";
}

export interface TlsOfClass {
  readonly securityPolicy: "TLS_1_2" | "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09";
  /** The newer policies check that SNI and host agree; the older ones do not know the setting. */
  readonly endpointAccessMode?: "STRICT";
}

export const tlsOfClass: Readonly<Record<DomainClass, TlsOfClass>> = {
  // TLS_1_2 still negotiates 1.3.
  mutualTls: { securityPolicy: "TLS_1_2" },
  publicTls: { securityPolicy: "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", endpointAccessMode: "STRICT" },
  webSocket: { securityPolicy: "TLS_1_2" },
};
