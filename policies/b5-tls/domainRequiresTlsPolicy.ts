import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, present, show, strings } from "../lib/values";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html */
const withMutualTls = "TLS_1_2";
const withoutMutualTls = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09";

export const domainRequiresTlsPolicy = resourcePolicy({
  name: "domain-requires-tls-policy",
  severity: "high",
  clauses: ["B5.3"],
  summary: "Every HTTP domain is regional and has the strictest TLS policy that its kind can have.",
  reads: "aws:apigateway/domainName:DomainName: securityPolicy, endpointAccessMode, endpointConfiguration",
  controls: ["CKV_AWS_206"],
  remediation: `use ${withMutualTls} with mutual TLS; without it ${withoutMutualTls} and endpointAccessMode STRICT.`,
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html",
  types: [types.domain],
  check(resource, report) {
    const { props } = resource;
    const mutual = present(props, "mutualTlsAuthentication");
    const expected = mutual ? withMutualTls : withoutMutualTls;
    if (props.securityPolicy !== expected) {
      report({ resource, got: `securityPolicy ${show(props.securityPolicy)}`, expected: show(expected) });
    }
    if (!mutual && props.endpointAccessMode !== "STRICT") {
      report({ resource, got: `endpointAccessMode ${show(props.endpointAccessMode)}`, expected: '"STRICT"' });
    }
    // Mutual TLS works on regional domains only.
    const endpoints = strings(object(props.endpointConfiguration).types);
    if (endpoints.length !== 1 || endpoints[0] !== "REGIONAL") {
      report({
        resource,
        got: `endpoint ${show(object(props.endpointConfiguration).types)}`,
        expected: '"REGIONAL"',
      });
    }
  },
});
