/** What somebody would try who may change the program, but not the pack: each weakens a clause and looks harmless. */
import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import { archive, asset, ruleIndex } from "../staging";
import type { CaseBook, Cases, Change } from "./case";

type Json = Record<string, unknown>;
type Violation = Cases["violations"][number];

const stranger = "210987654321";
const child = (value: Json, ...path: string[]): Json => path.reduce((at, key) => at[key] as Json, value);
const breaks = (when: string, says: RegExp, change: (stack: TestStack) => void): Violation => ({
  when,
  change,
  says,
});
const stands = (when: string, change: (stack: TestStack) => void): Change => ({ when, change });

const body = (change: (body: Json) => void) => (stack: TestStack) =>
  stack.get(types.restApi).json("body", change);
const chat = (change: (operation: Json) => void) =>
  body((value) => change(child(value, "paths", "/chat", "post")));
const answer = (type: string, change: (answer: Json) => void) =>
  body((value) => change(child(value, "x-amazon-apigateway-gateway-responses", type)));
const format = (type: string, change: (text: string) => string) => (stack: TestStack) => {
  const settings = stack.get(type).at("accessLogSettings");
  settings.format = change(String(settings.format));
};
const elsewhere = (resource: TestResource, property: string): TestResource =>
  resource.set(
    property,
    JSON.parse(JSON.stringify(resource.props[property]).replaceAll("123456789012", stranger)),
  );

const statement =
  (type: string, property: string, at: number, change: (statement: Json) => void) => (stack: TestStack) =>
    stack.first(type).json(property, (document) => change((document.Statement as Json[])[at] ?? {}));
const grant = (type: string, property: string, granted: Json) => (stack: TestStack) =>
  stack.first(type).json(property, (document) => (document.Statement as Json[]).push(granted));

const acl = (stack: TestStack): TestResource => stack.get(types.webAcl);
const rule = (stack: TestStack, name: string): Json => acl(stack).at(`rules.${ruleIndex(acl(stack), name)}`);
const rate = (stack: TestStack, name: string): Json =>
  child(rule(stack, name), "statement", "rateBasedStatement");
const and = (...statements: unknown[]): Json => ({ andStatement: { statements } });
const label = (key: string): Json => ({ labelMatchStatement: { key, scope: "LABEL" } });
const aSet = { ipSetReferenceStatement: { arn: unknownValue } };
const byBytes = (fieldToMatch: Json, searchString: string): Json => ({
  byteMatchStatement: {
    fieldToMatch,
    searchString,
    positionalConstraint: "EXACTLY",
    textTransformations: [{ priority: 0, type: "NONE" }],
  },
});
const changing = (value: Json) => ({
  set: (key: string, to: unknown) => Object.assign(value, { [key]: to }),
  delete: (key: string) => Reflect.deleteProperty(value, key),
});
const answerNamed = (stack: TestStack, key: string) =>
  changing((acl(stack).props.customResponseBodies as Json[]).find((body) => body.key === key) ?? {});
const refusal = (stack: TestStack, name: string) =>
  changing(child(rule(stack, name), "action", "block", "customResponse"));
const sizeStatements = (stack: TestStack): unknown[] =>
  child(rule(stack, "vision-size"), "statement", "andStatement").statements as unknown[];
const managed = (stack: TestStack): Json =>
  child(rule(stack, "AWSManagedRulesCommonRuleSet"), "statement", "managedRuleGroupStatement");
const planStages = (stack: TestStack): Json[] =>
  stack.get(types.usagePlan, "one-plan").props.apiStages as Json[];

/** What a function's configuration says. */
const told = (stack: TestStack, name: string, facts: object): TestResource =>
  stack.get(types.function, name).set(
    "code",
    archive({
      assets: {
        "index.js": asset({ path: `bundles/${name}.js` }),
        "configuration.json": asset({ text: JSON.stringify(facts) }),
      },
    }),
  );
const scans = (scanning: object | undefined) => (stack: TestStack) =>
  told(stack, "authorizer", { retries: 3, ...(scanning === undefined ? {} : { scanning }) });

