import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { asGatewayId, asUuid, type NewUuid } from "../correlation/correlation";
import { errorFields } from "../log/errors";
import { asRouteId } from "../log/fields";
import type { Log, RequestLog } from "../log/log";
import { readRequest, toResult } from "./authorizerEvent";
import { authorize, type AuthorizationRequest, type Decision } from "./authorizerRules";
import type { Sources } from "./sources";

export interface AuthorizerPorts {
  /** The sources as they are now; may throw, which denies. */
  readonly loadSources: () => Promise<Sources>;
  readonly log: Log;
  /** The agent behind a domain, for the log. */
  readonly agentIdOf: (domain: string) => string | undefined;
  /** @default Date.now */
  readonly nowMs?: () => number;
  /** @default performance.now */
  readonly clockMs?: () => number;
  /** @default crypto.randomUUID */
  readonly newUuid?: NewUuid;
}

/**
 * The authorizer as Lambda calls it. Never throws: the runtime would write what was thrown, message and all, to the log.
 * Whatever goes wrong denies, a line that can't be written included.
 */
export function createAuthorizer(
  ports: AuthorizerPorts,
): (event: unknown) => Promise<APIGatewayAuthorizerResult> {
  const { clockMs = () => performance.now() } = ports;
  return async (event) => {
    try {
      const startMs = clockMs();
      const line = ports.log.begin();
      const decision = await decide(event, ports, line);
      describe(decision, line, ports.log);
      line.measure({ AuthorizerLatency: clockMs() - startMs });
      line.end();
      return toResult(decision, event);
    } catch (error) {
      return toResult({ effect: "deny", reason: "fault", cause: error }, event);
    }
  };
}

async function decide(event: unknown, ports: AuthorizerPorts, line: RequestLog): Promise<Decision> {
  const { loadSources, nowMs = Date.now } = ports;
  try {
    const request = readRequest(event, ports.newUuid);
    describeRequest(request, event, ports, line);
    return authorize(request, await loadSources(), nowMs());
  } catch (error) {
    return { effect: "deny", reason: "fault", cause: error };
  }
}

function describeRequest(
  request: AuthorizationRequest,
  event: unknown,
  { log, agentIdOf }: AuthorizerPorts,
  line: RequestLog,
): void {
  const context = (event as { readonly requestContext?: Readonly<Record<string, unknown>> | null } | null)
    ?.requestContext;
  line.set({
    correlationId: request.correlationId,
    requestId: asUuid(context?.["requestId"]),
    extendedRequestId: asGatewayId(context?.["extendedRequestId"]),
    route: asRouteId(request.route),
    agentId: log.agentId(agentIdOf(request.domain)),
  });
}

function describe(decision: Decision, line: RequestLog, log: Log): void {
  if (decision.effect === "allow") {
    line.set({ outcome: "allowed", clientId: log.clientId(decision.context.clientId) });
    return;
  }
  line.set({ outcome: "denied", denyReason: decision.reason });
  line.measure({ Denials: 1 });
  if (decision.reason !== "fault") return;
  line.set(errorFields(decision.cause));
  line.measure({ Faults: 1 });
}
