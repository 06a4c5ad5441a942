import type { APIGatewayProxyEvent } from "aws-lambda";
import { problemAnswer, type ProblemAnswer } from "../problem";

/**
 * The edge between gateway and agents. It forwards nothing yet, and says so: every call that the authorizer lets
 * through is answered 503.
 */
export const handler = (event: APIGatewayProxyEvent): Promise<ProblemAnswer> =>
  Promise.resolve(
    problemAnswer({
      status: 503,
      code: "not-forwarding",
      title: "Service Unavailable",
      detail: "The edge does not forward requests to agents yet.",
      extendedRequestId: event.requestContext.extendedRequestId ?? event.requestContext.requestId,
      retryAfterSeconds: 3600,
    }),
  );
