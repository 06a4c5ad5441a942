/** Alarms and alerts that ask about what is not there. */
import { types } from "../../lib/types";
import type { TestStack } from "../stack";
import { rule, stage, type Model } from "./alerts";
import type { CaseBook, Cases } from "./case";

type Violation = Cases["violations"][number];
const breaks = (when: string, says: RegExp, change: (stack: TestStack) => void): Violation => ({
  when,
  says,
  change,
});

/** An alarm on a rotation's errors. */
const failing = (stack: TestStack, dimensions: Model, more: Model = {}): void => {
  stack.add(types.alarm, "failed", {
    namespace: "AWS/Lambda",
    metricName: "Errors",
    dimensions,
    statistic: "Sum",
    ...more,
  });
};
const rotators = (stack: TestStack): readonly string[] =>
  stack
    .ofType(types.function)
    .map(({ name }) => name)
    .filter((name) => name.startsWith("rotate-"));
const secrets = (stack: TestStack): readonly string[] =>
  stack
    .ofType(types.secretRotation)
    .flatMap(({ takesFrom }) => (takesFrom.secretId ?? []).map(({ props }) => String(props.name)));

const age = (stack: TestStack, change: (dimensions: Model) => void): void =>
  stage(stack, "SecretStale", "A", (model) => change(model.dimensions as Model));
const own = (stack: TestStack, metricName: string, dimensions: Model): void =>
  stage(stack, "SecretStale", "A", (model) => Object.assign(model, { metricName, dimensions }));

