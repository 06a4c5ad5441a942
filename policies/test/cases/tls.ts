import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import { existingCertificate } from "../staging";
import type { CaseBook } from "./case";
import { exception, withoutMutualTls } from "./guardrails";

const domain = (stack: TestStack, agent: string): TestResource => stack.get(types.domain, `${agent}-domain`);
const certificate = (stack: TestStack, agent: string): TestResource =>
  stack.get(types.certificate, `${agent}-certificate`);

type Json = Record<string, unknown>;
const child = (value: Json, ...path: string[]): Json => path.reduce((at, key) => at[key] as Json, value);
const body = (stack: TestStack, change: (body: Json) => void): TestResource =>
  stack.get(types.restApi).json("body", change);
const endpointSettings = "x-amazon-apigateway-endpoint-configuration";
const vision = (value: Json): Json => child(value, "paths", "/vision", "post");

export const tls: CaseBook = {
  "certificates-count-thirteen": {
    violations: [
      {
        when: "one certificate is taken away",
        change: (stack) => stack.remove(certificate(stack, "agent-06")),
        says: /got 12 certificates; expected 13/,
      },
      {
        when: "there is one too many",
        change: (stack) =>
          stack.add(types.certificate, "fourteenth", { domainName: "x.staging.example.com" }),
        says: /got 14 certificates/,
      },
      {
        when: "two certificates are for one name",
        change: (stack) => certificate(stack, "agent-06").set("domainName", "agent-07.staging.example.com"),
        says: /a second certificate for agent-07\.staging\.example\.com/,
      },
      {
        when: "there is none",
        change: (stack) => stack.remove(...stack.ofType(types.certificate)),
        says: /got 0 certificates/,
      },
    ],
    nearMisses: [
      {
        when: "a fourteenth certificate is the clients' authority's, not ACM's",
        change: (stack) => stack.add("tls:index/selfSignedCert:SelfSignedCert", "root", {}),
      },
    ],
  },
  "certificate-requires-dns-validation": {
    violations: [
      {
        when: "a certificate is validated by mail",
        change: (stack) => certificate(stack, "agent-06").set("validationMethod", "EMAIL"),
        says: /validationMethod "EMAIL"/,
      },
      {
        when: "a certificate is a wildcard",
        change: (stack) => certificate(stack, "agent-06").set("domainName", "*.staging.example.com"),
        says: /names \*\.staging\.example\.com; expected exact names/,
      },
      {
        when: "a wildcard hides among the alternative names",
        change: (stack) =>
          certificate(stack, "agent-06").set("subjectAlternativeNames", ["*.agent-06.staging.example.com"]),
        says: /no wildcard/,
      },
      {
        when: "a key is weak",
        change: (stack) => certificate(stack, "agent-06").set("keyAlgorithm", "RSA_1024"),
        says: /keyAlgorithm "RSA_1024"/,
      },
      {
        when: "transparency is off",
        change: (stack) =>
          certificate(stack, "agent-06").set("options.certificateTransparencyLoggingPreference", "DISABLED"),
        says: /transparency logging "DISABLED"/,
      },
    ],
    nearMisses: [
      {
        when: "the key is on an elliptic curve",
        change: (stack) => certificate(stack, "agent-06").set("keyAlgorithm", "EC_prime256v1"),
      },
    ],
  },
  "certificates-bind-domains": {
    violations: [
      ...["name", "type", "records"].map((property) => ({
        when: `the ${property} of a validation record is written down`,
        change: (stack: TestStack) => stack.get(types.record, "agent-06-validation-record").from(property),
        says: /'agent-06-validation': got records of another certificate/,
      })),
      {
        when: "a domain does not wait for the validation",
        change: (stack) =>
          domain(stack, "agent-06").from("regionalCertificateArn", certificate(stack, "agent-06")),
        says: /'agent-06-domain': got a certificate that is not yet validated/,
      },
      {
        when: "two domains have each other's certificate",
        change: (stack) => {
          const validation = (agent: string): TestResource =>
            stack.get(types.certificateValidation, `${agent}-validation`);
          domain(stack, "agent-06").from("regionalCertificateArn", validation("agent-07"));
          domain(stack, "agent-07").from("regionalCertificateArn", validation("agent-06"));
        },
        says: /'agent-06-domain': got a certificate for "agent-07\.staging\.example\.com"/,
      },
      {
        when: "a certificate is used by nobody",
        change: (stack) =>
          domain(stack, "agent-06")
            .set("regionalCertificateArn", existingCertificate(99))
            .from("regionalCertificateArn"),
        says: /'agent-06-certificate': got 0 domains/,
      },
      {
        when: "nobody waits for the validation",
        change: (stack) => stack.remove(stack.get(types.certificateValidation, "agent-06-validation")),
        says: /'agent-06-certificate': got 0 validations/,
      },
      {
        when: "a validation waits for another certificate's record",
        change: (stack) =>
          stack
            .get(types.certificateValidation, "agent-06-validation")
            .from("validationRecordFqdns", stack.get(types.record, "agent-07-validation-record")),
        says: /records of another certificate: 'agent-07-validation-record'/,
      },
    ],
    nearMisses: [
      {
        when: "a voice agent's domain takes its certificate in its own way",
        change: (stack) =>
          stack
            .get(types.voiceDomain, "agent-17-domain")
            .set("domainNameConfiguration.certificateArn", unknownValue),
      },
    ],
  },
  "domains-count-eighteen": {
    violations: [
      {
        when: "an agent lost its domain",
        change: (stack) => stack.remove(domain(stack, "agent-01")),
        says: /got 17 domains; expected 18/,
      },
      {
        when: "one of the five existing certificates is used no more",
        change: (stack) =>
          domain(stack, "agent-01")
            .set("regionalCertificateArn", unknownValue)
            .from("regionalCertificateArn", stack.get(types.certificateValidation, "agent-06-validation")),
        says: /got 4 domains with an existing certificate/,
      },
      {
        when: "two agents share an existing certificate",
        change: (stack) => domain(stack, "agent-02").set("regionalCertificateArn", existingCertificate(1)),
        says: /'agent-02-domain': got certificate .* of another domain/,
      },
      {
        when: "a domain leads nowhere",
        change: (stack) => stack.remove(stack.get(types.basePathMapping, "agent-03-mapping")),
        says: /'agent-03-domain': got 0 mappings/,
      },
      {
        when: "a domain leads to an API from elsewhere",
        change: (stack) => stack.get(types.basePathMapping, "agent-03-mapping").from("restApi"),
        says: /'agent-03-domain': got 1 mappings to a stage/,
      },
      {
        when: "a domain is not found in DNS",
        change: (stack) => stack.remove(stack.get(types.record, "agent-17-alias")),
        says: /'agent-17-domain': got 0 alias records/,
      },
      {
        when: "a record of another name points at the domain",
        change: (stack) =>
          stack.get(types.record, "agent-03-alias").set("name", "agent-33.staging.example.com"),
        says: /'agent-03-domain': got 0 alias records/,
      },
    ],
    nearMisses: [
      {
        when: "a domain has an AAAA record beside its A record",
        change: (stack) =>
          stack
            .add(types.record, "agent-03-alias-v6", { name: "agent-03.staging.example.com", type: "AAAA" })
            .from("aliases", domain(stack, "agent-03")),
      },
    ],
  },
  "domains-bind-expiry-alarm": {
    violations: [
      {
        when: "a certificate is watched by nobody",
        change: (stack) => stack.remove(stack.get(types.alarm, "agent-06-age")),
        says: /'agent-06-domain': got 0 alarms/,
      },
      {
        when: "an alarm watches another agent's certificate",
        change: (stack) =>
          stack
            .get(types.alarm, "agent-06-age")
            .from("metricQueries", stack.get(types.certificateValidation, "agent-07-validation")),
        says: /'agent-06-domain': got 0 alarms/,
      },
      {
        when: "an existing certificate is watched by nobody",
        change: (stack) =>
          stack
            .get(types.alarm, "agent-01-age")
            .set("metricQueries.0.metric.dimensions.CertificateArn", existingCertificate(99)),
        says: /'agent-01-domain': got 0 alarms/,
      },
      {
        when: "an alarm counts days",
        change: (stack) =>
          stack
            .get(types.alarm, "agent-06-age")
            .set("metricQueries.1.expression", "days")
            .set("threshold", 30),
        says: /expression "days"/,
      },
      {
        when: "an alarm is raised when most of the life is left",
        change: (stack) => stack.get(types.alarm, "agent-06-age").set("threshold", 60),
        says: /threshold 60/,
      },
      {
        when: "an alarm is raised when the life is long",
        change: (stack) =>
          stack.get(types.alarm, "agent-06-age").set("comparisonOperator", "GreaterThanThreshold"),
        says: /comparison "GreaterThanThreshold"/,
      },
      {
        when: "silence is taken for health",
        change: (stack) => stack.get(types.alarm, "agent-06-age").set("treatMissingData", "notBreaching"),
        says: /treatMissingData "notBreaching"/,
      },
      {
        when: "silence is told to nobody",
        change: (stack) => stack.get(types.alarm, "agent-06-age").set("treatMissingData", "missing"),
        says: /treatMissingData "missing"/,
      },
      {
        when: "an alarm rings nowhere",
        change: (stack) => stack.get(types.alarm, "agent-06-age").set("alarmActions", []),
        says: /no action on a topic/,
      },
      {
        when: "an alarm rings at a topic of another name",
        change: (stack) =>
          stack
            .get(types.alarm, "agent-06-age")
            .set("alarmActions", ["arn:aws:sns:eu-west-1:123456789012:alarms-2"]),
        says: /no action on a topic/,
      },
      {
        when: "nobody is told that a renewal needs a hand",
        change: (stack) => stack.remove(stack.get(types.eventTarget, "renewal-target")),
        says: /nobody told of "ACM Certificate Renewal Action Required"/,
      },
    ],
    nearMisses: [
      {
        when: "silence is told by an action of its own",
        change: (stack) =>
          stack
            .get(types.alarm, "agent-06-age")
            .set("treatMissingData", "missing")
            .set("insufficientDataActions", ["arn:aws:sns:eu-west-1:123456789012:alarms"]),
      },
      {
        when: "the life is of 47 days",
        change: (stack) =>
          stack.get(types.alarm, "agent-06-age").set("metricQueries.1.expression", "100 * days / 47"),
      },
      {
        when: "an alarm watches something else",
        change: (stack) =>
          stack.add(types.alarm, "latency", { metricName: "Latency", namespace: "AWS/ApiGateway" }),
      },
      {
        when: "the topic is referred to",
        change: (stack) =>
          stack
            .get(types.alarm, "agent-06-age")
            .set("alarmActions", [unknownValue])
            .from("alarmActions", stack.get(types.topic, "topic")),
      },
    ],
  },
  "domain-requires-mutual-tls": {
    violations: [
      {
        when: "a domain asks nobody for a certificate",
        change: (stack) => withoutMutualTls(stack),
        says: /'agent-06-domain': got truststoreUri nothing/,
      },
      {
        when: "a domain follows the truststore wherever it goes",
        change: (stack) =>
          domain(stack, "agent-06").set("mutualTlsAuthentication.truststoreVersion", undefined),
        says: /no truststoreVersion/,
      },
      {
        when: "the exception for the domain has ended",
        change: (stack) => withoutMutualTls(stack),
        exceptions: [exception({ recorded: "2026-01-01", expires: "2026-11-21" })],
        says: /truststoreUri nothing/,
      },
      {
        when: "the exception is for another domain",
        change: (stack) => withoutMutualTls(stack),
        exceptions: [exception({ resource: `${types.domain}::agent-06-domain-2` })],
        says: /truststoreUri nothing/,
      },
      {
        when: "there is an exception and nothing to except",
        change: () => undefined,
        exceptions: [exception({})],
        says: /exception EX-901: got nothing to except/,
      },
    ],
    nearMisses: [
      {
        when: "the domain has an exception that stands",
        change: (stack) => withoutMutualTls(stack),
        exceptions: [exception({})],
      },
      {
        when: "a WebSocket domain has none, which it cannot have",
        change: (stack) =>
          stack.get(types.voiceDomain, "agent-17-domain").set("mutualTlsAuthentication", undefined),
      },
    ],
  },
  "domain-requires-tls-policy": {
    violations: [
      {
        when: "a domain speaks TLS 1.0",
        change: (stack) => domain(stack, "agent-06").set("securityPolicy", "TLS_1_0"),
        says: /securityPolicy "TLS_1_0"; expected "TLS_1_2"/,
      },
      {
        when: "a domain without mutual TLS keeps the older policy",
        change: (stack) => {
          withoutMutualTls(stack);
          domain(stack, "agent-06").set("securityPolicy", "TLS_1_2");
        },
        says: /expected "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"/,
      },
      {
        when: "a domain without mutual TLS is lax about its host",
        change: (stack) => {
          withoutMutualTls(stack);
          domain(stack, "agent-06").set("endpointAccessMode", "BASIC");
        },
        says: /endpointAccessMode "BASIC"/,
      },
      {
        when: "a domain is at the edge",
        change: (stack) => domain(stack, "agent-06").set("endpointConfiguration.types", "EDGE"),
        says: /endpoint "EDGE"/,
      },
    ],
    nearMisses: [
      {
        when: "a domain without mutual TLS has the newer policy, strictly",
        change: (stack) => withoutMutualTls(stack),
      },
    ],
  },
  "voice-domain-requires-tls-policy": {
    violations: [
      {
        when: "a WebSocket domain speaks TLS 1.0",
        change: (stack) =>
          stack
            .get(types.voiceDomain, "agent-17-domain")
            .set("domainNameConfiguration.securityPolicy", "TLS_1_0"),
        says: /securityPolicy "TLS_1_0"/,
      },
    ],
    nearMisses: [
      {
        when: "an HTTP domain speaks TLS 1.0",
        change: (stack) => domain(stack, "agent-06").set("securityPolicy", "TLS_1_0"),
      },
    ],
  },
  "domains-bind-truststore": {
    violations: [
      {
        when: "a domain pins a version by hand",
        change: (stack) =>
          domain(stack, "agent-06")
            .set("mutualTlsAuthentication.truststoreVersion", "null")
            .from("mutualTlsAuthentication"),
        says: /'agent-06-domain': got a truststore version from none/,
      },
      {
        when: "a domain names another object than the one that it pins",
        change: (stack) =>
          domain(stack, "agent-06").set("mutualTlsAuthentication.truststoreUri", "s3://truststore/old.pem"),
        says: /truststore "s3:\/\/truststore\/old\.pem"; expected "s3:\/\/truststore\/truststore\.pem"/,
      },
      {
        when: "the truststore's bucket keeps no versions",
        change: (stack) =>
          stack.first(types.bucketVersioning).set("versioningConfiguration.status", "Suspended"),
        says: /a truststore's bucket without versions/,
      },
      {
        when: "no domain has mutual TLS",
        change: (stack) => {
          for (const one of stack.ofType(types.domain)) one.set("mutualTlsAuthentication", undefined);
        },
        says: /no domain with mutual TLS/,
      },
    ],
    nearMisses: [
      { when: "one domain has an exception from mutual TLS", change: (stack) => withoutMutualTls(stack) },
      {
        when: "the object names its bucket by its fixed name",
        change: (stack) => stack.get(types.bucketObject).set("bucket", "truststore").from("bucket"),
      },
    ],
  },
  "api-forbids-default-endpoint": {
    violations: [
      {
        when: "the default endpoint is not mentioned, which leaves it open",
        change: (stack) => stack.get(types.restApi).set("disableExecuteApiEndpoint", undefined),
        says: /disableExecuteApiEndpoint nothing/,
      },
      ...(
        [
          ["says nothing of it", undefined],
          ["says nothing of it in a server", [{ url: "/" }]],
          ["opens it", [{ url: "/", [endpointSettings]: { disableExecuteApiEndpoint: false } }]],
          [
            "closes it in one of two servers",
            [{ url: "/", [endpointSettings]: { disableExecuteApiEndpoint: true } }, { url: "/other" }],
          ],
        ] as const
      ).map(([what, servers]) => ({
        when: `the document ${what}, so that each import opens it for a moment`,
        change: (stack: TestStack) => body(stack, (value) => Object.assign(value, { servers })),
        says: /a body that opens it with each import/,
      })),
      {
        when: "the document closes it where OpenAPI 2 has it read",
        change: (stack) =>
          body(stack, (value) => {
            value.servers = [];
            value[endpointSettings] = { disableExecuteApiEndpoint: true };
          }),
        says: /a body that opens it with each import/,
      },
    ],
    nearMisses: [
      {
        when: "the document closes it in each of its servers",
        change: (stack) =>
          body(stack, (value) => {
            const settings = { [endpointSettings]: { disableExecuteApiEndpoint: true } };
            value.servers = [
              { url: "/", ...settings },
              { url: "/v1", ...settings },
            ];
          }),
      },
      {
        when: "the other kind of API is open",
        change: (stack) => stack.get(types.voiceApi).set("disableExecuteApiEndpoint", false),
      },
    ],
  },
  "voice-api-forbids-default-endpoint": {
    violations: [
      {
        when: "the default endpoint is open",
        change: (stack) => stack.get(types.voiceApi).set("disableExecuteApiEndpoint", false),
        says: /disableExecuteApiEndpoint false/,
      },
    ],
    nearMisses: [
      {
        when: "the other kind of API is open",
        change: (stack) => stack.get(types.restApi).set("disableExecuteApiEndpoint", false),
      },
    ],
  },
  "api-requires-strict-import": {
    violations: [
      {
        when: "warnings of the import pass",
        change: (stack) => stack.get(types.restApi).set("failOnWarnings", undefined),
        says: /failOnWarnings nothing/,
      },
      {
        when: "the import leaves what was there",
        change: (stack) => stack.get(types.restApi).set("putRestApiMode", "merge"),
        says: /putRestApiMode merge/,
      },
      {
        when: "the API has no contract",
        change: (stack) => stack.get(types.restApi).set("body", undefined),
        says: /got body nothing/,
      },
      ...(
        [
          ["of OpenAPI 2", { openapi: undefined, swagger: "2.0" }],
          ["of OpenAPI 3.1", { openapi: "3.1.0" }],
          ["without a head", { info: undefined }],
        ] as const
      ).map(([what, change]) => ({
        when: `the document is one ${what}`,
        change: (stack: TestStack) => body(stack, (value) => Object.assign(value, change)),
        says: /a document of OpenAPI .*expected OpenAPI 3\.0/,
      })),
      {
        when: "the key comes from the authorizer, too late for the firewall",
        change: (stack) => stack.get(types.restApi).set("apiKeySource", "AUTHORIZER"),
        says: /api key source "AUTHORIZER"/,
      },
      {
        when: "the body says that the key comes from the authorizer",
        change: (stack) =>
          body(stack, (value) => {
            value["x-amazon-apigateway-api-key-source"] = "AUTHORIZER";
          }),
        says: /api key source "AUTHORIZER"/,
      },
    ],
    nearMisses: [
      {
        when: "the body says that the key comes from the header",
        change: (stack) =>
          body(stack, (value) => {
            value["x-amazon-apigateway-api-key-source"] = "HEADER";
          }),
      },
    ],
  },
  "operations-require-guards": {
    violations: [
      {
        when: "one operation is open",
        change: (stack) =>
          body(stack, (value) => {
            vision(value).security = [];
          }),
        says: /POST \/vision without the authorizer/,
      },
      {
        when: "one operation needs no key",
        change: (stack) =>
          body(stack, (value) => {
            vision(value).security = [{ authorizer: [] }];
          }),
        says: /POST \/vision without a client key/,
      },
      {
        when: "nothing is one of the choices",
        change: (stack) =>
          body(stack, (value) => {
            vision(value).security = [{ authorizer: [], apiKey: [] }, {}];
          }),
        says: /POST \/vision without the authorizer/,
      },
      {
        when: "the authorizer's answers are kept",
        change: (stack) =>
          body(stack, (value) => {
            const scheme = child(value, "components", "securitySchemes", "authorizer");
            child(scheme, "x-amazon-apigateway-authorizer").authorizerResultTtlInSeconds = 300;
          }),
        says: /POST \/chat without the authorizer/,
      },
      {
        when: "how long the authorizer's answers are kept is left to the vendor",
        change: (stack) =>
          body(stack, (value) => {
            const scheme = child(value, "components", "securitySchemes", "authorizer");
            delete child(scheme, "x-amazon-apigateway-authorizer").authorizerResultTtlInSeconds;
          }),
        says: /POST \/chat without the authorizer/,
      },
      {
        when: "one operation's body is not validated",
        change: (stack) =>
          body(stack, (value) => {
            child(value, "x-amazon-apigateway-request-validators").params = {
              validateRequestParameters: true,
            };
            vision(value)["x-amazon-apigateway-request-validator"] = "params";
          }),
        says: /POST \/vision validated by "params"/,
      },
      {
        when: "a content type has no schema, so that its bodies pass",
        change: (stack) =>
          body(stack, (value) => {
            child(vision(value), "requestBody", "content")["text/plain"] = {};
          }),
        says: /POST \/vision: text\/plain without a schema/,
      },
      {
        when: "one operation goes elsewhere than to a function",
        change: (stack) =>
          body(stack, (value) => {
            vision(value)["x-amazon-apigateway-integration"] = {
              type: "http_proxy",
              uri: "https://example.com/",
            };
          }),
        says: /POST \/vision to "http_proxy"/,
      },
      {
        when: "an integration waits longer than the gateway",
        change: (stack) =>
          body(stack, (value) => {
            child(vision(value), "x-amazon-apigateway-integration").timeoutInMillis = 29001;
          }),
        says: /timeoutInMillis 29001/,
      },
      {
        when: "the body is unknown at preview",
        change: (stack) => stack.get(types.restApi).set("body", unknownValue),
        says: /\.body that is unknown at preview/,
      },
    ],
    nearMisses: [
      {
        when: "guards stand at the document, for all operations",
        change: (stack) =>
          body(stack, (value) => {
            delete vision(value).security;
            delete vision(value)["x-amazon-apigateway-request-validator"];
            value.security = [{ authorizer: [], apiKey: [] }];
            value["x-amazon-apigateway-request-validator"] = "all";
          }),
      },
    ],
  },
  "stage-binds-deployment": {
    violations: [
      {
        when: "the stage serves another API's deployment",
        change: (stack) => {
          const other = stack.add(types.restApi, "other-api", { ...stack.get(types.restApi).props });
          stack.get(types.deployment).from("restApi", other);
        },
        says: /'stage': got a deployment of another API/,
      },
      {
        when: "a change of the model makes no new deployment",
        change: (stack) => stack.get(types.deployment).set("triggers", undefined),
        says: /'deployment': got no triggers/,
      },
      {
        when: "a change of voice's routes makes no new deployment",
        change: (stack) => stack.get(types.voiceDeployment).set("triggers", {}),
        says: /'voice-deployment': got no triggers/,
      },
      {
        when: "voice's stage serves no deployment of this stack",
        change: (stack) => stack.get(types.voiceStage).from("deploymentId"),
        says: /'voice-stage': got a deployment of another API, or none/,
      },
      {
        when: "voice's stage serves another API's deployment",
        change: (stack) =>
          stack.get(types.voiceDeployment).from("apiId", stack.add(types.voiceApi, "other-voice", {})),
        says: /'voice-stage': got a deployment of another API, or none/,
      },
      {
        when: "voice's routes are served one by one as they are made",
        change: (stack) => stack.get(types.voiceStage).set("autoDeploy", true),
        says: /'voice-stage': got autoDeploy true/,
      },
      {
        when: "the gateway shows no certificate to what it calls",
        change: (stack) => stack.remove(stack.get(types.clientCertificate)),
        says: /no client certificate of this stack/,
      },
      {
        when: "every update sets the certificate back to the first one",
        change: (stack) => stack.get(types.stage).ignoring(),
        says: /'stage': got a client certificate that every update sets back/,
      },
    ],
    nearMisses: [
      {
        when: "whether voice's stage deploys by itself is left to the vendor, which does not",
        change: (stack) => stack.get(types.voiceStage).set("autoDeploy", undefined),
      },
      {
        when: "an earlier deployment stays beside",
        change: (stack) =>
          stack.add(types.deployment, "earlier", {}).from("restApi", stack.get(types.restApi)),
      },
    ],
  },
  "voice-connect-binds-authorizer": {
    violations: [
      {
        when: "a session starts without a ticket",
        change: (stack) => stack.get(types.voiceRoute, "voice $connect").set("authorizationType", "NONE"),
        says: /'voice \$connect': got authorizationType "NONE"/,
      },
      {
        when: "the authorizer is another API's",
        change: (stack) => {
          const other = stack.add(types.voiceApi, "other-voice", {});
          for (const route of ["$connect", "$default"]) {
            stack
              .add(types.voiceRoute, `other ${route}`, { routeKey: route, authorizationType: "CUSTOM" })
              .from("apiId", other)
              .from("authorizerId", stack.get(types.voiceAuthorizer));
          }
        },
        says: /an authorizer of another API/,
      },
      {
        when: "the connect route is gone",
        change: (stack) => stack.remove(stack.get(types.voiceRoute, "voice $connect")),
        says: /expected one \$connect route/,
      },
      {
        when: "the ticket comes in the query string",
        change: (stack) =>
          stack.get(types.voiceAuthorizer).set("identitySources", ["route.request.querystring.ticket"]),
        says: /identity from route\.request\.querystring\.ticket/,
      },
      {
        when: "there is no WebSocket API",
        change: (stack) => stack.remove(stack.get(types.voiceApi)),
        says: /no WebSocket API/,
      },
    ],
    nearMisses: [
      {
        when: "the other routes have no authorizer, which they cannot have",
        change: (stack) => stack.get(types.voiceRoute, "voice $default").set("authorizationType", undefined),
      },
    ],
  },
  "private-key-requires-strength": {
    violations: [
      {
        when: "a key is on a weak curve",
        change: (stack) => stack.first(types.privateKey).set("ecdsaCurve", "P224"),
        says: /curve "P224"/,
      },
      {
        when: "a key has 1024 bits",
        change: (stack) => stack.first(types.privateKey).set("algorithm", "RSA").set("rsaBits", 1024),
        says: /bits 1024/,
      },
    ],
    nearMisses: [
      {
        when: "a key has 2048 bits",
        change: (stack) => stack.first(types.privateKey).set("algorithm", "RSA").set("rsaBits", 2048),
      },
    ],
  },
};
