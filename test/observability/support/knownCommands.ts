import * as apiGateway from "@aws-sdk/client-api-gateway";
import * as dynamodb from "@aws-sdk/client-dynamodb";
import * as s3 from "@aws-sdk/client-s3";
import * as secretsManager from "@aws-sdk/client-secrets-manager";
import { help as clientHelp, parseCommand } from "../../../cli/client/options";
import { help as deployHelp, parseCommand as parseDeploy } from "../../../cli/deploy/options";
import { help as driftHelp } from "../../../cli/drift/command";
import { help as previewHelp, parseOptions } from "../../../cli/preview/options";
import { help as rollbackHelp, parseCommand as parseRollback } from "../../../cli/rollback/options";
import manifest from "../../../package.json";
import type { ShellCommand } from "./shell";

/*
 * Which commands exist, and how they are called: npm's scripts by package.json and their own parsers, AWS's by the operations of
 * the SDK that is installed, and where none is, by a table that was read off the documents.
 */

interface Operation {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** AWS's services by their name on the command line. */
const sdks: Readonly<Record<string, object>> = {
  apigateway: apiGateway,
  dynamodb,
  s3api: s3,
  secretsmanager: secretsManager,
};

const operation = (required: string, optional = ""): Operation => ({
  required: required.split(" ").filter(Boolean),
  optional: optional.split(" ").filter(Boolean),
});

/** https://docs.aws.amazon.com/cli/latest/reference/<service>/<operation>.html, of services whose SDK is not installed. */
const documented: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  acm: {
    "describe-certificate": operation("certificate-arn"),
    "list-certificates": operation("", "certificate-statuses includes sort-by sort-order"),
  },
  apigatewayv2: {
    "get-stage": operation("api-id stage-name"),
    "get-apis": operation(""),
    "get-deployments": operation("api-id"),
    "get-domain-name": operation("domain-name"),
    "update-stage": operation("api-id stage-name", "deployment-id description"),
  },
  cloudwatch: {
    "describe-alarms": operation("", "alarm-names alarm-name-prefix alarm-types state-value"),
    "get-metric-statistics": operation(
      "namespace metric-name start-time end-time period",
      "dimensions statistics extended-statistics unit",
    ),
  },
  events: { "describe-rule": operation("name", "event-bus-name") },
  iam: { "get-role": operation("role-name") },
  lambda: {
    "delete-provisioned-concurrency-config": operation("function-name qualifier"),
    "get-account-settings": operation(""),
    "get-alias": operation("function-name name"),
    "get-function-concurrency": operation("function-name"),
    "list-versions-by-function": operation("function-name"),
    "put-function-concurrency": operation("function-name reserved-concurrent-executions"),
    "put-provisioned-concurrency-config": operation(
      "function-name qualifier provisioned-concurrent-executions",
    ),
    "update-alias": operation("function-name name", "function-version description"),
  },
  logs: {
    "filter-log-events": operation("", "log-group-name filter-pattern start-time end-time limit unmask"),
  },
  sqs: {
    "get-queue-attributes": operation("queue-url", "attribute-names"),
    "get-queue-url": operation("queue-name"),
  },
  sts: { "get-caller-identity": operation("") },
};

/** https://docs.aws.amazon.com/cli/latest/reference/#global-options */
const awsGlobal = ["query", "output", "region", "profile"];

/** https://www.pulumi.com/docs/iac/cli/commands/ */
const pulumiCommands: Readonly<Record<string, readonly string[]>> = {
  up: ["stack", "policy-pack", "target", "diff", "refresh"],
  refresh: ["stack"],
  "stack output": ["stack", "json"],
};

/** https://kubernetes.io/docs/reference/kubectl/generated/ */
const kubectlCommands: Readonly<Record<string, readonly string[]>> = {
  get: ["sort-by"],
  describe: [],
  logs: ["since"],
  top: [],
  "rollout restart": [],
};
const kubectlKinds = [
  "pod",
  "pods",
  "events",
  "deployment",
  "networkpolicy",
  "certificate",
  "externalsecret",
];

/** https://curl.se/docs/manpage.html; what switches a check of TLS off is not among them. */
const curlOptions = ["silent", "show-error", "output", "write-out", "cert", "key", "header", "data"];

/** https://git-scm.com/docs */
const gitCommands: Readonly<Record<string, readonly string[]>> = {
  log: ["--oneline", "-20"],
  switch: ["--detach"],
};

export interface Known {
  /** Addresses of doors: a domain of the settings and a path of its agent. */
  readonly doors: readonly string[];
  /** Namespaces of the cluster that the settings name. */
  readonly namespaces: readonly string[];
  readonly urns: readonly string[];
  /** Names of the stack's outputs. */
  readonly outputs: readonly string[];
}

/** @throws Error for a command, an operation or an option that does not exist, or lacks what it needs */
export function checkCommand({ words }: ShellCommand, known: Known, whole = true): void {
  const [program = "", ...rest] = words;
  const check = checks[program];
  if (check === undefined) throw new Error(`${program}: allowed: ${Object.keys(checks).join(", ")}`);
  check(rest, known, whole);
}

