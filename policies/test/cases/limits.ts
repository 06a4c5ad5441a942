import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import { ruleIndex } from "../staging";
import type { CaseBook } from "./case";

type Json = Record<string, unknown>;

const connections = (stage: string, verb: string): string =>
  `arn:aws:execute-api:eu-west-1:123456789012:*/${stage}/${verb}/@connections/*`;
const voiceRights = (change: (statement: Json) => void) => (stack: TestStack) =>
  stack
    .get(types.rolePolicy, "voice-data")
    .json("policy", (document) => change((document.Statement as Json[])[0] ?? {}));

const acl = (stack: TestStack): TestResource => stack.get(types.webAcl);
const rule = (stack: TestStack, name: string): string => `rules.${ruleIndex(acl(stack), name)}`;
const rules = (stack: TestStack): Record<string, unknown>[] =>
  acl(stack).props.rules as Record<string, unknown>[];
const dropRule = (stack: TestStack, name: string): void => {
  rules(stack).splice(ruleIndex(acl(stack), name), 1);
};
const swapPriorities = (stack: TestStack, one: string, other: string): void => {
  const [first, second] = [acl(stack).at(rule(stack, one)), acl(stack).at(rule(stack, other))];
  [first.priority, second.priority] = [second.priority, first.priority];
};
const sizeExpression = (stack: TestStack, expression: string): void => {
  acl(stack).set(
    `${rule(stack, "vision-size")}.statement.andStatement.statements.1.regexMatchStatement.regexString`,
    expression,
  );
};

