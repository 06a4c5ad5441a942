/** The right to write to live connections of a WebSocket API, and to end them. */

export const manageConnections = "execute-api:manageconnections";

/**
 * The API's id is made up by AWS and unknown at preview, so the stage's whole name says which API is meant. Not GET, which
 * tells a caller's address.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
const form = /^arn:[\w-]+:execute-api:[\w-]+:\d{12}:\*\/([\w-]+)\/(POST|DELETE)\/@connections\/\*$/;

export interface Connections {
  readonly stage: string;
  readonly verb: string;
}

/** Which connections an ARN is about; `undefined` for every other form. */
export function connectionsOf(arn: string): Connections | undefined {
  const [, stage, verb] = form.exec(arn) ?? [];
  return stage === undefined || verb === undefined ? undefined : { stage, verb };
}
