import { bodyOf } from "../lib/openapi";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show, strings, text } from "../lib/values";

export const apiRequiresStrictImport = resourcePolicy({
  name: "api-requires-strict-import",
  severity: "medium",
  clauses: ["B5.3"],
  summary:
    "The REST API is regional, imported whole from its contract, and reads its clients' keys from the header.",
  reads:
    "aws:apigateway/restApi:RestApi: failOnWarnings, putRestApiMode, endpointConfiguration, apiKeySource, body",
  remediation:
    "set failOnWarnings true, putRestApiMode overwrite, endpointConfiguration.types REGIONAL and leave the key source HEADER.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api.html",
  types: [types.restApi],
  check(resource, report) {
    const { failOnWarnings, putRestApiMode, endpointConfiguration, apiKeySource } = resource.props;
    const body = bodyOf(resource, report);
    const { openapi, info } = body ?? {};
    if (body && (!/^3\.0\.\d$/.test(text(openapi)) || text(object(info).title) === "")) {
      report({
        resource,
        got: `a document of OpenAPI ${show(openapi)}, called ${show(object(info).title)}`,
        expected: "OpenAPI 3.0, which is what is judged, with a title",
      });
    }
    if (failOnWarnings !== true) {
      report({
        resource,
        got: `failOnWarnings ${show(failOnWarnings)}`,
        expected: "true: a warning is a part dropped",
      });
    }
    if (putRestApiMode === "merge") {
      report({
        resource,
        got: "putRestApiMode merge",
        expected: "overwrite: what the contract lost would stay",
      });
    }
    const endpoints = strings(object(endpointConfiguration).types);
    if (endpoints.length !== 1 || endpoints[0] !== "REGIONAL") {
      report({
        resource,
        got: `endpoint ${show(object(endpointConfiguration).types)}`,
        expected: '"REGIONAL"',
      });
    }
    for (const source of [apiKeySource, body?.["x-amazon-apigateway-api-key-source"]]) {
      // From the authorizer the key would come too late for the firewall's rules, which run first.
      if (source !== undefined && source !== "HEADER") {
        report({ resource, got: `api key source ${show(source)}`, expected: '"HEADER"' });
      }
    }
  },
});
