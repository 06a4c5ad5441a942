import { types } from "../../lib/types";
import type { TestResource } from "../stack";
import type { CaseBook } from "./case";

const format = (change: (fields: Record<string, unknown>) => void) => (stage: TestResource) => {
  const settings = stage.at("accessLogSettings");
  const fields = JSON.parse(String(settings.format)) as Record<string, unknown>;
  change(fields);
  settings.format = JSON.stringify(fields);
};

type Answers = Record<
  string,
  { responseParameters: Record<string, unknown>; responseTemplates: Record<string, unknown> }
>;

const answers = (api: TestResource, change: (answers: Answers) => void): TestResource =>
  api.json("body", (body) => change(body["x-amazon-apigateway-gateway-responses"] as Answers));

const answer = (all: Answers, type: string): Answers[string] => {
  const found = all[type];
  if (!found) throw new Error(`no answer ${type}`);
  return found;
};

export const observability: CaseBook = {
  "stage-requires-access-log": {
    violations: [
      ...[
        "identity.sourceIp",
        "identity.userAgent",
        "identity.user",
        "identity.apiKey",
        "identity.clientCert.subjectDN",
        "path",
        "error.validationErrorString",
        "authorizer.claims.sub",
        "authorizer.principalId",
      ].map((variable) => ({
        when: `$context.${variable} is logged`,
        change: (stack: Parameters<CaseBook[string]["nearMisses"][number]["change"]>[0]) =>
          format((fields) => {
            fields.extra = `$context.${variable}`;
          })(stack.get(types.stage)),
        says: /policies\/lib\/accessLog\.ts/,
      })),
      {
        when: "a forbidden variable hides beside an allowed one",
        change: (stack) =>
          format((fields) => {
            fields.status = "$context.status $context.identity.sourceIp";
          })(stack.get(types.stage)),
        says: /exactly one \$context variable/,
      },
      {
        when: "the gateway's own id is not logged",
        change: (stack) =>
          format((fields) => {
            delete fields.extendedRequestId;
          })(stack.get(types.stage)),
        says: /without \$context\.extendedRequestId/,
      },
      {
        when: "the format is no JSON",
        change: (stack) =>
          stack.get(types.stage).set("accessLogSettings.format", "$context.requestId $context.status"),
        says: /one JSON object/,
      },
      {
        when: "there is no access log",
        change: (stack) => stack.get(types.stage).set("accessLogSettings", undefined),
        says: /access log destination nothing/,
      },
    ],
    nearMisses: [
      {
        when: "the key's id, not its value, is logged",
        change: (stack) =>
          format((fields) => {
            fields.key = "$context.identity.apiKeyId";
          })(stack.get(types.stage)),
      },
      {
        when: "the fields are nested",
        change: (stack) =>
          format((fields) => {
            fields.latency = { total: "$context.responseLatency" };
          })(stack.get(types.stage)),
      },
    ],
  },
  "voice-stage-requires-access-log": {
    violations: [
      {
        when: "the caller's address is logged",
        change: (stack) =>
          format((fields) => {
            fields.from = "$context.identity.sourceIp";
          })(stack.get(types.voiceStage)),
        says: /\$context\.identity\.sourceIp/,
      },
      {
        when: "messages are written to the log",
        change: (stack) => stack.get(types.voiceStage).set("defaultRouteSettings.dataTraceEnabled", true),
        says: /dataTraceEnabled true/,
      },
      {
        when: "every step is logged",
        change: (stack) => stack.get(types.voiceStage).set("defaultRouteSettings.loggingLevel", "INFO"),
        says: /loggingLevel "INFO"/,
      },
    ],
    nearMisses: [
      {
        when: "the data trace is not mentioned, which leaves it off",
        change: (stack) =>
          stack.get(types.voiceStage).set("defaultRouteSettings.dataTraceEnabled", undefined),
      },
    ],
  },
  "stage-requires-tracing": {
    violations: [
      {
        when: "tracing is not mentioned, which leaves it off",
        change: (stack) => stack.get(types.stage).set("xrayTracingEnabled", undefined),
        says: /xrayTracingEnabled nothing/,
      },
    ],
    nearMisses: [
      {
        when: "the WebSocket stage does not trace, which it cannot",
        change: (stack) => stack.get(types.voiceStage).set("xrayTracingEnabled", undefined),
      },
    ],
  },
  "method-settings-require-safe-logging": {
    violations: [
      {
        when: "bodies are written to the log of one method",
        change: (stack) =>
          stack.get(types.methodSettings, "method ~1vision/POST").set("settings.dataTraceEnabled", true),
        says: /'method ~1vision\/POST': got dataTraceEnabled true/,
      },
      {
        when: "a method says nothing of the data trace",
        change: (stack) => stack.first(types.methodSettings).set("settings.dataTraceEnabled", undefined),
        says: /dataTraceEnabled nothing/,
      },
      {
        when: "a method has no metrics",
        change: (stack) => stack.first(types.methodSettings).set("settings.metricsEnabled", false),
        says: /metricsEnabled false/,
      },
      {
        when: "a method's answers are cached",
        change: (stack) => stack.first(types.methodSettings).set("settings.cachingEnabled", true),
        says: /cachingEnabled true/,
      },
    ],
    nearMisses: [
      {
        when: "a cache's life is set, while caching is off",
        change: (stack) => stack.first(types.methodSettings).set("settings.cacheTtlInSeconds", 0),
      },
    ],
  },
  "api-requires-problem-answers": {
    violations: [
      {
        when: "an answer repeats the request's body",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            answer(all, "BAD_REQUEST_BODY").responseTemplates["application/json"] =
              '{"id":"$context.requestId","got":$input.body}';
          }),
        says: /BAD_REQUEST_BODY with \$input\.body/,
      },
      {
        when: "an answer repeats what the validator found in the request",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            answer(all, "BAD_REQUEST_BODY").responseTemplates["application/json"] =
              '{"id":"$context.requestId","why":"$context.error.validationErrorString"}';
          }),
        says: /validationErrorString/,
      },
      {
        when: "a header repeats a header of the request",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            answer(all, "ACCESS_DENIED").responseParameters["gatewayresponse.header.X-Correlation-Id"] =
              "method.request.header.X-Correlation-Id";
          }),
        says: /ACCESS_DENIED: gatewayresponse\.header\.x-correlation-id from/,
      },
      {
        when: "a type has no answer of ours",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            delete all.WAF_FILTERED;
          }),
        says: /no gateway response for WAF_FILTERED/,
      },
      {
        when: "a throttled caller is not told how long to wait",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            delete answer(all, "THROTTLED").responseParameters["gatewayresponse.header.Retry-After"];
          }),
        says: /THROTTLED without Retry-After/,
      },
      {
        when: "an answer is plain JSON",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            delete answer(all, "DEFAULT_5XX").responseParameters["gatewayresponse.header.Content-Type"];
          }),
        says: /DEFAULT_5XX answered as application\/json/,
      },
    ],
    nearMisses: [
      {
        when: "an answer holds the other of the gateway's ids",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            answer(all, "DEFAULT_4XX").responseTemplates["application/json"] =
              '{"id":"$context.extendedRequestId"}';
          }),
      },
      {
        when: "the template itself is for problem+json, without the header",
        change: (stack) =>
          answers(stack.get(types.restApi), (all) => {
            const { responseParameters, responseTemplates } = answer(all, "DEFAULT_4XX");
            delete responseParameters["gatewayresponse.header.Content-Type"];
            responseTemplates["application/problem+json"] = responseTemplates["application/json"];
            delete responseTemplates["application/json"];
          }),
      },
    ],
  },
  "log-group-requires-retention": {
    violations: [
      {
        when: "a group keeps for 364 days",
        change: (stack) => stack.first(types.logGroup).set("retentionInDays", 364),
        says: /retentionInDays 364/,
      },
      {
        when: "a group keeps for ever",
        change: (stack) => stack.first(types.logGroup).set("retentionInDays", undefined),
        says: /retentionInDays nothing/,
      },
      {
        when: "a group has no key",
        change: (stack) => stack.first(types.logGroup).set("kmsKeyId", undefined),
        says: /no kmsKeyId/,
      },
    ],
    nearMisses: [
      {
        when: "a group keeps for two years",
        change: (stack) => stack.first(types.logGroup).set("retentionInDays", 731),
      },
    ],
  },
  "logs-bind-groups": {
    violations: [
      {
        when: "the stage writes to a group that nobody declares",
        change: (stack) => stack.remove(stack.get(types.logGroup, "/aws/apigateway/access")),
        says: /'stage': got access log destination .*a log group of this stack/,
      },
      {
        when: "a function writes to a group that nobody declares",
        change: (stack) =>
          stack.get(types.function, "edge").set("loggingConfig.logGroup", "/aws/lambda/edge-2"),
        says: /'edge': got log group "\/aws\/lambda\/edge-2"/,
      },
      {
        when: "a group rests under a key from elsewhere",
        change: (stack) => stack.get(types.logGroup, "/aws/lambda/edge").from("kmsKeyId"),
        says: /a key from elsewhere/,
      },
      {
        when: "there is no stage at all",
        change: (stack) => stack.remove(stack.get(types.stage)),
        says: /no stage of a REST API/,
      },
    ],
    nearMisses: [
      {
        when: "the destination is taken from the group, and unknown",
        change: (stack) =>
          stack
            .get(types.stage)
            .set("accessLogSettings.destinationArn", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")
            .from("accessLogSettings", stack.get(types.logGroup, "/aws/apigateway/access")),
      },
      {
        when: "a second key encrypts one group",
        change: (stack) =>
          stack
            .get(types.logGroup, "/aws/lambda/edge")
            .from("kmsKeyId", stack.add(types.key, "second", { ...stack.first(types.key).props })),
      },
    ],
  },
  "function-requires-tracing": {
    violations: [
      {
        when: "a function only passes traces through",
        change: (stack) => stack.get(types.function, "edge").set("tracingConfig.mode", "PassThrough"),
        says: /tracing "PassThrough"/,
      },
      {
        when: "a function logs plain text",
        change: (stack) => stack.get(types.function, "edge").set("loggingConfig.logFormat", "Text"),
        says: /logFormat "Text"/,
      },
    ],
    nearMisses: [
      {
        when: "a function logs warnings of the system only",
        change: (stack) => stack.get(types.function, "edge").set("loggingConfig.systemLogLevel", "WARN"),
      },
    ],
  },
};
