import { X509Certificate } from "node:crypto";
import { ANSWER_HEADER, ENVELOPE_HEADER, unseal, type Envelope } from "./envelope";

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};

/**
 * The emulator's event of a REST request, completed to what AWS's gateway hands over. Without a valid envelope the
 * request did not come through the front door: it keeps what the emulator says, and has no certificate.
 */
export function completeEvent(event: unknown, secret: string): unknown {
  const given = asRecord(event);
  const headers = asRecord(given["headers"]);
  const sealed = Object.entries(headers).find(([name]) => name.toLowerCase() === ENVELOPE_HEADER)?.[1];
  if (sealed === undefined) return event;
  const envelope = unseal(secret, sealed);
  if (envelope === undefined) return withoutHeader(given);
  const context = asRecord(given["requestContext"]);
  const identity = asRecord(context["identity"]);
  return {
    ...given,
    ...headersOf(envelope),
    requestContext: {
      ...context,
      domainName: envelope.domainName,
      domainPrefix: envelope.domainName.split(".", 1)[0],
      requestId: envelope.requestId,
      extendedRequestId: envelope.extendedRequestId,
      protocol: envelope.protocol,
      identity: {
        ...identity,
        sourceIp: envelope.sourceIp,
        userAgent: valueOf(envelope, "user-agent"),
        apiKey: valueOf(envelope, "x-api-key"),
        ...(envelope.clientCertPem === undefined ? {} : { clientCert: clientCert(envelope.clientCertPem) }),
      },
    },
  };
}

function withoutHeader(event: Json): Json {
  const strip = (headers: unknown): Json =>
    Object.fromEntries(
      Object.entries(asRecord(headers)).filter(([name]) => name.toLowerCase() !== ENVELOPE_HEADER),
    );
  return {
    ...event,
    headers: strip(event["headers"]),
    multiValueHeaders: strip(event["multiValueHeaders"]),
  };
}

/**
 * A header that is sent twice has its last value in one map and all of them in the other. Whatever its name: a caller
 * may write `__proto__`.
 */
function headersOf({ headers }: Envelope): { headers: Json; multiValueHeaders: Json } {
  const multi = new Map<string, string[]>();
  for (const [name, value] of headers) multi.set(name, [...(multi.get(name) ?? []), value]);
  return { headers: Object.fromEntries(headers), multiValueHeaders: Object.fromEntries(multi) };
}

const valueOf = ({ headers }: Envelope, wanted: string): string | null =>
  headers.findLast(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html */
function clientCert(pem: string): Json {
  const { issuer, subject, serialNumber, validFrom, validTo } = new X509Certificate(pem);
  const name = (text: string): string => text.split("\n").toReversed().join(",");
  return {
    clientCertPem: pem,
    issuerDN: name(issuer),
    subjectDN: name(subject),
    serialNumber: BigInt(`0x${serialNumber}`).toString(),
    validity: { notBefore: validFrom, notAfter: validTo },
  };
}

/**
 * Marks a proxy integration's answer as the function's, and names its headers among those that the emulator adds.
 * Nobody reads the headers of an authorizer's answer.
 */
export function markAnswer(answer: unknown, mark: string): unknown {
  const given = asRecord(answer);
  if (typeof given["statusCode"] !== "number") return answer;
  const headers = asRecord(given["headers"]);
  const names = Object.keys({ ...headers, ...asRecord(given["multiValueHeaders"]) });
  return { ...given, headers: { ...headers, [ANSWER_HEADER]: [mark, ...names].join(" ") } };
}

/** What the authorizer decided for a request, for the front door's log and answers. */
export function authorized(event: unknown, answer: unknown): Json | undefined {
  const { policyDocument, context } = asRecord(answer);
  if (policyDocument === undefined) return undefined;
  const { requestId } = asRecord(asRecord(event)["requestContext"]);
  const { correlationId, clientId } = asRecord(context);
  return { type: "authorized", requestId, correlationId, clientId };
}
