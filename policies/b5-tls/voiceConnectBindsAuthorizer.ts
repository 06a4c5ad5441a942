import { stackPolicy } from "../lib/policy";
import { pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, peek, show, strings, UNKNOWN } from "../lib/values";

/** The only route on which the gateway asks an authorizer; the connection carries its verdict. */
const connect = "$connect";

export const voiceConnectBindsAuthorizer = stackPolicy({
  name: "voice-connect-binds-authorizer",
  severity: "critical",
  clauses: ["B5.3"],
  summary: "No voice session starts before the WebSocket API's own authorizer has redeemed its ticket.",
  reads:
    "Api.protocolType; Route: routeKey, apiId → Api, authorizationType, authorizerId → Authorizer; Authorizer: apiId, authorizerType, identitySources, authorizerResultTtlInSeconds",
  remediation:
    "give the $connect route of each WebSocket API authorizationType CUSTOM and that API's REQUEST authorizer.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html",
  check(stack, report) {
    const apis = stack.ofType(types.voiceApi);
    if (apis.length === 0) report({ got: "no WebSocket API", expected: "the one behind /realtime-voice" });
    for (const api of apis) {
      if (api.props.protocolType !== "WEBSOCKET") {
        report({ resource: api, got: `protocol ${show(api.props.protocolType)}`, expected: '"WEBSOCKET"' });
      }
      const routes = pointingAt(api, stack.ofType(types.voiceRoute), "apiId");
      const doors = routes.filter(({ props }) => props.routeKey === connect);
      const [door] = doors;
      if (!door || doors.length > 1) {
        report({
          resource: api,
          got: `routes ${join(routes.map(({ props }) => show(props.routeKey)))}`,
          expected: `one ${connect} route`,
        });
        continue;
      }
      const authorizer = source(door, "authorizerId", types.voiceAuthorizer);
      if (door.props.authorizationType !== "CUSTOM" || !authorizer) {
        report({
          resource: door,
          got: `authorizationType ${show(door.props.authorizationType)}`,
          expected: "CUSTOM, with an authorizer of this stack",
        });
        continue;
      }
      if (
        source(authorizer, "apiId", types.voiceApi) !== api ||
        authorizer.props.authorizerType !== "REQUEST"
      ) {
        report({
          resource: authorizer,
          got: "an authorizer of another API",
          expected: `a REQUEST authorizer of '${api.name}'`,
        });
      }
      // A ticket is for one session: a verdict that is kept would let it in again. Unknown where it is not set.
      const keptSeconds = peek(() => authorizer.props.authorizerResultTtlInSeconds);
      if (keptSeconds !== UNKNOWN && keptSeconds !== undefined && keptSeconds !== 0) {
        report({ resource: authorizer, got: `a verdict kept for ${show(keptSeconds)} s`, expected: "0" });
      }
      // What is in a query string is written to logs on its way.
      const queried = strings(authorizer.props.identitySources).filter((place) => /querystring/i.test(place));
      if (strings(authorizer.props.identitySources).length === 0) {
        report({ resource: authorizer, got: "no identity source", expected: "the header with the ticket" });
      }
      if (queried.length > 0) {
        report({ resource: authorizer, got: `identity from ${join(queried)}`, expected: "a header" });
      }
    }
  },
});
