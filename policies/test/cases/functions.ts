import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import { archive, asset } from "../staging";
import type { CaseBook } from "./case";

type Json = Record<string, unknown>;

const edge = (stack: TestStack): TestResource => stack.get(types.function, "edge");
const index = asset({ path: "bundles/edge.js" });
const code =
  (assets: Json): ((stack: TestStack) => TestResource) =>
  (stack) =>
    edge(stack).set("code", archive({ assets }));
const told = (facts: Json) =>
  code({ "index.js": index, "configuration.json": asset({ text: JSON.stringify(facts) }) });
const environment = (variables: Json) => (stack: TestStack) => edge(stack).set("environment", { variables });
const actions =
  (action: unknown, effect = "Allow") =>
  (stack: TestStack) =>
    stack.get(types.rolePolicy, "edge-rights").json("policy", (document) => {
      Object.assign((document.Statement as Json[])[0] ?? {}, { Action: action, Effect: effect });
    });
const budget = (stack: TestStack): TestResource => stack.get(types.latencyBudget);

// Made up, and cut in two, so that no scanner takes them for real ones.
const accessKey = ["AKIA", "IOSFODNN7EXAMPLE"].join("");
const privateKey = ["-----BEGIN EC PRIVATE", "KEY-----\nMHcC"].join(" ");

