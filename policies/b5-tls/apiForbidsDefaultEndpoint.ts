import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, parseObject, show, type Props } from "../lib/values";

const url =
  "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html";

const endpointSettings = "x-amazon-apigateway-endpoint-configuration";

/**
 * An import sets the switch by the document alone, which in OpenAPI 3 says it in a server; the provider sets it right by a second call,
 * and until then the endpoint is open.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-endpoint-configuration.html
 */
function closesItself({ body }: Props): boolean {
  const servers = objects(parseObject(body)?.servers);
  return (
    servers.length > 0 &&
    servers.every((server) => object(server[endpointSettings]).disableExecuteApiEndpoint === true)
  );
}

/** Both kinds of API have the switch under the same name; one type token a policy keeps the other kinds unread. */
const forbidDefaultEndpoint = (name: string, type: string) =>
  resourcePolicy({
    name,
    severity: "critical",
    clauses: ["B5.3"],
    summary:
      "The API answers under its custom domains only; its default endpoint would be a way around mutual TLS.",
    reads: `${type}.disableExecuteApiEndpoint${type === types.restApi ? ", and the same in the servers of its body" : ""}`,
    remediation: `set disableExecuteApiEndpoint to true${type === types.restApi ? `, and in ${endpointSettings} of each of the body's servers` : ""}.`,
    url,
    types: [type],
    check(resource, report) {
      const { disableExecuteApiEndpoint } = resource.props;
      if (disableExecuteApiEndpoint !== true) {
        report({
          resource,
          got: `disableExecuteApiEndpoint ${show(disableExecuteApiEndpoint)}`,
          expected: "true",
        });
      }
      if (type === types.restApi && !closesItself(resource.props)) {
        report({
          resource,
          got: "a body that opens it with each import",
          expected: `servers, each with disableExecuteApiEndpoint true in ${endpointSettings}`,
        });
      }
    },
  });

export const apiForbidsDefaultEndpoint = forbidDefaultEndpoint("api-forbids-default-endpoint", types.restApi);
export const voiceApiForbidsDefaultEndpoint = forbidDefaultEndpoint(
  "voice-api-forbids-default-endpoint",
  types.voiceApi,
);
