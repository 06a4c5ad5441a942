import { ROLES, type Role } from "../../infra/evidence/record/findings.schema";
import { UsageError } from "../usageError";
import {
  dashed,
  DEFAULT_STACK,
  readCommand,
  stackDefinitions,
  stackOptions,
  type StackOptions,
} from "../words";

/** What is taken from the command line where the settings cannot be read, or are not of what is there. */
export interface PlaceOptions {
  readonly region?: string;
  readonly account?: string;
  readonly apiName?: string;
  readonly stageName?: string;
}

/** The call by which it is seen that the gateway answers. */
export interface CallOptions {
  /** Default: the first domain that asks for a client certificate. */
  readonly domain?: string;
  readonly clientCert: string;
  readonly clientKey: string;
  readonly apiKey: string;
  readonly route: string;
  readonly body?: string;
  readonly expect: readonly number[];
  /** For so long the answers may be bad. */
  readonly waitSeconds: number;
  readonly ca?: string;
  readonly connect?: string;
}

type Stack = StackOptions & PlaceOptions;
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "list" | "check"; readonly json: boolean; readonly options: Stack }
  | { readonly kind: "plan"; readonly to?: string; readonly json: boolean; readonly options: Stack }
  | {
      readonly kind: "apply";
      readonly to?: string;
      readonly from?: string;
      readonly by: Role;
      readonly reason: string;
      readonly yes: boolean;
      /** None with `--unverified`. */
      readonly call?: CallOptions;
      /** The collector's key; without one the record is not signed, and stays here. */
      readonly key?: string;
      readonly local: boolean;
      readonly options: Stack;
    }
  | { readonly kind: "document"; readonly check: boolean; readonly options: Stack };

const DEFAULT_ROUTE = "POST /chat";
const DEFAULT_WAIT_SECONDS = 60;

export const help = `Points the gateway's stage back at an earlier deployment (B7.4). Needs credentials, and neither pulumi nor the program.

Usage: npm run rollback -- list     [--json]
       npm run rollback -- plan     [--to <deployment>] [--json]
       npm run rollback -- apply    --by <role> --reason <text> [--to <deployment>] [--from <deployment>] [--yes]
                                    (--client-cert <file> --client-key <file> --api-key <file> | --unverified)
                                    [--key <file>] [--local]
       npm run rollback -- check    [--json]
       npm run rollback -- document [--check]

  list      the deployments: when, of which model and commit, by whom
  plan      what would change, what differs from that day and stays, and what is never put back; changes nothing
  apply     points the stage back, calls it, keeps a record, and tells pager and channel
  check     whether there is a good one to go back to; for every night
  document  writes stacks/<stack>/rollback.md; asks nobody

      --to <deployment>     where to; default the last good one
      --from <deployment>   the one that has to be in force still; default the one that the plan was made of
      --by <role>           who answers for it: ${ROLES.join(", ")}
      --reason <text>       why, in 10 to 300 characters
  -y, --yes                 do it without asking
      --client-cert <file>  a client's certificate (PEM), by which the gateway is called afterwards
      --client-key <file>   its private key
      --api-key <file>      its API key, alone or as the line "x-api-key: …"
      --domain <name>       the custom domain that is called; default the first that asks for a certificate
      --route <route>       what is called; default "${DEFAULT_ROUTE}"
      --body <file>         the JSON that is sent; default a chat of one word
      --expect <statuses>   what a good answer has, by commas; default 200
      --wait <seconds>      for how long it is called until it answers; default ${DEFAULT_WAIT_SECONDS}
      --ca <file>           whom the domain's certificate is checked by; default the public authorities
      --connect <host:port> where the domain is really reached; default by its name
      --unverified          nobody can call it: point it back and say so
      --key <file>          a collector's private key: the record is signed and goes into the bucket, which tells the channel
      --local               keep the record here only, and tell nobody
      --check               fail where the document is stale, write nothing
      --json                for machines
      --region, --account, --api-name, --stage-name
                            in the place of what Pulumi.<stack>.yaml says, or where it cannot be read
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Credentials are found as AWS's own tools find them. Who made a deployment is asked of CloudTrail by the aws CLI, where there is one.

Exit status: 0 done, and the gateway answered where it was to be called; 1 there is nothing to go back to, something stands against it, or
it was pointed back and does not answer; 2 the command line or a file is wrong, nobody could look, or a fault of ours.
`;

const definitions = {
  to: { type: "string" },
  from: { type: "string" },
  by: { type: "string" },
  reason: { type: "string" },
  yes: { type: "boolean", short: "y" },
  "client-cert": { type: "string" },
  "client-key": { type: "string" },
  "api-key": { type: "string" },
  domain: { type: "string" },
  route: { type: "string" },
  body: { type: "string" },
  expect: { type: "string" },
  wait: { type: "string" },
  ca: { type: "string" },
  connect: { type: "string" },
  unverified: { type: "boolean" },
  key: { type: "string" },
  local: { type: "boolean" },
  check: { type: "boolean" },
  json: { type: "boolean" },
  region: { type: "string" },
  account: { type: "string" },
  "api-name": { type: "string" },
  "stage-name": { type: "string" },
  ...stackDefinitions,
} as const;
type OptionName = keyof typeof definitions;

const place = ["region", "account", "api-name", "stage-name"] as const;
const calling = ["client-cert", "client-key", "api-key"] as const;
const called = ["domain", "route", "body", "expect", "wait", "ca", "connect"] as const;
const common = [...place, ...(Object.keys(stackDefinitions) as (keyof typeof stackDefinitions)[])];
const commands = {
  list: ["json"],
  plan: ["to", "json"],
  apply: ["to", "from", "by", "reason", "yes", ...calling, ...called, "unverified", "key", "local"],
  check: ["json"],
  document: ["check"],
} as const satisfies Readonly<Record<string, readonly OptionName[]>>;