const checks: Readonly<Record<string, (words: readonly string[], known: Known, whole: boolean) => void>> = {
  npm: ([name = "", script = "", dashes, ...args], _known, whole) => {
    if (name === "ci" && script === "") return;
    if (name !== "run" || !Object.hasOwn(manifest.scripts, script))
      throw new Error(`no npm ${name} ${script}`);
    if (dashes !== undefined && dashes !== "--") throw new Error(`npm run ${script}: options go behind --`);
    checkScript(script, args, whole);
  },
  aws: ([service = "", name = "", ...args], _known, whole) => {
    const found = operationOf(service, name);
    const { options, values } = optionsOf(args);
    if (values.length > 0)
      throw new Error(`aws ${service} ${name}: ${values.join(" ")} belongs to no option`);
    allow(`aws ${service} ${name}`, options, [...found.required, ...found.optional, ...awsGlobal]);
    const missing = found.required.filter((option) => !options.includes(option));
    if (whole && missing.length > 0)
      throw new Error(`aws ${service} ${name}: needs --${missing.join(", --")}`);
  },
  pulumi: (words, { urns, outputs }) => {
    const name = Object.keys(pulumiCommands).find((each) => `${words.join(" ")} `.startsWith(`${each} `));
    if (name === undefined) throw new Error(`no pulumi ${words.join(" ")}`);
    const args = words.slice(name.split(" ").length);
    allow(`pulumi ${name}`, optionsOf(args).options, pulumiCommands[name] ?? []);
    const [output = ""] = args;
    if (name === "stack output" && !outputs.includes(output)) throw new Error(`no output ${output}`);
    const target = args[args.indexOf("--target") + 1] ?? "";
    if (
      args.includes("--target") &&
      !urns.some((urn) => target.startsWith("**") && urn.endsWith(target.slice(2)))
    )
      throw new Error(`--target ${target}: no resource of the stack`);
  },
  kubectl: ([flag, namespace = "", ...words], { namespaces }) => {
    if (flag !== "-n" || !namespaces.includes(namespace))
      throw new Error(`kubectl: no namespace ${namespace}`);
    const name = Object.keys(kubectlCommands).find((each) => `${words.join(" ")} `.startsWith(`${each} `));
    if (name === undefined) throw new Error(`no kubectl ${words.join(" ")}`);
    const [kind = "", ...args] = words.slice(name.split(" ").length);
    allow(`kubectl ${name}`, optionsOf(args).options, kubectlCommands[name] ?? []);
    if (!kubectlKinds.includes(kind.split("/")[0] ?? "")) throw new Error(`kubectl ${name}: no kind ${kind}`);
  },
  curl: (words, { doors }) => {
    const door = words.at(-1) ?? "";
    if (!doors.includes(door)) throw new Error(`curl: ${door} is no door`);
    allow("curl", optionsOf(words).options, curlOptions);
  },
  git: ([name = "", ...args]) => {
    const options = gitCommands[name];
    if (options === undefined) throw new Error(`no git ${name}`);
    const strange = args.find((arg) => arg.startsWith("-") && !options.includes(arg));
    if (strange !== undefined) throw new Error(`git ${name}: no ${strange}`);
  },
};

function checkScript(script: string, args: readonly string[], whole: boolean): void {
  const help: Readonly<Record<string, string>> = {
    client: clientHelp,
    deploy: deployHelp,
    drift: driftHelp,
    preview: previewHelp,
    rollback: rollbackHelp,
  };
  if (args.length === 0) return;
  const text = help[script];
  if (text === undefined)
    throw new Error(`npm run ${script}: whether it takes ${args.join(" ")} is not known here`);
  const options = [...text.matchAll(/--([a-z][a-z-]*)/g)].map(([, option = ""]) => option);
  allow(`npm run ${script}`, optionsOf(args).options, options);
  // Their own parsers have the last word.
  if (script === "client") parseCommand(args);
  if (script === "deploy" && whole) parseDeploy(args);
  if (script === "preview") parseOptions(args);
  if (script === "rollback" && whole) parseRollback(args);
}

function operationOf(service: string, name: string): Operation {
  const sdk = sdks[service];
  if (sdk === undefined) {
    const found = documented[service]?.[name];
    if (found === undefined) throw new Error(`aws ${service} ${name}: not in the table of operations`);
    return found;
  }
  const pascal = name.replace(/(?:^|-)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
  const command: unknown = Reflect.get(sdk, `${pascal}Command`);
  // A structure's schema: [3, namespace, name, traits, members, their types, how many of the first are required].
  const schema: unknown = Reflect.get(sdk, `${pascal}Request$`) ?? Reflect.get(sdk, `${pascal}Input$`);
  const members: unknown = Array.isArray(schema) ? schema[4] : undefined;
  if (typeof command !== "function" || !Array.isArray(schema) || !Array.isArray(members))
    throw new Error(`aws ${service} ${name}: the SDK has no ${pascal}Command`);
  const options = members.map((member) => kebab(String(member)));
  const count = Number(schema[6] ?? 0);
  return { required: options.slice(0, count), optional: options.slice(count) };
}

const kebab = (member: string): string =>
  member
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();

function optionsOf(args: readonly string[]): {
  readonly options: readonly string[];
  readonly values: readonly string[];
} {
  const options = args.filter((arg) => arg.startsWith("--")).map((arg) => arg.slice(2).replace(/=.*$/s, ""));
  const values = args.filter(
    (arg, at) => !arg.startsWith("--") && (at === 0 || !args[at - 1]?.startsWith("--")),
  );
  return { options, values };
}

function allow(what: string, options: readonly string[], allowed: readonly string[]): void {
  const strange = options.find((option) => !allowed.includes(option));
  if (strange !== undefined) throw new Error(`${what}: no option --${strange}`);
}