export const attacks: CaseBook = {
  "provider-requires-one-account": {
    violations: ["endpoints", "insecure", "skipRequestingAccountId"].map((key) =>
      breaks(`${key} is set`, new RegExp(`got ${key} set`), (stack) =>
        stack
          .get(types.provider)
          .set(key, key === "endpoints" ? '[{"wafv2":"https://example.com"}]' : "true"),
      ),
    ),
    nearMisses: [
      stands("insecure is said to be off", (stack) => stack.get(types.provider).set("insecure", "false")),
    ],
  },
  "resources-forbid-unjudged-types": {
    violations: [
      "aws:lambda/functionUrl:FunctionUrl",
      "aws:apigateway/method:Method",
      "aws:apigateway/response:Response",
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
      "aws-native:apigateway:Stage",
      "pulumi-nodejs:dynamic:Resource",
      "elsewhere:index:Component",
    ].map((type) =>
      breaks(`the program declares ${type}`, new RegExp(`a resource of ${type}`), (stack) =>
        stack.add(type, "extra", {}),
      ),
    ),
    nearMisses: [
      stands("a component of the program is new", (stack) =>
        stack.add("fase-b:index:Dashboard", "new", { clauses: ["B1.1"] }),
      ),
    ],
  },
  "stage-requires-access-log": {
    violations: [
      breaks(
        "a field's name is a variable",
        /log field named "\$context\.identity\.sourceIp"/,
        format(types.stage, (text) => text.replace("{", '{"$context.identity.sourceIp":"$context.status",')),
      ),
      breaks(
        "a name stands twice and the first is the caller's address",
        /without a name twice/,
        format(types.stage, (text) => text.replace("{", '{"status":"$context.identity.sourceIp",')),
      ),
      breaks("the log is a delivery stream", /access log destination "arn:aws:firehose/, (stack) =>
        stack
          .get(types.stage)
          .set(
            "accessLogSettings.destinationArn",
            "arn:aws:firehose:eu-west-1:123456789012:deliverystream/x",
          ),
      ),
    ],
    nearMisses: [],
  },
  "voice-stage-requires-access-log": {
    violations: [
      breaks("one route's messages are written to the log", /dataTraceEnabled true/, (stack) =>
        stack.get(types.voiceStage).set("routeSettings", [{ routeKey: "$default", dataTraceEnabled: true }]),
      ),
      breaks("one route logs every step", /loggingLevel "INFO" for "\$default"/, (stack) =>
        stack.get(types.voiceStage).set("routeSettings", [{ routeKey: "$default", loggingLevel: "INFO" }]),
      ),
    ],
    nearMisses: [],
  },
  "api-requires-problem-answers": {
    violations: [
      breaks(
        "a throttled caller reads 200",
        /THROTTLED answered with 200; expected 429/,
        answer("THROTTLED", (one) => {
          one.statusCode = 200;
        }),
      ),
      breaks(
        "a refused caller reads 204",
        /ACCESS_DENIED answered with "204"/,
        answer("ACCESS_DENIED", (one) => {
          one.statusCode = "204";
        }),
      ),
      breaks(
        "a throttled caller may come back at once",
        /THROTTLED without Retry-After/,
        answer("THROTTLED", (one) => {
          child(one, "responseParameters")["gatewayresponse.header.Retry-After"] = "'0'";
        }),
      ),
    ],
    nearMisses: [
      stands(
        "the status is said to be what it is",
        answer("THROTTLED", (one) => {
          one.statusCode = "429";
        }),
      ),
    ],
  },
  "logs-bind-groups": {
    violations: [
      breaks("the group of that name is another account's", /'stage': got access log destination/, (stack) =>
        elsewhere(stack.get(types.stage), "accessLogSettings"),
      ),
      breaks("the format is taken from a group, the destination is not", /'stage': got access log/, (stack) =>
        elsewhere(stack.get(types.stage), "accessLogSettings").from(
          "accessLogSettings",
          stack.get(types.logGroup, "/aws/apigateway/access"),
        ),
      ),
    ],
    nearMisses: [],
  },
  "usage-plan-requires-quota": {
    violations: [
      breaks("nobody could spend the quota in a month", /a quota of 2000000000 at 50/, (stack) =>
        stack.get(types.usagePlan, "one-plan").set("quotaSettings.limit", 2_000_000_000),
      ),
    ],
    nearMisses: [
      stands("a month at the full rate spends the quota", (stack) =>
        stack.get(types.usagePlan, "one-plan").set("quotaSettings.limit", 50 * 31 * 24 * 60 * 60),
      ),
    ],
  },
  "operations-bind-throttles": {
    violations: [
      breaks(
        "a plan's throttle is above the account's",
        /'one-plan': got no throttle for POST \/chat/,
        (stack) => {
          for (const throttle of planStages(stack)[0]?.throttles as Json[]) throttle.rateLimit = 1e9;
        },
      ),
      breaks(
        "a plan has its throttles for another stage",
        /'one-plan': got stage v2; expected one of v1/,
        (stack) => {
          const [stage] = planStages(stack);
          planStages(stack).push({ ...stage, stage: "v2" });
          delete stage?.throttles;
        },
      ),
      breaks("a method has a second throttle", /got a second throttle of one method/, (stack) => {
        const { props, takesFrom } = stack.get(types.methodSettings, "method ~1chat/POST");
        Object.assign(stack.add(types.methodSettings, "looser", { ...props }).takesFrom, takesFrom);
      }),
      breaks("a second stage has no method settings", /'api': got no method settings for \*\/\*/, (stack) => {
        const { props } = stack.get(types.stage);
        stack
          .add(types.stage, "second", { ...props, stageName: "v2" })
          .from("restApi", stack.get(types.restApi));
      }),
    ],
    nearMisses: [],
  },
  "web-acl-requires-graduated-steps": {
    violations: [
      ...[
        ["is gone", (stack: TestStack) => (rule(stack, "label-vision").ruleLabels = [])],
        ["comes after the steps", (stack: TestStack) => (rule(stack, "label-vision").priority = 99)],
        [
          "is put on by what the caller writes",
          (stack: TestStack) =>
            (rule(stack, "label-vision").statement = byBytes(
              { singleHeader: { name: "x-vision" } },
              "/vision",
            )),
        ],
        [
          "is not put on an escaped path",
          (stack: TestStack) =>
            (child(rule(stack, "label-vision"), "statement", "regexMatchStatement").textTransformations = [
              { priority: 0, type: "LOWERCASE" },
            ]),
        ],
        [
          "is put on another path",
          (stack: TestStack) =>
            (rule(stack, "label-vision").statement = byBytes({ uriPath: {} }, "/television")),
        ],
      ].map(([what, change]) =>
        breaks(
          `the label of /vision ${String(what)}`,
          /'vision-key-block' outside|0 refusing steps for \/vision/,
          change as (stack: TestStack) => void,
        ),
      ),
      breaks(
        "a step leaves out all but an address set",
        /'vision-key-block' outside the ladders/,
        (stack) => {
          rate(stack, "vision-key-block").scopeDownStatement = and(label("route:vision"), aSet);
        },
      ),
      breaks("a step contradicts itself", /'vision-key-block' outside the ladders/, (stack) => {
        rate(stack, "vision-key-block").scopeDownStatement = and(label("route:vision"), {
          notStatement: { statement: label("route:vision") },
        });
      }),
      breaks("a header exempts from a step", /'vision-key-slow-down' outside the ladders/, (stack) => {
        rate(stack, "vision-key-slow-down").scopeDownStatement = and(label("route:vision"), {
          notStatement: { statement: byBytes({ singleHeader: { name: "x-debug" } }, "1") },
        });
      }),
      breaks("an address set is exempt from the block", /'vision-key-block' without the callers/, (stack) => {
        rate(stack, "vision-key-block").scopeDownStatement = and(label("route:vision"), {
          notStatement: { statement: aSet },
        });
      }),
      breaks("a rule allows before the steps", /rule 'door' with the action allow/, (stack) =>
        (acl(stack).props.rules as unknown[]).push({
          name: "door",
          priority: 1,
          statement: byBytes({ uriPath: {} }, "/chat"),
          action: { allow: {} },
        }),
      ),
      breaks(
        "a limit is above what the account takes",
        /'vision-ip-block' with the limit 600001/,
        (stack) => {
          rate(stack, "vision-ip-block").limit = 600_001;
        },
      ),
      breaks("addresses are what callers write", /'rest-ip-block' outside the ladders/, (stack) => {
        rate(stack, "rest-ip-block").aggregateKeyType = "FORWARDED_IP";
      }),
      breaks("a key is counted by address", /'rest-key-block' outside the ladders/, (stack) => {
        delete rate(stack, "rest-key-block").aggregateKeyType;
      }),
      breaks("whoever is on the list is only counted", /got nobody blocked by address/, (stack) => {
        rule(stack, "blocked").action = { count: {} };
      }),
      breaks("the list is looked at after the steps", /got nobody blocked by address/, (stack) => {
        rule(stack, "blocked").priority = 15;
      }),
      breaks("the list is for one route", /got nobody blocked by address/, (stack) => {
        rule(stack, "blocked").priority = 3;
        rule(stack, "vision-key-block").priority = 4;
        rule(stack, "blocked").statement = and(aSet, label("route:vision"));
      }),
      breaks("whoever is on no list is blocked", /got nobody blocked by address/, (stack) => {
        rule(stack, "blocked").statement = { notStatement: { statement: aSet } };
      }),
      breaks("a rule does nothing", /rule 'label-exempt' with the action nothing/, (stack) => {
        rule(stack, "label-exempt").action = {};
      }),
      breaks(
        "a group does nothing",
        /rule 'AWSManagedRulesCommonRuleSet' with the action nothing/,
        (stack) => {
          rule(stack, "AWSManagedRulesCommonRuleSet").overrideAction = {};
        },
      ),
      ...(
        [
          ["is nowhere", (stack) => acl(stack).set("customResponseBodies", [])],
          ["is another one's", (stack) => answerNamed(stack, "slow").set("key", "other")],
          [
            "is called by no name",
            (stack) => refusal(stack, "rest-ip-block").delete("customResponseBodyKey"),
          ],
          ["is a page", (stack) => answerNamed(stack, "slow").set("contentType", "TEXT_HTML")],
          ["is no object", (stack) => answerNamed(stack, "slow").set("content", '"slow"')],
          ["has no type", (stack) => answerNamed(stack, "slow").set("content", '{"status":429}')],
          [
            "says another status",
            (stack) => answerNamed(stack, "slow").set("content", '{"type":"slow","status":403}'),
          ],
        ] as const satisfies readonly (readonly [string, (stack: TestStack) => unknown])[]
      ).map(([what, change]) => breaks(`the answer of a step ${what}`, /'rest-ip-block' answers/, change)),
      breaks("the rules are in a text", /got ruleJson/, (stack) => acl(stack).set("ruleJson", "[]")),
    ],
    nearMisses: [
      stands("a step asks for the path itself", (stack) => {
        rate(stack, "vision-key-block").scopeDownStatement = {
          regexMatchStatement: child(rule(stack, "label-vision"), "statement").regexMatchStatement,
        };
      }),
      stands("who never stops is listed in two sets", (stack) => {
        rule(stack, "blocked").statement = { orStatement: { statements: [aSet, aSet] } };
      }),
      stands("a limit is the most that the account takes", (stack) => {
        rate(stack, "vision-ip-block").limit = 600_000;
      }),
    ],
  },
  "web-acl-requires-vision-size-check": {
    violations: [
      breaks("the check is for an address set only", /'vision-size' lets .* pass/, (stack) =>
        sizeStatements(stack).push(aSet),
      ),
      breaks("the check is for a label that nobody has", /'vision-size' lets .* pass/, (stack) =>
        sizeStatements(stack).push(label("nobody")),
      ),
      breaks("the length is hashed before it is compared", /'vision-size' lets .* pass/, (stack) => {
        child(sizeStatements(stack)[1] as Json, "regexMatchStatement").textTransformations = [
          { priority: 0, type: "MD5" },
        ];
      }),
      breaks("the expression is turned round", /'vision-size' lets .* pass/, (stack) => {
        sizeStatements(stack)[1] = { notStatement: { statement: sizeStatements(stack)[1] } };
      }),
      breaks("the limit is every route's", /'vision-size' for other routes too/, (stack) => {
        sizeStatements(stack).shift();
      }),
      breaks(
        "too large an image is answered by a page",
        /'vision-size' without an answer of its own/,
        (stack) => {
          answerNamed(stack, "large").set("contentType", "TEXT_HTML");
        },
      ),
      breaks(
        "no image passes the vendor's rules",
        /SizeRestrictions_BODY of 'AWSManagedRulesCommonRuleSet' refusing/,
        (stack) => {
          managed(stack).ruleActionOverrides = [];
        },
      ),
      breaks("the vendor's limit of a body challenges", /SizeRestrictions_BODY of .* refusing/, (stack) => {
        managed(stack).ruleActionOverrides = [
          { name: "SizeRestrictions_BODY", actionToUse: { challenge: {} } },
        ];
      }),
    ],
    nearMisses: [
      stands("the common rules are gone, which another policy asks for", (stack) => {
        (acl(stack).props.rules as unknown[]).splice(
          ruleIndex(acl(stack), "AWSManagedRulesCommonRuleSet"),
          1,
        );
      }),
      stands("the common rules only count", (stack) => {
        managed(stack).ruleActionOverrides = [];
        rule(stack, "AWSManagedRulesCommonRuleSet").overrideAction = { count: {} };
      }),
    ],
  },
  "web-acl-requires-managed-groups": {
    violations: [
      breaks(
        "the common rules are for one path",
        /AWSManagedRulesCommonRuleSet with scopeDownStatement/,
        (stack) => {
          managed(stack).scopeDownStatement = byBytes({ uriPath: {} }, "/never");
        },
      ),
      breaks("the common rules are old ones", /AWSManagedRulesCommonRuleSet with version/, (stack) => {
        managed(stack).version = "Version_1.0";
      }),
      breaks("a rule on the path only counts", /with GenericLFI_URIPATH overridden/, (stack) => {
        managed(stack).ruleActionOverrides = [{ name: "GenericLFI_URIPATH", actionToUse: { count: {} } }];
      }),
      breaks("a rule on bodies allows", /with GenericRFI_BODY overridden/, (stack) => {
        managed(stack).ruleActionOverrides = [{ name: "GenericRFI_BODY", actionToUse: { allow: {} } }];
      }),
    ],
    nearMisses: [],
  },
  "ip-set-limits-range": {
    violations: ["0.0.0.0/1", "10.0.0.0/23", "2001:db8::/47", "192.0.2.1"].map((range) =>
      breaks(`a set holds ${range}`, new RegExp(`'exempt': got "${range}"`), (stack) =>
        stack.get(types.ipSet, "exempt").set("addresses", ["192.0.2.0/24", range]),
      ),
    ),
    nearMisses: [
      stands("a set holds an office's network", (stack) =>
        stack.get(types.ipSet, "exempt").set("addresses", ["10.1.0.0/24", "2001:db8::/48"]),
      ),
      stands("a set that blocks holds a company's network", (stack) =>
        stack.get(types.ipSet, "blocked").set("addresses", ["10.1.0.0/16", "2001:db8::/32"]),
      ),
      stands("a set is empty", (stack) => stack.get(types.ipSet, "exempt").set("addresses", [])),
    ],
  },
  "authorizer-limits-scans": {
    violations: [
      breaks("the authorizer is told of no scans", /'authorizer': got scans by the client/, scans(undefined)),
      breaks("nobody is said to scan", /scans by the client/, scans({ addresses: ["203.0.113.7/32"] })),
      breaks("a scan may come from anywhere", /scans from any address/, scans({ clientId: "scanner" })),
      breaks("the list is empty", /scans from any address/, scans({ clientId: "scanner", addresses: [] })),
      ...["0.0.0.0/0", "203.0.113.0/27", "2001:db8::/63", "203.0.113.7", "example.com/32"].map((range) =>
        breaks(`a scan may come from ${range}`, new RegExp(`scans from "${range}"`), (stack) =>
          scans({ clientId: "scanner", addresses: ["203.0.113.7/32", range] })(stack),
        ),
      ),
      breaks(
        "a header makes a request a scan",
        /scans known by "header"/,
        scans({ clientId: "scanner", addresses: ["203.0.113.7/32"], header: "X-Scan" }),
      ),
      breaks(
        "another function is told of scans from anywhere",
        /'edge': got scans from any address/,
        (stack) => told(stack, "edge", { scanning: { clientId: "scanner", addresses: [] } }),
      ),
    ],
    nearMisses: [
      stands(
        "scans come from sixteen addresses and a subnet",
        scans({ clientId: "scanner", addresses: ["203.0.113.0/28", "2001:db8::/64"] }),
      ),
      stands("the authorizer of voice knows of no scans", (stack) => told(stack, "voice-authorizer", {})),
    ],
  },
  "web-acl-binds-log": {
    violations: [
      breaks("a filter drops every request", /the filter/, (stack) =>
        stack.get(types.webAclLogging).set("loggingFilter", { defaultBehavior: "DROP", filters: [] }),
      ),
      breaks("a filter drops what was refused", /the filter/, (stack) =>
        stack.get(types.webAclLogging).set("loggingFilter", {
          defaultBehavior: "KEEP",
          filters: [
            {
              behavior: "DROP",
              requirement: "MEETS_ANY",
              conditions: [{ actionCondition: { action: "BLOCK" } }],
            },
          ],
        }),
      ),
      breaks("a second log goes elsewhere", /destination \[/, (stack) =>
        (stack.get(types.webAclLogging).props.logDestinationConfigs as string[]).push(
          "arn:aws:s3:::aws-waf-logs-x",
        ),
      ),
      breaks("the group of that name is another account's", /destination \[/, (stack) =>
        elsewhere(stack.get(types.webAclLogging), "logDestinationConfigs"),
      ),
    ],
    nearMisses: [
      stands("a filter keeps what was refused or counted", (stack) =>
        stack.get(types.webAclLogging).set("loggingFilter", {
          defaultBehavior: "DROP",
          filters: [
            {
              behavior: "KEEP",
              requirement: "MEETS_ANY",
              conditions: ["BLOCK", "COUNT"].map((action) => ({ actionCondition: { action } })),
            },
          ],
        }),
      ),
    ],
  },
  "certificate-requires-dns-validation": {
    violations: [
      breaks("a certificate is for a second name too", /one a certificate/, (stack) =>
        stack.first(types.certificate).set("subjectAlternativeNames", ["admin.example.com"]),
      ),
      breaks("a private authority issues it", /certificateAuthorityArn set/, (stack) =>
        stack
          .first(types.certificate)
          .set("certificateAuthorityArn", "arn:aws:acm-pca:eu-west-1:123456789012:x"),
      ),
      breaks("a certificate is imported", /certificateBody set/, (stack) =>
        stack.first(types.certificate).set("certificateBody", "-----BEGIN CERTIFICATE-----"),
      ),
    ],
    nearMisses: [
      stands("the alternative name is the name", (stack) =>
        stack.first(types.certificate).set("subjectAlternativeNames", ["agent-06.staging.example.com"]),
      ),
    ],
  },
  "domains-count-eighteen": {
    violations: [
      breaks(
        "two agents have one name",
        /the name "agent-02\.staging\.example\.com"; expected an exact/,
        (stack) =>
          stack.get(types.domain, "agent-01-domain").set("domainName", "agent-02.staging.example.com"),
      ),
      breaks("a domain is a wildcard", /the name "\*\.staging\.example\.com"/, (stack) =>
        stack.get(types.domain, "agent-01-domain").set("domainName", "*.staging.example.com"),
      ),
      breaks(
        "a domain has a second mapping, to an API from elsewhere",
        /'aside': got a domain or an API/,
        (stack) =>
          stack.add(types.basePathMapping, "aside", {
            domainName: "agent-01.staging.example.com",
            restApi: "abcdef1234",
          }),
      ),
      breaks(
        "a name leads to another address too",
        /'aside': got agent-01\.staging\.example\.com led/,
        (stack) =>
          stack.add(types.record, "aside", {
            name: "agent-01.staging.example.com",
            type: "A",
            records: ["192.0.2.1"],
          }),
      ),
      breaks(
        "an alias reads the domain and leads elsewhere",
        /'agent-01-alias': got .* led elsewhere/,
        (stack) =>
          stack
            .get(types.record, "agent-01-alias")
            .set("aliases", [{ name: "other.example.net", zoneId: "Z" }]),
      ),
      breaks("an existing certificate is another account's", /got 4 domains with an existing/, (stack) =>
        elsewhere(stack.get(types.domain, "agent-01-domain"), "regionalCertificateArn"),
      ),
    ],
    nearMisses: [],
  },
  "domains-bind-expiry-alarm": {
    violations: [
      breaks("an alarm rings in another account", /no action on a topic/, (stack) =>
        elsewhere(stack.get(types.alarm, "agent-06-age"), "alarmActions"),
      ),
      breaks("an alarm reads the topic and rings elsewhere", /no action on a topic/, (stack) =>
        elsewhere(stack.get(types.alarm, "agent-06-age"), "alarmActions").from(
          "alarmActions",
          stack.get(types.topic, "topic"),
        ),
      ),
      breaks("an alarm counts how often the age was said", /of the metric's "SampleCount"/, (stack) =>
        stack.get(types.alarm, "agent-06-age").set("metricQueries.0.metric.stat", "SampleCount"),
      ),
      breaks("an alarm waits for the last hours", /expression "100 \* days \/ 1"/, (stack) =>
        stack.get(types.alarm, "agent-06-age").set("metricQueries.1.expression", "100 * days / 1"),
      ),
      breaks("an alarm watches another account", /of this account's/, (stack) =>
        stack.get(types.alarm, "agent-06-age").set("metricQueries.0.accountId", stranger),
      ),
      breaks("the rule on renewals is off", /nobody told/, (stack) =>
        stack.get(types.eventRule, "renewal").set("state", "DISABLED"),
      ),
      breaks("the rule on renewals is narrowed to nothing", /nobody told/, (stack) =>
        stack.get(types.eventRule, "renewal").json("eventPattern", (pattern) => {
          pattern.account = [stranger];
        }),
      ),
      breaks("the rule on renewals listens to another bus", /nobody told/, (stack) =>
        stack.get(types.eventRule, "renewal").set("eventBusName", "other"),
      ),
    ],
    nearMisses: [
      stands("the rule on renewals is on, and says so", (stack) =>
        stack.get(types.eventRule, "renewal").set("state", "ENABLED").set("eventBusName", "default"),
      ),
    ],
  },
  "domains-bind-truststore": {
    violations: [
      breaks("a domain pins an older version of the object", /version "older" of 'truststore'/, (stack) =>
        stack.get(types.domain, "agent-06-domain").set("mutualTlsAuthentication.truststoreVersion", "older"),
      ),
      breaks("the truststore is made of foreign certificates", /content from none/, (stack) =>
        stack.get(types.bucketObject).set("content", "-----BEGIN CERTIFICATE-----").from("content"),
      ),
      breaks("a foreign certificate stands beside our own", /content of certificates/, (stack) => {
        stack.get(types.rootCertificate).set("certPem", "-----OURS-----");
        stack.get(types.bucketObject).set("content", "-----OURS-----\n-----THEIRS-----");
      }),
      breaks("the authority's key is from elsewhere", /content of certificates/, (stack) =>
        stack
          .get(types.rootCertificate)
          .set("privateKeyPem", "-----BEGIN PRIVATE KEY-----")
          .from("privateKeyPem"),
      ),
      breaks("the truststore is a file beside the program", /content of certificates/, (stack) =>
        stack.get(types.bucketObject).set("content", undefined).set("source", "truststore.pem"),
      ),
      breaks(
        "one domain has a truststore of its own",
        /'agent-06-domain': got version .* of 'second'/,
        (stack) => {
          const { props, takesFrom } = stack.get(types.bucketObject);
          const second = stack.add(types.bucketObject, "second", { ...props });
          Object.assign(second.takesFrom, takesFrom);
          stack.get(types.domain, "agent-06-domain").from("mutualTlsAuthentication", second);
        },
      ),
    ],
    nearMisses: [
      stands("content and version are known, after a deployment", (stack) => {
        stack.get(types.rootCertificate).set("certPem", "-----OURS-----\n");
        stack.get(types.bucketObject).set("content", "-----OURS-----\n");
        stack.get(types.bucketObject).set("versionId", "v7");
        for (const domain of stack.ofType(types.domain))
          domain.set("mutualTlsAuthentication.truststoreVersion", "v7");
      }),
    ],
  },
  "operations-require-guards": {
    violations: [
      breaks(
        "authorizer and key are alternatives",
        /POST \/chat without the authorizer/,
        chat((one) => {
          one.security = [{ authorizer: [] }, { apiKey: [] }];
        }),
      ),
      breaks(
        "an operation declares no body, so that any passes",
        /POST \/chat with 0 content types/,
        chat((one) => {
          delete one.requestBody;
        }),
      ),
      breaks(
        "a body may be left out",
        /POST \/chat with 1 content types, required false/,
        chat((one) => {
          child(one, "requestBody").required = false;
        }),
      ),
      breaks(
        "a schema refers to nothing",
        /POST \/chat: application\/json without a schema/,
        chat((one) => {
          child(one, "requestBody", "content", "application/json").schema = {
            $ref: "#/components/schemas/None",
          };
        }),
      ),
      breaks(
        "a body of another type passes",
        /passthroughBehavior "when_no_match"/,
        chat((one) => {
          child(one, "x-amazon-apigateway-integration").passthroughBehavior = "when_no_match";
        }),
      ),
      breaks(
        "a method in capitals hides from the judgement",
        /"GET" in \/chat/,
        body((value) => {
          child(value, "paths", "/chat").GET = {};
        }),
      ),
      breaks(
        "a path is a reference",
        /"\$ref" in \/open/,
        body((value) => {
          child(value, "paths")["/open"] = { $ref: "#/x-open" };
        }),
      ),
      breaks(
        "a route of the work order is gone",
        /got no \/vision/,
        body((value) => {
          delete child(value, "paths")["/vision"];
        }),
      ),
      breaks(
        "the body puts the API elsewhere",
        /expected custom domains only/,
        body((value) => {
          const settings = { disableExecuteApiEndpoint: true, vpcEndpointIds: ["vpce-1"] };
          value.servers = [{ url: "/", "x-amazon-apigateway-endpoint-configuration": settings }];
        }),
      ),
    ],
    nearMisses: [
      stands(
        "two choices hold every guard each",
        chat((one) => {
          one.security = [
            { authorizer: [], apiKey: [] },
            { apiKey: [], authorizer: [] },
          ];
        }),
      ),
      stands(
        "a schema refers to one that is there",
        body((value) => {
          child(value, "components").schemas = { Chat: { type: "object" } };
          const content = child(
            value,
            "paths",
            "/chat",
            "post",
            "requestBody",
            "content",
            "application/json",
          );
          content.schema = { $ref: "#/components/schemas/Chat" };
        }),
      ),
      stands(
        "a path has parameters beside its methods",
        body((value) => {
          child(value, "paths", "/chat").parameters = [];
        }),
      ),
    ],
  },
  "calls-bind-functions": {
    violations: [
      breaks(
        "an operation calls another account's function",
        /'api': got a call of/,
        chat((one) => {
          const integration = child(one, "x-amazon-apigateway-integration");
          integration.uri = String(integration.uri).replace("123456789012", stranger);
        }),
      ),
      breaks(
        "the authorizer is a function that nobody declares",
        /'api': got a call of .*function:allow-a/,
        body((value) => {
          const scheme = child(
            value,
            "components",
            "securitySchemes",
            "authorizer",
            "x-amazon-apigateway-authorizer",
          );
          scheme.authorizerUri = String(scheme.authorizerUri).replace("authorizer:live", "allow-all:live");
        }),
      ),
      breaks(
        "what answers also authorizes",
        /'api': got 'edge-alias', which authorizes and answers/,
        body((value) => {
          const scheme = child(
            value,
            "components",
            "securitySchemes",
            "authorizer",
            "x-amazon-apigateway-authorizer",
          );
          scheme.authorizerUri = String(scheme.authorizerUri).replace("authorizer:live", "edge:live");
        }),
      ),
      breaks("voice goes to the internet", /'voice-integration': got type "HTTP_PROXY"/, (stack) =>
        stack.get(types.voiceIntegration).set("integrationType", "HTTP_PROXY"),
      ),
      breaks("a ticket is redeemed in another account", /'voice-ticket': got a call of/, (stack) =>
        elsewhere(stack.get(types.voiceAuthorizer), "authorizerUri"),
      ),
      breaks("an alias sends most calls to an old version", /'edge-alias': got version/, (stack) =>
        stack
          .get(types.functionAlias, "edge-alias")
          .set("routingConfig", { additionalVersionWeights: { 1: 0.99 } }),
      ),
      breaks(
        "an alias is of what is not published",
        /'edge-alias': got version "\$LATEST" of nothing/,
        (stack) =>
          stack
            .get(types.functionAlias, "edge-alias")
            .set("functionVersion", "$LATEST")
            .from("functionVersion"),
      ),
    ],
    nearMisses: [
      stands(
        "two operations call one function",
        chat((one) => {
          one.summary = "as the others do";
        }),
      ),
    ],
  },
  "stage-binds-deployment": {
    violations: [
      breaks("a canary serves another deployment", /'stage': got a canary/, (stack) =>
        stack.get(types.stage).set("canarySettings", { deploymentId: "earlier", percentTraffic: 100 }),
      ),
    ],
    nearMisses: [],
  },
  "voice-connect-binds-authorizer": {
    violations: [
      breaks("the ticket is looked for nowhere", /no identity source/, (stack) =>
        stack.get(types.voiceAuthorizer).set("identitySources", []),
      ),
      breaks(
        "a ticket's verdict is kept for the next session",
        /a verdict kept for 300 s; expected 0/,
        (stack) => stack.get(types.voiceAuthorizer).set("authorizerResultTtlInSeconds", 300),
      ),
      breaks("the API is of the other kind", /protocol "HTTP"/, (stack) =>
        stack.get(types.voiceApi).set("protocolType", "HTTP"),
      ),
    ],
    nearMisses: [
      stands("no verdict is kept, and it is said", (stack) =>
        stack.get(types.voiceAuthorizer).set("authorizerResultTtlInSeconds", 0),
      ),
      stands("how long is not said, and unknown before a deployment", (stack) =>
        stack.get(types.voiceAuthorizer).set("authorizerResultTtlInSeconds", unknownValue),
      ),
    ],
  },
  "function-requires-supported-runtime": {
    violations: [
      breaks("the code is somebody's object", /code from "elsewhere"/, (stack) =>
        stack.get(types.function, "edge").set("s3Bucket", "elsewhere"),
      ),
    ],
    nearMisses: [],
  },
  "function-permission-requires-source": {
    violations: [
      breaks("the source is another account's", /sourceAccount "210987654321"/, (stack) =>
        stack.get(types.functionPermission, "edge-permission").set("sourceAccount", stranger),
      ),
      breaks("the source is any API", /sourceArn "arn:aws:execute-api:eu-west-1:123456789012:\*"/, (stack) =>
        stack
          .get(types.functionPermission, "edge-permission")
          .set("sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:*"),
      ),
    ],
    nearMisses: [],
  },
  "role-policy-forbids-wildcards": {
    violations: [
      ...[
        "arn:*",
        "**",
        "arn:aws:*:eu-west-1:123456789012:table/x",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/*",
        `arn:aws:dynamodb:eu-west-1:${stranger}:table/x`,
      ].map((resource) =>
        breaks(
          `the resource is ${resource}`,
          / on /,
          statement(types.rolePolicy, "policy", 0, (one) => {
            one.Resource = resource;
          }),
        ),
      ),
      breaks(
        "an action has a question mark",
        /actions logs:\?utLogEvents/,
        statement(types.rolePolicy, "policy", 0, (one) => {
          one.Action = "logs:?utLogEvents";
        }),
      ),
    ],
    nearMisses: ["arn:aws:s3:::answers/*", "arn:aws:dynamodb:eu-west-1:123456789012:table/x/index/*"].map(
      (resource) =>
        stands(
          `the resource is ${resource}`,
          statement(types.rolePolicy, "policy", 0, (one) => {
            one.Resource = resource;
          }),
        ),
    ),
  },
  "functions-bind-roles": {
    violations: [
      breaks("a function runs under a role from elsewhere", /'edge': got a role from elsewhere/, (stack) =>
        stack.get(types.function, "edge").set("role", "arn:aws:iam::123456789012:role/admin").from("role"),
      ),
      breaks("two functions share a role", /got the role of 'authorizer'/, (stack) =>
        stack.get(types.function, "edge").from("role", stack.get(types.role, "authorizer-role")),
      ),
      breaks(
        "rights are given to a role from elsewhere",
        /'edge-rights': got a role from elsewhere/,
        (stack) => stack.get(types.rolePolicy, "edge-rights").from("role"),
      ),
    ],
    nearMisses: [
      stands("a role is used by no function", (stack) => stack.add(types.role, "spare", { name: "spare" })),
    ],
  },
  "function-limits-concurrency": {
    violations: [
      breaks("a function may take the whole account", /reservedConcurrentExecutions 1000/, (stack) =>
        stack.get(types.function, "edge").set("reservedConcurrentExecutions", 1000),
      ),
    ],
    nearMisses: [],
  },
  "web-acl-binds-stage": {
    violations: [
      breaks("an address set is somebody else's", /address set "arn/, (stack) => {
        rule(stack, "label-vision").statement = {
          ipSetReferenceStatement: { arn: "arn:aws:wafv2:eu-west-1:123456789012:regional/ipset/x/1" },
        };
      }),
      breaks("an address set is not named", /address set nothing/, (stack) => {
        rule(stack, "label-exempt").statement = { ipSetReferenceStatement: {} };
      }),
      breaks("a set is in no rule", /got 1 of 2 address sets in its rules/, (stack) => {
        rule(stack, "blocked").statement = byBytes({ uriPath: {} }, "/never");
      }),
    ],
    nearMisses: [
      stands("two rules refer to one address set of this stack", (stack) => {
        rule(stack, "label-vision").statement = aSet;
      }),
    ],
  },
  "key-requires-rotation": {
    violations: [
      breaks(
        "EventBridge, without a source, may do more than publishing needs",
        /Service:events.amazonaws.com from anywhere/,
        statement(types.key, "policy", 1, (one) => {
          one.Principal = { Service: "events.amazonaws.com" };
          one.Action = ["kms:Decrypt", "kms:CreateGrant"];
          delete one.Condition;
        }),
      ),
      breaks(
        "another account may use the key",
        /a statement for AWS:arn:aws:iam::210987654321:root/,
        grant(types.key, "policy", {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${stranger}:root` },
          Action: "kms:Decrypt",
        }),
      ),
      breaks(
        "a service may act for every source",
        /from anywhere/,
        statement(types.key, "policy", 1, (one) => {
          one.Condition = { ArnLike: { "aws:SourceArn": "*" } };
        }),
      ),
      breaks("a key rotates every 91 days", /rotationPeriodInDays 91/, (stack) =>
        stack.get(types.key, "key").set("rotationPeriodInDays", 91),
      ),
      breaks("a key rotates when the service likes", /rotationPeriodInDays nothing/, (stack) =>
        stack.get(types.key, "key").set("rotationPeriodInDays", undefined),
      ),
    ],
    nearMisses: [
      stands(
        "a role of this account may use the key",
        grant(types.key, "policy", {
          Effect: "Allow",
          Principal: { AWS: "arn:aws:iam::123456789012:role/auditor" },
          Action: "kms:Decrypt",
          Resource: "*",
        }),
      ),
    ],
  },
  "log-delivery-forbids-strangers": {
    violations: [
      breaks(
        "every account is the source",
        /without conditions/,
        statement(types.logDelivery, "policyDocument", 0, (one) => {
          one.Condition = { StringLike: { "aws:SourceAccount": "*" } };
        }),
      ),
      breaks(
        "the group is any of the account's",
        /log groups arn/,
        statement(types.logDelivery, "policyDocument", 0, (one) => {
          one.Resource = "arn:aws:logs:eu-west-1:123456789012:log-group:*";
        }),
      ),
    ],
    nearMisses: [],
  },
  "topic-policy-forbids-strangers": {
    violations: [
      breaks(
        "another service shares EventBridge's statement",
        /without a condition on its source/,
        statement(types.topicPolicy, "policy", 0, (one) => {
          one.Principal = { Service: ["events.amazonaws.com", "s3.amazonaws.com"] };
          delete one.Condition;
        }),
      ),
      breaks(
        "EventBridge may do more than publish",
        /without a condition on its source/,
        statement(types.topicPolicy, "policy", 0, (one) => {
          one.Principal = { Service: "events.amazonaws.com" };
          one.Action = ["sns:Publish", "sns:Subscribe"];
          delete one.Condition;
        }),
      ),
      breaks(
        "the source is another account's",
        /without a condition on its source/,
        statement(types.topicPolicy, "policy", 0, (one) => {
          one.Condition = { StringEquals: { "aws:SourceAccount": stranger } };
        }),
      ),
      breaks(
        "another account may publish",
        /AWS:arn:aws:iam::210987654321:root may publish/,
        grant(types.topicPolicy, "policy", {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${stranger}:root` },
          Action: "sns:Publish",
          Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        }),
      ),
      breaks(
        "the refusal of plain text asks for more, which never holds",
        /no refusal of plain text/,
        statement(types.topicPolicy, "policy", 1, (one) => {
          child(one, "Condition").StringEquals = { "aws:PrincipalAccount": "000000000000" };
        }),
      ),
      breaks(
        "the refusal is of something else than publishing",
        /no refusal of plain text/,
        statement(types.topicPolicy, "policy", 1, (one) => {
          one.Action = "sns:GetTopicAttributes";
        }),
      ),
    ],
    nearMisses: [],
  },
  "bucket-policy-requires-tls": {
    violations: [
      breaks("plain text is refused for another bucket", /plain text allowed/, (stack) => {
        stack.first(types.bucketPolicy).set("bucket", "truststore");
        statement(types.bucketPolicy, "policy", 0, (one) => {
          one.Resource = ["arn:aws:s3:::other", "arn:aws:s3:::other/*"];
        })(stack);
      }),
      breaks(
        "a service may write for anybody",
        /access for Service:delivery\.logs\.amazonaws\.com/,
        grant(types.bucketPolicy, "policy", {
          Effect: "Allow",
          Principal: { Service: "delivery.logs.amazonaws.com" },
          Action: "s3:PutObject",
        }),
      ),
      breaks(
        "another account may write",
        /access for AWS:arn:aws:iam::210987654321:root/,
        grant(types.bucketPolicy, "policy", {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${stranger}:root` },
          Action: "s3:PutObject",
        }),
      ),
    ],
    nearMisses: [
      stands("the bucket is named", (stack) => stack.first(types.bucketPolicy).set("bucket", "truststore")),
    ],
  },
};
