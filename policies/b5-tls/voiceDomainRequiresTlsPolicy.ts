import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show } from "../lib/values";

export const voiceDomainRequiresTlsPolicy = resourcePolicy({
  name: "voice-domain-requires-tls-policy",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "Every WebSocket domain is regional and speaks TLS 1.2 at least, the only policy that it can have.",
  reads: "aws:apigatewayv2/domainName:DomainName.domainNameConfiguration",
  controls: ["CKV_AWS_206"],
  remediation: "set securityPolicy TLS_1_2 and endpointType REGIONAL.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-custom-domain-names.html",
  types: [types.voiceDomain],
  check(resource, report) {
    const { securityPolicy, endpointType } = object(resource.props.domainNameConfiguration);
    if (securityPolicy !== "TLS_1_2") {
      report({ resource, got: `securityPolicy ${show(securityPolicy)}`, expected: '"TLS_1_2"' });
    }
    if (endpointType !== "REGIONAL")
      report({ resource, got: `endpointType ${show(endpointType)}`, expected: '"REGIONAL"' });
  },
});