export const metrics: CaseBook = {
  "alerts-bind-metrics": {
    violations: [
      breaks("an alarm names no function", /an alarm on AWS\/Lambda Errors by none/, (stack) =>
        failing(stack, {}),
      ),
      breaks("an alarm has no dimensions", /an alarm on AWS\/Lambda Errors by none/, (stack) =>
        stack.add(types.alarm, "failed", { namespace: "AWS/Lambda", metricName: "Errors" }),
      ),
      breaks("an alarm watches a function of nobody", /FunctionName 'gone', which is none/, (stack) =>
        failing(stack, { FunctionName: "gone" }),
      ),
      breaks("one rotation's failure has an alarm and others' have none", /Errors of all but/, (stack) =>
        failing(stack, { FunctionName: "rotate-client-keys" }),
      ),
      breaks("an alarm asks by one dimension more", /by FunctionName and Resource, which is there/, (stack) =>
        failing(stack, { FunctionName: "rotate-client-keys", Resource: "live" }),
      ),
      breaks("an alarm watches another topic", /TopicName 'gone'/, (stack) =>
        failing(stack, { TopicName: "gone" }, { namespace: "AWS/SNS", metricName: "NumberOfMessages" }),
      ),
      breaks("an alarm watches what nobody counts", /staging\/other Errors, which nobody counts/, (stack) =>
        failing(stack, {}, { namespace: "staging/other" }),
      ),
      breaks("a part of an alarm's expression watches nothing", /an alarm on AWS\/Lambda Errors/, (stack) =>
        stack.add(types.alarm, "share", {
          metricQueries: [
            { id: "failed", metric: { namespace: "AWS/Lambda", metricName: "Errors" } },
            { id: "share", expression: "failed / 2" },
          ],
        }),
      ),
      breaks(
        "a rule names no secret",
        /'SecretStale' on staging\/functions SecretAge by functionName/,
        (stack) => age(stack, (dimensions) => delete dimensions.secret),
      ),
      breaks("a rule names no function", /SecretAge by secret, which is there by functionName/, (stack) =>
        age(stack, (dimensions) => delete dimensions.functionName),
      ),
      breaks("a rule's list of secrets is empty", /SecretAge of secret none/, (stack) =>
        age(stack, (dimensions) => Object.assign(dimensions, { secret: [] })),
      ),
      breaks("a rule watches a secret of nobody", /secret 'staging\/gone', which is none/, (stack) =>
        age(stack, (dimensions) =>
          Object.assign(dimensions, { secret: [...secrets(stack), "staging/gone"] }),
        ),
      ),
      breaks("a rule forgets one secret", /SecretAge of all but .+; expected of all/, (stack) =>
        age(stack, (dimensions) => Object.assign(dimensions, { secret: secrets(stack).slice(1) })),
      ),
      breaks("a rule forgets a client", /QuotaUse of all but two/, (stack) =>
        own(stack, "QuotaUse", { functionName: "edge", clientId: ["one"] }),
      ),
      breaks("a rule forgets an authority", /AuthorityLife of all but root/, (stack) =>
        own(stack, "AuthorityLife", {
          functionName: "trust-watch",
          authority: ["clients-issuer", "services-issuer"],
        }),
      ),
      breaks("a rule forgets a function", /Faults of all but/, (stack) =>
        own(stack, "Faults", { functionName: ["edge"] }),
      ),
      breaks("a rule asks another region", /'A', which is no question about one metric/, (stack) =>
        stage(stack, "SecretStale", "A", (model) => Object.assign(model, { region: "us-east-1" })),
      ),
      breaks("a rule searches for metrics", /'A', which is no question about one metric/, (stack) =>
        stage(stack, "SecretStale", "A", (model) => Object.assign(model, { matchExact: false })),
      ),
      breaks("a rule splits a log's metric as its filter does not", /LogFindings by route/, (stack) =>
        stage(stack, "PersonalDataInLogs", "A", (model) =>
          Object.assign(model, { dimensions: { route: "/chat" } }),
        ),
      ),
      breaks("no secret's age rings", /no alert at 90 days of/, (stack) =>
        Object.assign(rule(stack, "SecretStale"), {
          datas: rule(stack, "PersonalDataInLogs").datas,
          condition: "C",
        }),
      ),
      breaks("a secret's age rings at 120 days", /no alert at 90 days of/, (stack) =>
        stage(stack, "SecretStale", "C", (model) => Object.assign(model, { expression: "$B >= 120" })),
      ),
    ],
    nearMisses: [
      {
        when: "every rotation's failure has an alarm, one each",
        change: (stack) =>
          rotators(stack).forEach((FunctionName, at) =>
            stack.add(types.alarm, `failed-${at}`, {
              namespace: "AWS/Lambda",
              metricName: "Errors",
              dimensions: { FunctionName },
            }),
          ),
      },
      {
        when: "one function's faults have an alarm of their own",
        change: (stack) =>
          stack.add(types.alarm, "faults", {
            namespace: "staging/functions",
            metricName: "Faults",
            dimensions: { functionName: "trust-watch" },
          }),
      },
      {
        when: "the dimensions stand in another order",
        change: (stack) =>
          age(stack, (dimensions) => {
            const { functionName } = dimensions;
            delete dimensions.functionName;
            dimensions.functionName = functionName;
          }),
      },
      {
        when: "a queue of an agent's is watched, which this stack does not declare",
        change: (stack) =>
          failing(
            stack,
            { QueueName: "avatar-render" },
            { namespace: "AWS/SQS", metricName: "ApproximateAgeOfOldestMessage" },
          ),
      },
      {
        when: "a secret's age rings at 60 days",
        change: (stack) =>
          stage(stack, "SecretStale", "C", (model) => Object.assign(model, { expression: "$B >= 60" })),
      },
      {
        when: "the ages have alarms, one each, and no rule",
        change: (stack) => {
          Object.assign(rule(stack, "SecretStale"), {
            datas: rule(stack, "PersonalDataInLogs").datas,
            condition: "C",
          });
          secrets(stack).forEach((secret, at) =>
            stack.add(types.alarm, `age-${at}`, {
              namespace: "staging/functions",
              metricName: "SecretAge",
              dimensions: { functionName: "trust-watch", secret },
              comparisonOperator: "GreaterThanOrEqualToThreshold",
              threshold: 75,
            }),
          );
        },
      },
    ],
  },
};
