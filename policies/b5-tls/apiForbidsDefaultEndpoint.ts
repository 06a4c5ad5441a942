import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show } from "../lib/values";

const url =
  "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-disable-default-endpoint.html";

/** Both kinds of API have the switch under the same name; one type token a policy keeps the other kinds unread. */
const forbidDefaultEndpoint = (name: string, type: string) =>
  resourcePolicy({
    name,
    severity: "critical",
    clauses: ["B5.3"],
    summary:
      "The API answers under its custom domains only; its default endpoint would be a way around mutual TLS.",
    reads: `${type}.disableExecuteApiEndpoint`,
    remediation: "set disableExecuteApiEndpoint to true.",
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
    },
  });

export const apiForbidsDefaultEndpoint = forbidDefaultEndpoint("api-forbids-default-endpoint", types.restApi);
export const voiceApiForbidsDefaultEndpoint = forbidDefaultEndpoint(
  "voice-api-forbids-default-endpoint",
  types.voiceApi,
);
