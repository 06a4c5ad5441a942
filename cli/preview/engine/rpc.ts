/** The engine raises gRPC's 4 MB: the resources of a whole stack go to a policy pack in one message. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

export const GRPC_OPTIONS = {
  // What a connection between two processes of one machine has no use for.
  "grpc.enable_channelz": 0,
  "grpc.enable_retries": 0,
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
} as const;
