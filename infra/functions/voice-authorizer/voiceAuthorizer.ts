import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { asGatewayId, asUuid } from "../correlation/correlation";
import { headerValues, type WithHeaders } from "../correlation/headers";
import type { DenyReason } from "../authorizer/denyReasons";
import { errorFields } from "../log/errors";
import type { Log, RequestLog } from "../log/log";
import { ticketOf } from "../tickets/subprotocols";
import type { RedeemedTicket } from "../tickets/tickets";
import type { voiceDenyReasons } from "./denyReasons";
import { isClientsOrigin, judgeOrigin, type AllowedOrigins } from "./originRules";

export interface VoiceAuthorizerPorts {
  /** {@link Tickets.redeem}; what it throws denies. */
  readonly redeem: (ticket: string, agentId: string) => Promise<RedeemedTicket | undefined>;
  /** The agent behind a domain, by the settings. */
  readonly agentIdOf: (domain: string) => string | undefined;
  readonly origins: AllowedOrigins;
  readonly log: Log;
  /** @default performance.now */
  readonly clockMs?: () => number;
}

type Reason =
  (typeof voiceDenyReasons)[number] | Extract<DenyReason, "event-malformed" | "domain-unknown" | "fault">;
type Decision =
  | { readonly effect: "allow"; readonly ticket: RedeemedTicket }
  | { readonly effect: "deny"; readonly reason: Reason; readonly cause?: unknown };

const deny = (reason: Reason, cause?: unknown): Decision => ({ effect: "deny", reason, cause });

/** `arn:aws:execute-api:<region>:<account>:<api>/<stage>/$connect`, without wildcards. */
const CONNECT_ARN = /^arn:aws[a-z-]*:execute-api:[a-z0-9-]+:\d{12}:([a-z0-9]+)\/([A-Za-z0-9_-]+)\/\$connect$/;
/** What a broken event is denied: everything. */
const EVERYTHING = "*";

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/**
 * The authorizer of `$connect`: who presents a live ticket at its agent's domain, from an origin of its client, is let
 * in once. Denies by default, never throws, writes one line.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export function createVoiceAuthorizer(
  ports: VoiceAuthorizerPorts,
): (event: unknown) => Promise<APIGatewayAuthorizerResult> {
  const { clockMs = () => performance.now() } = ports;
  return async (event) => {
    try {
      const startMs = clockMs();
      const line = ports.log.begin();
      const decision = await decide(event, ports);
      describe(decision, event, ports, line);
      line.measure({ AuthorizerLatency: clockMs() - startMs });
      line.end();
      return toResult(decision, event);
    } catch (error) {
      return toResult(deny("fault", error), event);
    }
  };
}

/** The ticket is consumed last, so that what is refused for another reason costs nobody a ticket. */
async function decide(event: unknown, ports: VoiceAuthorizerPorts): Promise<Decision> {
  try {
    if (!isConnect(event)) return deny("event-malformed");
    const headers = headersOf(event);
    const [offer, ...more] = headerValues(headers, "Sec-WebSocket-Protocol");
    if (offer === undefined || more.length > 0) return deny("subprotocol-missing");
    const ticket = ticketOf(offer);
    if (ticket === undefined) return deny("subprotocol-malformed");
    const origins = headerValues(headers, "Origin");
    const verdict = judgeOrigin(ports.origins, origins);
    if (verdict !== "known") return deny(verdict);
    const agentId = ports.agentIdOf(domainOf(event));
    if (agentId === undefined) return deny("domain-unknown");
    const redeemed = await ports.redeem(ticket, agentId);
    if (redeemed === undefined) return deny("ticket-refused");
    return isClientsOrigin(ports.origins, redeemed.clientId, asText(origins[0]))
      ? { effect: "allow", ticket: redeemed }
      : deny("origin-not-allowed");
  } catch (error) {
    return deny("fault", error);
  }
}

const contextOf = (event: unknown): Json => asRecord(asRecord(event)["requestContext"]);
const domainOf = (event: unknown): string => asText(contextOf(event)["domainName"]).toLowerCase();

function headersOf(event: unknown): WithHeaders {
  const { headers, multiValueHeaders } = asRecord(event);
  return {
    headers: asRecord(headers) as WithHeaders["headers"],
    multiValueHeaders: asRecord(multiValueHeaders) as WithHeaders["multiValueHeaders"],
  };
}

/** Event and method ARN agree that this is that API's `$connect`. */
function isConnect(event: unknown): boolean {
  const { type, methodArn } = asRecord(event);
  const { apiId, stage, routeKey, eventType } = contextOf(event);
  const [, arnApi, arnStage] = CONNECT_ARN.exec(asText(methodArn)) ?? [];
  return (
    type === "REQUEST" &&
    routeKey === "$connect" &&
    eventType === "CONNECT" &&
    arnApi !== undefined &&
    arnApi === apiId &&
    arnStage === stage
  );
}

function describe(decision: Decision, event: unknown, ports: VoiceAuthorizerPorts, line: RequestLog): void {
  const { log } = ports;
  line.set({
    requestId: asUuid(contextOf(event)["requestId"]),
    extendedRequestId: asGatewayId(contextOf(event)["extendedRequestId"]),
    route: "$connect",
    agentId: log.agentId(ports.agentIdOf(domainOf(event))),
  });
  if (decision.effect === "allow") {
    const { clientId, correlationId } = decision.ticket;
    line.set({ outcome: "allowed", clientId: log.clientId(clientId), correlationId: asUuid(correlationId) });
    return;
  }
  line.set({ outcome: "denied", denyReason: decision.reason });
  line.measure({ Denials: 1 });
  if (decision.reason !== "fault") return;
  line.set(errorFields(decision.cause));
  line.measure({ Faults: 1 });
}

/** A connection carries the context to all its messages; the reason of a denial is not in the answer. */
function toResult(decision: Decision, event: unknown): APIGatewayAuthorizerResult {
  const methodArn = asText(asRecord(event)["methodArn"]);
  const known = CONNECT_ARN.test(methodArn);
  const allowed = decision.effect === "allow" && known;
  const answer: APIGatewayAuthorizerResult = {
    principalId: allowed ? decision.ticket.clientId : "unknown",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Action: "execute-api:Invoke",
          Effect: allowed ? "Allow" : "Deny",
          Resource: known ? methodArn : EVERYTHING,
        },
      ],
    },
  };
  return allowed ? { ...answer, context: { ...decision.ticket } } : answer;
}
