import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, present, show, text } from "../lib/values";

export const domainRequiresMutualTls = resourcePolicy({
  name: "domain-requires-mutual-tls",
  severity: "critical",
  clauses: ["B5.3"],
  summary: "Every HTTP domain asks its caller for a certificate and pins the version of the truststore.",
  reads: "aws:apigateway/domainName:DomainName: mutualTlsAuthentication",
  remediation:
    "set mutualTlsAuthentication with truststoreUri and truststoreVersion, or record a dated exception for this domain.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
  types: [types.domain],
  check(resource, report) {
    const mutualTls = object(resource.props.mutualTlsAuthentication);
    if (!/^s3:\/\/[a-z0-9.-]+\/.+/.test(text(mutualTls.truststoreUri))) {
      report({
        resource,
        got: `truststoreUri ${show(mutualTls.truststoreUri)}`,
        expected: "s3://<bucket>/<key> of the truststore, known at preview",
      });
      return;
    }
    // Without a version whoever writes the object decides whom the gateway believes.
    if (!present(mutualTls, "truststoreVersion")) {
      report({ resource, got: "no truststoreVersion", expected: "the version of the truststore's object" });
    }
  },
});