export const functions: CaseBook = {
  "function-requires-own-code": {
    violations: [
      {
        when: "there is no code",
        change: (stack) => edge(stack).set("code", undefined),
        says: /'edge': got code that is no archive of named files/,
      },
      {
        when: "the code is an archive on the web",
        change: (stack) => edge(stack).set("code", archive({ uri: "https://example.com/edge.zip" })),
        says: /code that is no archive of named files/,
      },
      {
        when: "the code is a ready archive",
        change: (stack) => edge(stack).set("code", archive({ path: "edge.zip" })),
        says: /code that is no archive of named files/,
      },
      {
        when: "one file is fetched from the web",
        change: code({ "index.js": index, "extra.js": asset({ uri: "https://example.com/extra.js" }) }),
        says: /files extra\.js from elsewhere/,
      },
      {
        when: "one file is another machine's",
        change: code({ "index.js": index, "extra.js": asset({ path: "/opt/extra.js" }) }),
        says: /files extra\.js from elsewhere/,
      },
      {
        when: "one file is above the project",
        change: code({ "index.js": index, "extra.js": asset({ path: "../../elsewhere/extra.js" }) }),
        says: /files extra\.js from elsewhere/,
      },
      {
        when: "one file is reached through other folders",
        change: code({ "index.js": index, "extra.js": asset({ path: "../.build/../../extra.js" }) }),
        says: /files extra\.js from elsewhere/,
      },
      {
        when: "code is written out in the program",
        change: code({ "index.js": index, "extra.js": asset({ text: "module.exports = 1" }) }),
        says: /files extra\.js from elsewhere/,
      },
      {
        when: "what is written out could be loaded as code",
        change: code({ "index.js": index, "extra.js": asset({ text: "{}" }) }),
        says: /files extra\.js from elsewhere/,
      },
      {
        when: "what is told is unknown before the deployment",
        change: code({ "index.js": index, "configuration.json": asset({ text: unknownValue }) }),
        says: /files configuration\.json from elsewhere/,
      },
      {
        when: "an archive lies in the archive",
        change: code({ "index.js": index, more: archive({ assets: { "extra.js": index } }) }),
        says: /files more from elsewhere/,
      },
      {
        when: "the handler is in no file",
        change: (stack) => edge(stack).set("handler", "main.handler"),
        says: /handler "main\.handler" of configuration\.json and index\.js/,
      },
    ],
    nearMisses: [
      {
        when: "a second file lies above the program's folder",
        change: code({ "index.js": index, "validators.js": asset({ path: "../.build/validators.js" }) }),
      },
      {
        when: "the handler has another name",
        change: (stack) => code({ "main.js": index })(stack).set("handler", "main.start"),
      },
    ],
  },
  "function-forbids-secrets": {
    violations: [
      {
        when: "the environment names a password",
        change: environment({ STAGE: "staging", DB_PASSWORD: "hunter" }),
        says: /'edge': got what looks like a secret at environment\.DB_PASSWORD; expected none/,
      },
      ...[
        ["an access key", accessKey],
        ["a private key", privateKey],
        ["a random text", "q7Zt1VbK3xLw9RpA5sYd8EfG2hJk4MnC"],
        ["an address with a password", "https://fase-b:hunter@example.com/"],
      ].map(([what = "", value]) => ({
        when: `the environment holds ${what}`,
        change: environment({ SETTING: value }),
        says: /environment\.SETTING/,
      })),
      {
        when: "the description holds a private key",
        change: (stack) => edge(stack).set("description", `Answers by ${privateKey}`),
        says: /'edge': got what looks like a secret at description/,
      },
      {
        when: "a tag names a password",
        change: (stack) => edge(stack).set("tags", { team: "agents", dbPassword: "hunter" }),
        says: /at tags\.dbPassword/,
      },
      {
        when: "the archive holds an upstream's token",
        change: told({ upstreams: [{ url: "https://example.com", apiToken: "hunter" }] }),
        says: /configuration\.json\.upstreams\.0\.apiToken/,
      },
      {
        when: "the archive holds a list of digests or keys",
        change: told({ partners: ["0123456789abcdef0123456789abcdef"] }),
        says: /configuration\.json\.partners\.0/,
      },
      {
        when: "the archive holds a private key as it is",
        change: code({ "index.js": index, "key.pem": asset({ text: privateKey }) }),
        says: /at key\.pem/,
      },
    ],
    nearMisses: [
      {
        when: "the environment says where a secret is",
        change: environment({
          SECRET_ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:upstream",
          NODE_ENV: "production",
        }),
      },
      {
        when: "the archive says how long a token lives, and what a header is called",
        change: told({ tokenSeconds: 30, token: 30, headers: ["Idempotency-Key", "x-api-key"] }),
      },
      {
        when: "the description says what the function does with secrets",
        change: (stack) => edge(stack).set("description", "Rotates clients' keys; never logs a private key"),
      },
      {
        when: "the archive names a secret",
        change: told({ secretName: "fase-b/edge/client-certificate" }),
      },
      {
        when: "the archive names a bucket at length",
        change: told({ answersBucket: "fase-b-staging-answers-123456789012" }),
      },
    ],
  },
  "role-policy-requires-known-actions": {
    violations: [
      "iam:PassRole",
      "lambda:UpdateFunctionCode",
      "ssm:GetParameter",
      "logs:DeleteLogGroup",
      "LOGS:PutRetentionPolicy",
      "dynamodbstreams:GetRecords",
      "*",
    ].map((action) => ({
      when: `a function may ${action}`,
      change: actions(["logs:PutLogEvents", action]),
      says: new RegExp(`'edge-rights': got actions ${action.replace("*", "\\*")}; expected`),
    })),
    nearMisses: [
      { when: "an action is written in capitals", change: actions("LOGS:PUTLOGEVENTS") },
      { when: "an action that nobody knows is denied", change: actions("iam:PassRole", "Deny") },
    ],
  },
  "latency-budget-limits-hops": {
    violations: [
      {
        when: "nothing is left for the gateway",
        change: (stack) => budget(stack).set("hops.upstreamMs", 580),
        says: /'latency-budget': got 700 ms in all; expected less than the ordered 700 ms/,
      },
      {
        when: "a hop has no budget",
        change: (stack) => budget(stack).set("hops.storeMs", undefined),
        says: /got hops authorizerMs, edgeMs and upstreamMs; expected/,
      },
      {
        when: "there is a hop that nobody knows",
        change: (stack) => budget(stack).set("hops.queueMs", 1),
        says: /got hops authorizerMs, edgeMs, queueMs, storeMs and upstreamMs/,
      },
      ...[0, -20, "20"].map((edgeMs) => ({
        when: `a hop takes ${JSON.stringify(edgeMs)}`,
        change: (stack: TestStack) => budget(stack).set("hops.edgeMs", edgeMs),
        says: new RegExp(`got edgeMs ${JSON.stringify(edgeMs)}; expected a number`),
      })),
      {
        when: "there are no hops",
        change: (stack) => budget(stack).set("hops", undefined),
        says: /got hops none/,
      },
      {
        when: "a hop's budget is unknown before the deployment",
        change: (stack) => budget(stack).set("hops.edgeMs", unknownValue),
        says: /unknown at preview/,
      },
    ],
    nearMisses: [
      {
        when: "one millisecond is left",
        change: (stack) => budget(stack).set("hops.upstreamMs", 579),
      },
    ],
  },
  "latency-budgets-count-one": {
    violations: [
      {
        when: "there is no budget",
        change: (stack) => stack.remove(budget(stack)),
        says: /got no latency budget/,
      },
      {
        when: "there are two",
        change: (stack) => stack.add(types.latencyBudget, "latency-budget-2", { ...budget(stack).props }),
        says: /'latency-budget-2': got 2 latency budgets/,
      },
    ],
    nearMisses: [
      {
        when: "another component has hops",
        change: (stack) => stack.add("fase-b:index:Dashboard", "hops", { clauses: ["B1.1"], hops: {} }),
      },
    ],
  },
};
