import { APIGatewayClient, type APIGatewayClientConfig } from "@aws-sdk/client-api-gateway";

/**
 * The control plane takes 10 requests a second from the whole account, so that other people's calls throttle ours: the
 * SDK waits longer and longer after TooManyRequestsException, up to 20 s, and a run makes up to ten tries of a call.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const createApiGatewayClient = (config: APIGatewayClientConfig = {}): APIGatewayClient =>
  new APIGatewayClient({
    maxAttempts: 10,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    ...config,
  });
