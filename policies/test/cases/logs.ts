import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

const WAF = "masking-aws-waf-logs-staging";
const masking = (stack: TestStack, name = WAF): TestResource => stack.get(types.logMasking, name);
const filter = (stack: TestStack, name = "throttled"): TestResource => stack.get(types.metricFilter, name);

type Statements = { DataIdentifier: string[]; Operation: Record<string, Record<string, unknown>> }[];
const statements = (mask: TestResource, change: (all: Statements) => void): TestResource =>
  mask.json("policyDocument", (document) => change(document.Statement as Statements));

const identifier = (name: string): string => `arn:aws:dataprotection::aws:data-identifier/${name}`;
const findingsTo = (LogGroup: string) => ({
  Audit: { FindingsDestination: { CloudWatchLogs: { LogGroup } } },
});

export const logs: CaseBook = {
  "logs-bind-protection": {
    violations: [
      {
        when: "a function's log is not protected",
        change: (stack) => stack.remove(masking(stack, "masking-/aws/lambda/edge")),
        says: /'\/aws\/lambda\/edge': got 0 data-protection policies; expected exactly one/,
      },
      {
        when: "a policy protects a log of elsewhere",
        change: (stack) => masking(stack).set("logGroupName", "aws-waf-logs-staging-2"),
        says: /'aws-waf-logs-staging': got 0 data-protection policies/,
      },
      {
        when: "what is found is reported to nobody",
        change: (stack) =>
          statements(masking(stack), ([audit]) => {
            if (audit) audit.Operation = { Audit: { FindingsDestination: {} } };
          }),
        says: /findings to nothing/,
      },
      {
        when: "what is found is reported to a log of elsewhere",
        change: (stack) =>
          statements(masking(stack), ([audit]) => {
            if (audit) audit.Operation = findingsTo("/aws/vendedlogs/other");
          }),
        says: /findings to "\/aws\/vendedlogs\/other"/,
      },
      {
        when: "one log reports to another group than the others",
        change: (stack) =>
          statements(masking(stack), ([audit]) => {
            if (audit) audit.Operation = findingsTo("/aws/lambda/edge");
          }),
        says: /got 2 groups of findings/,
      },
      {
        when: "what is audited is not masked",
        change: (stack) => statements(masking(stack), (all) => all.pop()),
        says: /a masking of none/,
      },
      {
        when: "addresses are left out of both",
        change: (stack) =>
          statements(masking(stack), (all) => {
            for (const each of all) each.DataIdentifier = [identifier("EmailAddress")];
          }),
        says: /an audit of EmailAddress and a masking of EmailAddress/,
      },
      {
        when: "an identifier is of another service's form",
        change: (stack) =>
          statements(masking(stack), (all) => {
            for (const each of all) each.DataIdentifier = ["IpAddress", "EmailAddress"];
          }),
        says: /an audit of none/,
      },
      {
        when: "nothing is protected",
        change: (stack) => stack.remove(...stack.ofType(types.logMasking)),
        says: /got 0 groups of findings/,
      },
    ],
    nearMisses: [
      {
        when: "more is masked, in another order",
        change: (stack) =>
          statements(masking(stack), ([audit, mask]) => {
            audit?.DataIdentifier.push(identifier("PgpPrivateKey"));
            mask?.DataIdentifier.unshift(identifier("PgpPrivateKey"));
          }),
      },
      {
        when: "the group's name is made up by the gateway and unknown yet",
        change: (stack) => {
          stack.get(types.logGroup, "/aws/lambda/edge").set("name", unknownValue);
          masking(stack, "masking-/aws/lambda/edge").set("logGroupName", unknownValue);
        },
      },
    ],
  },
  "metric-filters-bind-logs": {
    violations: [
      {
        when: "429s are not counted",
        change: (stack) => stack.remove(filter(stack)),
        says: /no count of 429s in its access log/,
      },
      {
        when: "another status is counted",
        change: (stack) => filter(stack).set("pattern", '{ $.status = "428" }'),
        says: /no count of 429s/,
      },
      {
        when: "only some 429s are counted",
        change: (stack) => filter(stack).set("pattern", '{ $.status = "429" && $.clientId = "web-app" }'),
        says: /no count of 429s/,
      },
      {
        when: "they are counted in another log",
        change: (stack) => filter(stack).set("logGroupName", "/aws/apigateway/voice"),
        says: /no count of 429s/,
      },
      {
        when: "a metric is split by what a caller writes",
        change: (stack) =>
          filter(stack, "throttled-by-client").set("metricTransformation.dimensions", {
            id: "$.requestId",
          }),
        says: /dimensions of \$\.requestId/,
      },
      {
        when: "silence of a log counts as nothing at all",
        change: (stack) => filter(stack).set("metricTransformation.defaultValue", undefined),
        says: /defaultValue nothing with 0 dimensions/,
      },
      {
        when: "a split metric has a value for silence, which the service refuses",
        change: (stack) => filter(stack, "throttled-by-client").set("metricTransformation.defaultValue", "0"),
        says: /defaultValue "0" with 1 dimensions/,
      },
      {
        when: "a log of elsewhere is read",
        change: (stack) => filter(stack, "throttled-by-client").set("logGroupName", "/aws/apigateway/other"),
        says: /log group "\/aws\/apigateway\/other"/,
      },
      {
        when: "a filter says nothing",
        change: (stack) => filter(stack, "throttled-by-client").set("pattern", " "),
        says: /an empty pattern/,
      },
    ],
    nearMisses: [
      {
        when: "a metric is split by route and reason",
        change: (stack) =>
          filter(stack, "throttled-by-client").set("metricTransformation.dimensions", {
            route: "$.resourcePath",
            reason: "$.responseType",
          }),
      },
    ],
  },
  "log-subscriptions-bind-functions": {
    violations: [
      {
        when: "lines leave for a stream",
        change: (stack) =>
          stack
            .get(types.logSubscription)
            .set("destinationArn", "arn:aws:kinesis:eu-west-1:123456789012:stream/lines")
            .set("roleArn", "arn:aws:iam::123456789012:role/lines"),
        says: /destination "arn:aws:kinesis/,
      },
      {
        when: "lines leave for a function of another account",
        change: (stack) =>
          stack
            .get(types.logSubscription)
            .set("destinationArn", "arn:aws:lambda:eu-west-1:999999999999:function:announce:live"),
        says: /destination "arn:aws:lambda:eu-west-1:999999999999/,
      },
      {
        when: "whatever version is newest is called",
        change: (stack) =>
          stack
            .get(types.logSubscription)
            .set("destinationArn", "arn:aws:lambda:eu-west-1:123456789012:function:announce"),
        says: /expected the alias of a function/,
      },
      {
        when: "a function is called by its own lines",
        change: (stack) => stack.get(types.logSubscription).set("logGroup", "/aws/lambda/announce"),
        says: /got its own function's log/,
      },
      {
        when: "every line leaves",
        change: (stack) => stack.get(types.logSubscription).set("filterPattern", ""),
        says: /got pattern ""/,
      },
      {
        when: "a log of elsewhere is subscribed to",
        change: (stack) => stack.get(types.logSubscription).set("logGroup", "/aws/lambda/elsewhere"),
        says: /log group "\/aws\/lambda\/elsewhere"/,
      },
    ],
    nearMisses: [
      {
        when: "another function's log is subscribed to, by another pattern",
        change: (stack) =>
          stack
            .get(types.logSubscription)
            .set("logGroup", "/aws/lambda/edge")
            .set("filterPattern", '{ $.step = "finishSecret" }'),
      },
    ],
  },
  "invocations-bind-functions": {
    violations: [
      {
        when: "a function of elsewhere is called",
        change: (stack) => stack.get(types.invocation).set("functionName", "other"),
        says: /function "other:live"/,
      },
      {
        when: "whatever version is newest is called",
        change: (stack) => stack.get(types.invocation).set("qualifier", undefined),
        says: /function "announce:"/,
      },
      {
        when: "the function is called when the stack is taken down, with all that is known",
        change: (stack) => stack.get(types.invocation).set("lifecycleScope", "CRUD"),
        says: /lifecycleScope "CRUD"/,
      },
      {
        when: "the input says more than a digest",
        change: (stack) =>
          stack.get(types.invocation).json("input", (input) => {
            input.token = "something";
          }),
        says: /input "\{/,
      },
      {
        when: "lost events go to a queue",
        change: (stack) =>
          stack.get(types.functionEvents).set("destinationConfig", {
            onFailure: { destination: "arn:aws:sqs:eu-west-1:123456789012:lost" },
          }),
        says: /a destination of events/,
      },
      {
        when: "events have no stated age",
        change: (stack) => stack.get(types.functionEvents).set("maximumEventAgeInSeconds", undefined),
        says: /an age of nothing s/,
      },
    ],
    nearMisses: [
      {
        when: "the scope is stated",
        change: (stack) => stack.get(types.invocation).set("lifecycleScope", "CREATE_ONLY"),
      },
      {
        when: "another deployment is announced",
        change: (stack) =>
          stack.get(types.invocation).json("input", (input) => {
            input.digest = "ab".repeat(32);
          }),
      },
    ],
  },
};