export const limits: CaseBook = {
  "usage-plan-requires-quota": {
    violations: [
      {
        when: "a quota is by the day",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("quotaSettings.period", "DAY"),
        says: /'one-plan': got a quota of 100000 by "DAY"/,
      },
      {
        when: "a plan has no quota",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("quotaSettings", undefined),
        says: /a quota of nothing/,
      },
      {
        when: "a quota is zero",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("quotaSettings.limit", 0),
        says: /a quota of 0/,
      },
      {
        when: "a plan has no throttle of its own",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("throttleSettings", undefined),
        says: /rate nothing, burst nothing/,
      },
      {
        when: "a plan's throttle is above the account's",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("throttleSettings.rateLimit", 10001),
        says: /rate 10001/,
      },
    ],
    nearMisses: [
      {
        when: "a quota is one request",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("quotaSettings.limit", 1),
      },
      {
        when: "a throttle is less than one request per second",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("throttleSettings.rateLimit", 0.5),
      },
    ],
  },
  "usage-plans-bind-keys": {
    violations: [
      {
        when: "two plans share a key",
        change: (stack) =>
          stack.get(types.usagePlanKey, "two-plan-key").from("keyId", stack.get(types.apiKey, "one-key")),
        says: /'one-key': got 2 plan keys \('one-plan-key' and 'two-plan-key'\)/,
      },
      {
        when: "a plan has no key",
        change: (stack) => stack.remove(stack.get(types.usagePlanKey, "one-plan-key")),
        says: /'one-plan': got 0 plan keys/,
      },
      {
        when: "a plan has a key from elsewhere",
        change: (stack) =>
          stack.get(types.usagePlanKey, "one-plan-key").set("keyId", "abcdef1234").from("keyId"),
        says: /keyId of no resource of this stack/,
      },
      {
        when: "a plan covers no stage",
        change: (stack) => stack.get(types.usagePlan, "one-plan").set("apiStages", []).from("apiStages"),
        says: /'one-plan': got no stage/,
      },
      {
        when: "there is no plan at all",
        change: (stack) =>
          stack.remove(
            ...stack.ofType(types.usagePlan),
            ...stack.ofType(types.usagePlanKey),
            ...stack.ofType(types.apiKey),
          ),
        says: /got no usage plan/,
      },
    ],
    nearMisses: [
      {
        when: "the two clients' keys are crossed, each plan still having one of its own",
        change: (stack) => {
          const [one, two] = stack.ofType(types.apiKey);
          if (one && two) {
            stack.get(types.usagePlanKey, "one-plan-key").from("keyId", two);
            stack.get(types.usagePlanKey, "two-plan-key").from("keyId", one);
          }
        },
      },
    ],
  },
  "method-settings-limit-rate": {
    violations: [
      {
        when: "a method has no limit",
        change: (stack) => stack.first(types.methodSettings).set("settings.throttlingRateLimit", -1),
        says: /throttlingRateLimit -1/,
      },
      {
        when: "a method's rate is not set",
        change: (stack) => stack.first(types.methodSettings).set("settings.throttlingRateLimit", undefined),
        says: /throttlingRateLimit nothing/,
      },
      {
        when: "a method's burst is the account's",
        change: (stack) => stack.first(types.methodSettings).set("settings.throttlingBurstLimit", 5000),
        says: /throttlingBurstLimit 5000/,
      },
      {
        when: "a method's rate is unknown at preview",
        change: (stack) =>
          stack.first(types.methodSettings).set("settings.throttlingRateLimit", unknownValue),
        says: /\.settings\.throttlingRateLimit that is unknown at preview/,
      },
    ],
    nearMisses: [
      {
        when: "a method takes one request at once",
        change: (stack) => stack.first(types.methodSettings).set("settings.throttlingBurstLimit", 1),
      },
    ],
  },
  "operations-bind-throttles": {
    violations: [
      {
        when: "one method lost its throttle",
        change: (stack) => stack.remove(stack.get(types.methodSettings, "method ~1vision/POST")),
        says: /'api': got no method settings for POST \/vision/,
      },
      {
        when: "the throttle for the rest is gone",
        change: (stack) => stack.remove(stack.get(types.methodSettings, "method */*")),
        says: /no method settings for \*\/\*/,
      },
      {
        when: "a throttle is for another method of the path",
        change: (stack) =>
          stack.get(types.methodSettings, "method ~1chat/POST").set("methodPath", "~1chat/GET"),
        says: /no method settings for POST \/chat/,
      },
      {
        when: "a throttle is another API's",
        change: (stack) => {
          const other = stack.add(types.restApi, "other-api", { ...stack.get(types.restApi).props });
          stack.get(types.methodSettings, "method ~1chat/POST").from("restApi", other);
        },
        says: /'api': got no method settings for POST \/chat/,
      },
      {
        when: "a plan lacks the throttle of a method",
        change: (stack) => {
          stack.get(types.usagePlan, "two-plan").at("apiStages.0").throttles = [
            { path: "/chat/POST", rateLimit: 10, burstLimit: 20 },
            { path: "/avatar/POST", rateLimit: 10, burstLimit: 20 },
          ];
        },
        says: /'two-plan': got no throttle for POST \/vision/,
      },
      {
        when: "the contract has a route more",
        change: (stack) =>
          stack.get(types.restApi).json("body", (body) => {
            const paths = body.paths as Record<string, unknown>;
            paths["/new"] = paths["/chat"];
          }),
        says: /no method settings for POST \/new/,
      },
      {
        when: "there is no API",
        change: (stack) => stack.remove(stack.get(types.restApi)),
        says: /got no REST API/,
      },
      {
        when: "the body is unknown at preview",
        change: (stack) => stack.get(types.restApi).set("body", unknownValue),
        says: /\.body that is unknown at preview/,
      },
    ],
    nearMisses: [
      {
        when: "method paths are written without escapes",
        change: (stack) => {
          for (const settings of stack.ofType(types.methodSettings)) {
            settings.set("methodPath", String(settings.props.methodPath).replace("~1", ""));
          }
        },
      },
      {
        when: "the stage is named, not referred to",
        change: (stack) => {
          for (const settings of stack.ofType(types.methodSettings)) settings.from("stageName");
        },
      },
    ],
  },
  "web-acl-requires-graduated-steps": {
    violations: [
      {
        when: "the step that slows /vision down by key is gone",
        change: (stack) => dropRule(stack, "vision-key-slow-down"),
        says: /1 refusing steps for \/vision by client key/,
      },
      {
        when: "nobody is warned",
        change: (stack) => dropRule(stack, "rest-key-warn"),
        says: /no warning step for the rest by client key/,
      },
      {
        when: "a warning tells the service nothing",
        change: (stack) => acl(stack).set(`${rule(stack, "rest-key-warn")}.action`, { count: {} }),
        says: /no warning step for the rest by client key/,
      },
      {
        when: "a refusing step only counts",
        change: (stack) => acl(stack).set(`${rule(stack, "vision-ip-block")}.action`, { count: {} }),
        says: /1 refusing steps for \/vision by address/,
      },
      {
        when: "a step refuses without Retry-After",
        change: (stack) =>
          acl(stack).set(
            `${rule(stack, "rest-ip-slow-down")}.action.block.customResponse.responseHeaders`,
            [],
          ),
        says: /'rest-ip-slow-down' without Retry-After/,
      },
      {
        when: "a step refuses as forbidden",
        change: (stack) => acl(stack).set(`${rule(stack, "rest-ip-block")}.action.block`, {}),
        says: /'rest-ip-block' answers/,
      },
      {
        when: "the milder step comes first and hides the stricter",
        change: (stack) => swapPriorities(stack, "vision-key-block", "vision-key-slow-down"),
        says: /'vision-key-slow-down' \(500 in 60 s\) before 'vision-key-block' \(1000 in 60 s\)/,
      },
      {
        when: "two steps have the same limit",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "vision-key-slow-down")}.statement.rateBasedStatement.limit`, 1000),
        says: /the higher limit first/,
      },
      {
        when: "a key is counted together with a second header, whose values would split the count",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "rest-key-block")}.statement.rateBasedStatement.customKeys`, [
            { header: { name: "x-api-key" } },
            { header: { name: "user-agent" } },
          ]),
        says: /'rest-key-block' outside the ladders/,
      },
      {
        when: "/vision is counted with the rest",
        change: (stack) =>
          acl(stack).set(
            `${rule(stack, "vision-key-block")}.statement.rateBasedStatement.scopeDownStatement`,
            undefined,
          ),
        says: /'vision-key-block' outside the ladders/,
      },
      {
        when: "there are no rules",
        change: (stack) => acl(stack).set("rules", []),
        says: /0 refusing steps/,
      },
    ],
    nearMisses: [
      {
        when: "the stricter step has a longer window",
        change: (stack) =>
          acl(stack).set(
            `${rule(stack, "vision-key-block")}.statement.rateBasedStatement.evaluationWindowSec`,
            300,
          ),
      },
      {
        when: "an address is exempt from a step",
        change: (stack) => {
          const rate = acl(stack).at(`${rule(stack, "rest-ip-slow-down")}.statement.rateBasedStatement`);
          rate.scopeDownStatement = {
            andStatement: {
              statements: [
                rate.scopeDownStatement,
                { notStatement: { statement: { ipSetReferenceStatement: { arn: unknownValue } } } },
              ],
            },
          };
        },
      },
    ],
  },
  "web-acl-requires-vision-size-check": {
    violations: [
      {
        when: "the check is gone",
        change: (stack) => dropRule(stack, "vision-size"),
        says: /no rule that refuses \/vision/,
      },
      {
        when: "the check only counts",
        change: (stack) => acl(stack).set(`${rule(stack, "vision-size")}.action`, { count: {} }),
        says: /no rule that refuses \/vision/,
      },
      {
        when: "the check answers as forbidden",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "vision-size")}.action.block.customResponse.responseCode`, 403),
        says: /no rule that refuses \/vision/,
      },
      {
        when: "the expression forgets lengths of ten digits and more",
        change: (stack) => sizeExpression(stack, "^([1-9][0-9]{7,8}|[5-9][0-9]{6})$"),
        says: /lets 10000000000 bytes pass/,
      },
      {
        when: "the expression refuses everything",
        change: (stack) => sizeExpression(stack, "[0-9]+"),
        says: /refuses 0, 1, 4096 and 65536 bytes/,
      },
    ],
    nearMisses: [
      { when: "the limit is 1 MB", change: (stack) => sizeExpression(stack, "^([1-9][0-9]{6,})$") },
    ],
  },
  "web-acl-limits-capacity": {
    violations: [
      {
        when: "there is an eleventh rate rule",
        change: (stack) => {
          rules(stack).push({
            ...acl(stack).at(rule(stack, "rest-ip-block")),
            name: "eleventh",
            priority: 90,
          });
        },
        says: /11 rate rules/,
      },
      {
        when: "managed groups take more than 1,500 units",
        change: (stack) => {
          const group = acl(stack).at(rule(stack, "AWSManagedRulesCommonRuleSet"));
          rules(stack).push({ ...group, name: "again", priority: 91 });
        },
        says: /capacity units; expected 1500/,
      },
      ...(
        [
          ["statement that denies nothing", { notStatement: {} }],
          ["statement that denies an empty one", { notStatement: { statement: {} } }],
          [
            "label without a name",
            { notStatement: { statement: { labelMatchStatement: { scope: "LABEL" } } } },
          ],
        ] as const
      ).map(([what, scopeDownStatement]) => ({
        when: `a group is narrowed by a ${what}`,
        change: (stack: TestStack) =>
          acl(stack).set(
            `${rule(stack, "AWSManagedRulesCommonRuleSet")}.statement.managedRuleGroupStatement.scopeDownStatement`,
            scopeDownStatement,
          ),
        says: /a statement of unknown cost/,
      })),
      {
        when: "a group's cost is not known",
        change: (stack) =>
          acl(stack).set(
            `${rule(stack, "AWSManagedRulesCommonRuleSet")}.statement.managedRuleGroupStatement.name`,
            "Unheard",
          ),
        says: /a statement of unknown cost/,
      },
    ],
    nearMisses: [
      {
        when: "there are ten rate rules and a reputation list more, for a label",
        change: (stack) => {
          rules(stack).push({
            name: "reputation",
            priority: 92,
            statement: {
              managedRuleGroupStatement: {
                vendorName: "AWS",
                name: "AWSManagedRulesAmazonIpReputationList",
                scopeDownStatement: { labelMatchStatement: { key: "route:vision", scope: "LABEL" } },
              },
            },
          });
        },
      },
    ],
  },
  "web-acl-requires-managed-groups": {
    violations: [
      {
        when: "the known bad inputs are gone",
        change: (stack) => dropRule(stack, "AWSManagedRulesKnownBadInputsRuleSet"),
        says: /no AWSManagedRulesKnownBadInputsRuleSet/,
      },
      {
        when: "the common rules only count",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "AWSManagedRulesCommonRuleSet")}.overrideAction`, { count: {} }),
        says: /AWSManagedRulesCommonRuleSet overridden/,
      },
      {
        when: "the rule against Log4j is turned down",
        change: (stack) =>
          acl(stack).set(
            `${rule(stack, "AWSManagedRulesKnownBadInputsRuleSet")}.statement.managedRuleGroupStatement.ruleActionOverrides`,
            [{ name: "Log4JRCE_BODY", actionToUse: { count: {} } }],
          ),
        says: /Log4JRCE_BODY overridden/,
      },
    ],
    nearMisses: [
      {
        when: "the body size of the common rules is counted, since large bodies are the service",
        change: (stack) =>
          acl(stack).set(
            `${rule(stack, "AWSManagedRulesCommonRuleSet")}.statement.managedRuleGroupStatement.ruleActionOverrides`,
            [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }],
          ),
      },
    ],
  },
  "web-acl-requires-metrics": {
    violations: [
      {
        when: "a step has no metric",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "rest-key-block")}.visibilityConfig.cloudwatchMetricsEnabled`, false),
        says: /rule 'rest-key-block' without a metric/,
      },
      {
        when: "two rules share a metric",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "rest-key-block")}.visibilityConfig.metricName`, "rest-ip-block"),
        says: /with the metric rest-ip-block of/,
      },
      {
        when: "samples of requests are kept",
        change: (stack) => acl(stack).set("visibilityConfig.sampledRequestsEnabled", true),
        says: /the web ACL with sampledRequestsEnabled true/,
      },
    ],
    nearMisses: [
      {
        when: "a metric's name is the beginning of another's",
        change: (stack) =>
          acl(stack).set(`${rule(stack, "rest-key-block")}.visibilityConfig.metricName`, "rest-ip"),
      },
    ],
  },
  "web-acl-requires-data-protection": {
    violations: [
      {
        when: "nothing is protected",
        change: (stack) => acl(stack).set("dataProtectionConfig", undefined),
        says: /no protection of every header/,
      },
      {
        when: "the client's key alone is protected",
        change: (stack) =>
          acl(stack).set("dataProtectionConfig.dataProtections.0.field.fieldKeys", ["x-api-key"]),
        says: /no protection of every header/,
      },
      {
        when: "the details of rate rules are left as they are",
        change: (stack) =>
          acl(stack).set("dataProtectionConfig.dataProtections.0.excludeRateBasedDetails", true),
        says: /excludeRateBasedDetails true/,
      },
    ],
    nearMisses: [
      {
        when: "the list of headers is empty, which is all of them",
        change: (stack) => acl(stack).set("dataProtectionConfig.dataProtections.0.field.fieldKeys", []),
      },
      {
        when: "headers are hashed",
        change: (stack) => acl(stack).set("dataProtectionConfig.dataProtections.0.action", "HASH"),
      },
    ],
  },
  "web-acl-binds-stage": {
    violations: [
      {
        when: "there is no association at all",
        change: (stack) => stack.remove(stack.get(types.webAclAssociation)),
        says: /'stage': got 0 web ACL associations/,
      },
      {
        when: "the association is with another stage",
        change: (stack) => {
          const other = stack.add(types.stage, "other-stage", { ...stack.get(types.stage).props });
          stack.get(types.webAclAssociation).from("resourceArn", other);
        },
        says: /Stage 'stage': got 0 web ACL associations/,
      },
      {
        when: "the association is with a web ACL from elsewhere",
        change: (stack) => stack.get(types.webAclAssociation).from("webAclArn"),
        says: /'stage': got 0 web ACL associations/,
      },
      {
        when: "there is neither web ACL nor association",
        change: (stack) => stack.remove(acl(stack), stack.get(types.webAclAssociation)),
        says: /'stage': got 0 web ACL associations/,
      },
      {
        when: "the web ACL is a global one",
        change: (stack) => acl(stack).set("scope", "CLOUDFRONT"),
        says: /scope "CLOUDFRONT"/,
      },
    ],
    nearMisses: [
      {
        when: "the WebSocket's stage has none, which it cannot have",
        change: (stack) => stack.add(types.voiceStage, "second-voice-stage", {}),
      },
    ],
  },
  "web-acl-binds-log": {
    violations: [
      {
        when: "the web ACL has no log",
        change: (stack) => stack.remove(stack.get(types.webAclLogging)),
        says: /'acl': got 0 logging configurations/,
      },
      {
        when: "the log is another web ACL's",
        change: (stack) =>
          stack
            .get(types.webAclLogging)
            .from("resourceArn", stack.add(types.webAcl, "other", { ...acl(stack).props })),
        says: /'acl': got 0 logging configurations/,
      },
      {
        when: "the log's group is not of this stack",
        change: (stack) => stack.remove(stack.get(types.logGroup, "aws-waf-logs-staging")),
        says: /destination .*; expected a log group of this stack/,
      },
      {
        when: "query strings are logged",
        change: (stack) => stack.get(types.webAclLogging).set("redactedFields", [{ uriPath: {} }]),
        says: /queryString in clear/,
      },
      {
        when: "addresses are not masked",
        change: (stack) => stack.remove(stack.get(types.logMasking, "masking-aws-waf-logs-staging")),
        says: /addresses in clear/,
      },
      {
        when: "addresses are only audited",
        change: (stack) =>
          stack.get(types.logMasking, "masking-aws-waf-logs-staging").json("policyDocument", (document) => {
            (document.Statement as Record<string, unknown>[]).forEach((statement) => {
              statement.Operation = { Audit: {} };
            });
          }),
        says: /addresses in clear/,
      },
      { when: "there is no web ACL", change: (stack) => stack.remove(acl(stack)), says: /got no web ACL/ },
    ],
    nearMisses: [
      {
        when: "the destination's ARN ends with :*",
        change: (stack) => {
          const [arn] = stack.get(types.webAclLogging).props.logDestinationConfigs as string[];
          stack.get(types.webAclLogging).set("logDestinationConfigs", [`${arn}:*`]);
        },
      },
    ],
  },
  "voice-stage-limits-rate": {
    violations: [
      {
        when: "the stage has no rate",
        change: (stack) =>
          stack.get(types.voiceStage).set("defaultRouteSettings.throttlingRateLimit", undefined),
        says: /rate nothing, burst 50/,
      },
      {
        when: "one route is let loose",
        change: (stack) =>
          stack
            .get(types.voiceStage)
            .set("routeSettings", [{ routeKey: "$default", throttlingRateLimit: 99999 }]),
        says: /route "\$default"/,
      },
    ],
    nearMisses: [
      {
        when: "one route is tighter than the rest",
        change: (stack) =>
          stack
            .get(types.voiceStage)
            .set("routeSettings", [
              { routeKey: "$connect", throttlingRateLimit: 1, throttlingBurstLimit: 1 },
            ]),
      },
    ],
  },
  "function-limits-concurrency": {
    violations: [
      {
        when: "nothing is reserved",
        change: (stack) => stack.get(types.function, "edge").set("reservedConcurrentExecutions", undefined),
        says: /reservedConcurrentExecutions nothing/,
      },
      {
        when: "the function may run as long as the gateway waits",
        change: (stack) => stack.get(types.function, "edge").set("timeout", 29),
        says: /'edge': got timeout 29; expected 1 to 28 seconds/,
      },
      {
        when: "a rotation may run for a quarter of an hour",
        change: (stack) => stack.get(types.function, "rotate-client-keys").set("timeout", 900),
        says: /'rotate-client-keys': got timeout 900; expected 1 to 300 seconds/,
      },
      {
        when: "a rotation that the gateway may invoke runs as long as others",
        change: (stack) => {
          stack.get(types.function, "rotate-client-keys").set("timeout", 300);
          stack.add(types.functionPermission, "wrong", {
            principal: "apigateway.amazonaws.com",
            function: "rotate-client-keys",
          });
        },
        says: /'rotate-client-keys': got timeout 300; expected 1 to 28 seconds/,
      },
      {
        when: "the function is closed",
        change: (stack) => stack.get(types.function, "edge").set("reservedConcurrentExecutions", 0),
        says: /reservedConcurrentExecutions 0/,
      },
    ],
    nearMisses: [
      {
        when: "one execution is reserved",
        change: (stack) => stack.get(types.function, "edge").set("reservedConcurrentExecutions", 1),
      },
      {
        when: "a rotation, for which no gateway waits, takes five minutes",
        change: (stack) => stack.get(types.function, "rotate-client-keys").set("timeout", 300),
      },
    ],
  },
  "connection-rights-bind-stages": {
    violations: [
      ...[
        ["any stage", connections("*", "POST")],
        ["stages that begin so", connections("voice*", "POST")],
        ["a stage that nobody declares", connections("elsewhere", "POST")],
        ["the REST API's stage", connections("v1", "POST")],
        ["one API by its id, with every stage", connections("voice", "POST").replace("*/voice", "abc123/*")],
        ["whoever is connected, which tells addresses", connections("voice", "GET")],
        ["any verb", connections("voice", "*")],
        ["the stage's other routes", connections("voice", "POST").replace("@connections/*", "*")],
        ["another account", connections("voice", "POST").replace("123456789012", "210987654321")],
        ["another region", connections("voice", "POST").replace("eu-west-1", "us-east-1")],
        ["everything", "*"],
      ].map(([what = "", arn = ""]) => ({
        when: `the right is for ${what}`,
        change: voiceRights((one) => {
          one.Resource = [connections("voice", "POST"), connections("voice", "DELETE"), arn];
        }),
        says: /'voice-data': got connections of .*; expected those of one WebSocket stage of this stack/,
      })),
      {
        when: "a REST stage has the same name",
        change: (stack) => stack.get(types.stage).set("stageName", "voice"),
        says: /'voice-data': got connections of .*by a name that no other stage has/,
      },
      {
        when: "two WebSocket stages have the same name",
        change: (stack) =>
          stack.add(types.voiceStage, "voice-stage-2", { ...stack.get(types.voiceStage).props }),
        says: /'voice-data': got connections of .*by a name that no other stage has/,
      },
      ...["execute-api:Invoke", "execute-api:InvalidateCache", "dynamodb:PutItem"].map((action) => ({
        when: `${action} stands beside it`,
        change: voiceRights((one) => {
          one.Action = ["execute-api:ManageConnections", action];
        }),
        says: /'voice-data': got actions .*; expected execute-api:ManageConnections alone/,
      })),
      {
        when: "the edge has the right too",
        change: (stack) =>
          stack.get(types.rolePolicy, "edge-data").json("policy", (document) => {
            (document.Statement as Json[]).push({
              Effect: "Allow",
              Action: "execute-api:ManageConnections",
              Resource: connections("voice", "POST"),
            });
          }),
        says: /got a second role; expected the right for 'edge-role' alone/,
      },
      {
        when: "the right is another function's than the stage's",
        change: (stack) =>
          stack.get(types.rolePolicy, "voice-data").from("role", stack.get(types.role, "edge-role")),
        says: /'voice-data': got the connections of 'voice-stage'; expected the right for the function that its API calls/,
      },
      {
        when: "the stage's API calls another function",
        change: (stack) => {
          const integration = stack.get(types.voiceIntegration);
          integration.set(
            "integrationUri",
            String(integration.props.integrationUri).replace("function:voice:", "function:edge:"),
          );
        },
        says: /'voice-data': got the connections of 'voice-stage'/,
      },
      {
        when: "nobody may end a session",
        change: voiceRights((one) => {
          one.Resource = connections("voice", "POST");
        }),
        says: /'voice-stage': got nobody who may DELETE on its connections/,
      },
      {
        when: "the right is gone",
        change: (stack) => stack.remove(stack.get(types.rolePolicy, "voice-data")),
        says: /'voice-stage': got nobody who may POST and DELETE on its connections/,
      },
      {
        when: "the right has no resource",
        change: voiceRights((one) => {
          delete one.Resource;
        }),
        says: /'voice-data': got no resource/,
      },
    ],
    nearMisses: [
      {
        when: "the right stands in two statements of one role",
        change: (stack) =>
          stack.get(types.rolePolicy, "voice-data").json("policy", (document) => {
            document.Statement = ["POST", "DELETE"].map((verb) => ({
              Effect: "Allow",
              Action: "Execute-API:ManageConnections",
              Resource: connections("voice", verb),
            }));
          }),
      },
      {
        when: "the name of the stage is another, in both places",
        change: (stack) => {
          stack.get(types.voiceStage).set("name", "fase-b-voice");
          voiceRights((one) => {
            one.Resource = ["POST", "DELETE"].map((verb) => connections("fase-b-voice", verb));
          })(stack);
        },
      },
    ],
  },
};
