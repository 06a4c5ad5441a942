import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { problemAnswer, type ProblemAnswer } from "../problem";

/** Carries no voice session yet, and says so: every message is refused with 503. */
export const handler = (event: APIGatewayProxyWebsocketEventV2): Promise<ProblemAnswer> =>
  Promise.resolve(
    problemAnswer({
      status: 503,
      code: "not-carrying",
      title: "Service Unavailable",
      detail: "Voice sessions are not carried yet.",
      extendedRequestId: event.requestContext.extendedRequestId,
      retryAfterSeconds: 3600,
    }),
  );