/** @throws UsageError for whatever is missing, unknown or does not go together */
export function parseCommand(argv: readonly string[]): Command {
  const read = readCommand(argv, { command: "rollback", definitions, commands, common });
  if (read === undefined) return { kind: "help" };
  const { name, texts, flags, words } = read;
  const [surplus] = words;
  if (surplus !== undefined)
    throw new UsageError(`${name}: got ${JSON.stringify(surplus)}; allowed: options only; fix: leave it out`);
  const text = <K extends OptionName, N extends string>(option: K, as: N): { readonly [P in N]?: string } => {
    const value = texts.get(option);
    return (value === undefined ? {} : { [as]: value }) as { readonly [P in N]?: string };
  };
  const options = {
    ...stackOptions(texts),
    ...text("region", "region"),
    ...text("account", "account"),
    ...text("api-name", "apiName"),
    ...text("stage-name", "stageName"),
  };
  switch (name) {
    case "list":
    case "check":
      return { kind: name, json: flags.has("json"), options };
    case "plan":
      return { kind: name, ...deploymentIn(texts, "to"), json: flags.has("json"), options };
    case "document":
      return { kind: name, check: flags.has("check"), options };
    case "apply": {
      const [by, reason] = [roleIn(texts.get("by")), reasonIn(texts.get("reason"))];
      const call = callIn(texts, flags);
      return {
        kind: name,
        ...deploymentIn(texts, "to"),
        ...deploymentIn(texts, "from"),
        by,
        reason,
        yes: flags.has("yes"),
        ...(call === undefined ? {} : { call }),
        ...text("key", "key"),
        local: flags.has("local"),
        options,
      };
    }
  }
}

type Texts = ReadonlyMap<OptionName, string>;

function deploymentIn<N extends "to" | "from">(texts: Texts, name: N): { readonly [P in N]?: string } {
  const id = texts.get(name);
  if (id !== undefined && !/^[a-z0-9]{1,64}$/.test(id))
    throw new UsageError(
      `--${name}: got ${JSON.stringify(id)}; allowed: a deployment's id; fix: npm run rollback -- list shows them`,
    );
  return (id === undefined ? {} : { [name]: id }) as { readonly [P in N]?: string };
}

function roleIn(text: string | undefined): Role {
  const role = ROLES.find((one) => one === text);
  if (role !== undefined) return role;
  throw new UsageError(
    `--by: got ${text === undefined ? "none" : JSON.stringify(text)}; allowed: ${ROLES.join(", ")}; fix: name the role that answers for it`,
  );
}

function reasonIn(text: string | undefined): string {
  // It goes to pager and channel in one line.
  if (text !== undefined && /^[^\p{Cc}]{10,300}$/u.test(text)) return text;
  throw new UsageError(
    `--reason: got ${text === undefined ? "none" : JSON.stringify(text.slice(0, 80))}; allowed: one line of 10 to 300 characters; fix: say what is broken, without data of anybody`,
  );
}

function callIn(texts: Texts, flags: ReadonlySet<OptionName>): CallOptions | undefined {
  const given = calling.filter((name) => texts.has(name));
  if (flags.has("unverified")) {
    const other = [...calling, ...called].find((name) => texts.has(name));
    if (other === undefined) return undefined;
    throw new UsageError(
      `--unverified: got --${other} beside it; allowed: one of the two; fix: leave out --unverified where it can be called`,
    );
  }
  if (given.length < calling.length)
    throw new UsageError(
      `apply: got ${given.length === 0 ? "nothing to call the gateway by" : `only ${dashed(given)}`}; allowed: ${dashed(calling)}, or --unverified; fix: name a client's files, since whoever has no certificate is refused whatever the stage serves`,
    );
  const route = texts.get("route") ?? DEFAULT_ROUTE;
  if (!/^[A-Z]+ \/[\x21-\x7e]*$/.test(route))
    throw new UsageError(
      `--route: got ${JSON.stringify(route)}; allowed: a method and a path; fix: --route "${DEFAULT_ROUTE}"`,
    );
  const connect = texts.get("connect");
  if (connect !== undefined && !/^[^:]+:\d{1,5}$/.test(connect))
    throw new UsageError(
      `--connect: got ${JSON.stringify(connect)}; allowed: <host>:<port>; fix: --connect 127.0.0.1:8443`,
    );
  const expect = (texts.get("expect") ?? "200").split(",").map(Number);
  if (!expect.every((status) => Number.isInteger(status) && status >= 200 && status < 600))
    throw new UsageError(
      `--expect: got ${JSON.stringify(texts.get("expect"))}; allowed: statuses from 200 to 599, by commas; fix: --expect 200`,
    );
  const waitSeconds = Number(texts.get("wait") ?? DEFAULT_WAIT_SECONDS);
  if (!Number.isInteger(waitSeconds) || waitSeconds < 1 || waitSeconds > 900)
    throw new UsageError(
      `--wait: got ${JSON.stringify(texts.get("wait"))}; allowed: 1 to 900 seconds; fix: --wait ${DEFAULT_WAIT_SECONDS}`,
    );
  const needed = (name: (typeof calling)[number]): string => texts.get(name) ?? "";
  const [domain, body, ca] = [texts.get("domain"), texts.get("body"), texts.get("ca")];
  return {
    clientCert: needed("client-cert"),
    clientKey: needed("client-key"),
    apiKey: needed("api-key"),
    route,
    expect,
    waitSeconds,
    ...(domain === undefined ? {} : { domain }),
    ...(body === undefined ? {} : { body }),
    ...(ca === undefined ? {} : { ca }),
    ...(connect === undefined ? {} : { connect }),
  };
}
