/**
 * What an access log may say. A REST API's log takes `$context` variables only; none of these can carry personal data:
 * no source IP, user agent, user, key value, certificate, raw path, validation text or claims.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
export const restAccessLog = {
  requestTimeEpochMs: "$context.requestTimeEpoch",
  requestId: "$context.requestId",
  // The client can set the request id, but not this one.
  extendedRequestId: "$context.extendedRequestId",
  // Absent ("-") where the answer was given before the authorizer.
  correlationId: "$context.authorizer.correlationId",
  clientId: "$context.authorizer.clientId",
  // `scan` or `client`, by the authorizer: what pages leaves scans out.
  traffic: "$context.authorizer.traffic",
  apiKeyId: "$context.identity.apiKeyId",
  domainName: "$context.domainName",
  stage: "$context.stage",
  httpMethod: "$context.httpMethod",
  // The route as the contract has it, never the path as it was sent.
  resourcePath: "$context.resourcePath",
  protocol: "$context.protocol",
  status: "$context.status",
  responseType: "$context.error.responseType",
  responseLatencyMs: "$context.responseLatency",
  responseLengthBytes: "$context.responseLength",
  integrationLatencyMs: "$context.integration.latency",
  integrationStatus: "$context.integration.status",
  authorizerLatencyMs: "$context.authorizer.latency",
  authorizerStatus: "$context.authorizer.status",
  wafStatus: "$context.waf.status",
  wafLatencyMs: "$context.waf.latency",
  traceId: "$context.xrayTraceId",
} as const;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html */
export const webSocketAccessLog = {
  requestTimeEpochMs: "$context.requestTimeEpoch",
  requestId: "$context.requestId",
  extendedRequestId: "$context.extendedRequestId",
  correlationId: "$context.authorizer.correlationId",
  clientId: "$context.authorizer.clientId",
  connectionId: "$context.connectionId",
  eventType: "$context.eventType",
  routeKey: "$context.routeKey",
  domainName: "$context.domainName",
  stage: "$context.stage",
  status: "$context.status",
  integrationLatencyMs: "$context.integration.latency",
  integrationStatus: "$context.integration.status",
  authorizerLatencyMs: "$context.authorizer.latency",
  authorizerStatus: "$context.authorizer.status",
} as const;

/** One line of JSON a request, as the gateway wants it. */
export const accessLogFormat = (fields: Readonly<Record<string, string>>): string => JSON.stringify(fields);

export const accessLogName = (namePrefix: string): string => `/aws/apigateway/${namePrefix}-access`;
export const voiceAccessLogName = (namePrefix: string): string =>
  `/aws/apigateway/${namePrefix}-voice-access`;
