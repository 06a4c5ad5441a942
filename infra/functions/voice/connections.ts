import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import type { VoicePorts } from "./handleMessage";

/**
 * The gateway's management API at one address.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export function gatewayConnections(url: string): VoicePorts["connections"] {
  const client = new ApiGatewayManagementApiClient({
    endpoint: url,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 200, requestTimeout: 1_000, throwOnRequestTimeout: true },
  });
  /** A caller that left is no fault. */
  const unlessGone = async <T>(run: () => Promise<unknown>, done: T): Promise<T | "gone"> => {
    try {
      await run();
      return done;
    } catch (error) {
      if (error instanceof GoneException) return "gone";
      throw error;
    }
  };
  return {
    post: (ConnectionId, message) =>
      unlessGone(
        () => client.send(new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(message) })),
        "sent",
      ),
    close: (ConnectionId) =>
      unlessGone(() => client.send(new DeleteConnectionCommand({ ConnectionId })), "closed"),
  };
}
