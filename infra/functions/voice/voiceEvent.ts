import { asGatewayId, asUuid, type GatewayId, type Uuid } from "../correlation/correlation";
import { headerValues, type WithHeaders } from "../correlation/headers";
import { ticketOf } from "../tickets/subprotocols";

/** Who is at the other end: the ticket's word, which the authorizer put into the connection's context. */
export interface VoiceSession {
  readonly connectionId: string;
  readonly sessionId: Uuid;
  readonly correlationId: Uuid;
  /** The gateway's, of this very event. */
  readonly extendedRequestId: GatewayId | undefined;
  readonly clientId: string;
  readonly subject: string;
  readonly agentId: string;
  readonly language: string;
  readonly voice: string | undefined;
  readonly encoding: string;
  readonly sampleRateHz: number;
  readonly longestMs: number;
}

export interface VoiceEvent {
  readonly route: "$connect" | "$disconnect" | "$default" | undefined;
  readonly session: VoiceSession | undefined;
  readonly offersTicket: boolean;
  /** `undefined` for bytes: the contract's messages are texts. */
  readonly text: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
const asText = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const routes = { $connect: "CONNECT", $disconnect: "DISCONNECT", $default: "MESSAGE" } as const;
type Route = keyof typeof routes;

/** Trusts no field of `APIGatewayProxyWebsocketEventV2` to be there. */
export function readVoiceEvent(event: unknown): VoiceEvent {
  const context = asRecord(asRecord(event)["requestContext"]);
  const { headers, multiValueHeaders, body, isBase64Encoded } = asRecord(event);
  const known = (Object.keys(routes) as Route[]).find(
    (route) => route === context["routeKey"] && routes[route] === context["eventType"],
  );
  const offers = headerValues(
    {
      headers: asRecord(headers) as WithHeaders["headers"],
      multiValueHeaders: asRecord(multiValueHeaders) as WithHeaders["multiValueHeaders"],
    },
    "Sec-WebSocket-Protocol",
  );
  return {
    route: known,
    session: sessionOf(context),
    offersTicket: offers.length === 1 && ticketOf(offers.join()) !== undefined,
    text: isBase64Encoded === true ? undefined : asText(body),
  };
}

function sessionOf(context: Json): VoiceSession | undefined {
  const from = asRecord(context["authorizer"]);
  const connectionId = asText(context["connectionId"]);
  const sessionId = asUuid(from["sessionId"]);
  const correlationId = asUuid(from["correlationId"]);
  const [clientId, subject, agentId, language, encoding] = [
    "clientId",
    "subject",
    "agentId",
    "language",
    "encoding",
  ].map((name) => asText(from[name]));
  // The gateway hands numbers on as numbers or as texts.
  const sampleRateHz = Number(from["sampleRateHz"]);
  const longestMs = 1000 * Number(from["maxDurationSeconds"]);
  if (
    connectionId === undefined ||
    sessionId === undefined ||
    correlationId === undefined ||
    clientId === undefined ||
    subject === undefined ||
    agentId === undefined ||
    language === undefined ||
    encoding === undefined ||
    !(sampleRateHz > 0) ||
    !(longestMs > 0)
  )
    return undefined;
  const voice = asText(from["voice"]);
  return {
    connectionId,
    sessionId,
    correlationId,
    extendedRequestId: asGatewayId(context["extendedRequestId"]),
    clientId,
    subject,
    agentId,
    language,
    voice,
    encoding,
    sampleRateHz,
    longestMs,
  };
}
