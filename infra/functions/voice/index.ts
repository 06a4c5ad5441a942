import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";

/** Carries no voice session yet, and says so: every message is refused with 503. */
export const handler = (
  event: APIGatewayProxyWebsocketEventV2,
): Promise<{ statusCode: number; body: string }> =>
  Promise.resolve({
    statusCode: 503,
    body: JSON.stringify({
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: "Voice sessions are not carried yet.",
      requestId: event.requestContext.requestId,
    }),
  });
