import { parseArgs } from "node:util";
import type { ColorChoice } from "../style";
import { UsageError } from "../usageError";

export interface CommonOptions {
  readonly stack: string;
  readonly configFile?: string;
  readonly cwd?: string;
  readonly color: ColorChoice;
}

export type Command =
  | { readonly kind: "help" }
  | {
      readonly kind: "enroll" | "renew";
      readonly clientId: string;
      readonly csr: string;
      readonly out?: string;
      readonly force: boolean;
      readonly options: CommonOptions;
    }
  | {
      readonly kind: "revoke";
      readonly clientId: string;
      readonly serial?: string;
      readonly all: boolean;
      readonly options: CommonOptions;
    }
  | { readonly kind: "list" | "prune"; readonly clientId?: string; readonly options: CommonOptions };

export const DEFAULT_STACK = "staging";

export const help = `Issues, renews and revokes the certificates by which clients are let in.
The client keeps its private key and sends a certificate request made with it:

  openssl ecparam -name prime256v1 -genkey -noout -out web-app.key
  openssl req -new -sha256 -key web-app.key -subj /CN=web-app -out web-app.csr

Usage: npm run client -- enroll <client_id> --csr <file> [--out <file>] [--force]
       npm run client -- renew  <client_id> --csr <file> [--out <file>] [--force]
       npm run client -- revoke <client_id> [--serial <serial> | --all]
       npm run client -- list   [client_id]
       npm run client -- prune  [client_id]

  enroll    the first certificate of a client, or again the one that this request was given
  renew     another one, of a new key; the old one stays good until its end
  revoke    in force within a minute; of several that live one is named, or all
  list      what lives and until when
  prune     forgets what has expired

      --csr <file>          the client's request (PKCS #10, PEM)
      --out <file>          where certificate and issuer go; default beside the request, ending in .pem
      --force               overwrite what stands there
      --serial <serial>     the certificate's number, hex; <issuer's key id>:<serial> for one that nobody recorded,
                            of an issuer that is trusted
      --all                 all that have not expired
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Credentials and region are found as AWS's own tools find them. What was issued stands in
stacks/<stack>/certificates.json: commit it. The prober's certificates are issued by rotate-prober-certificates alone;
list, revoke and prune know them too.

Exit status:
  0  done
  1  refused, and said why: a client that is unknown or the prober's, a request that can't be read or is not allowed,
     a file in the way, the ledger, the authority, or AWS
  2  the command line or the settings are wrong, or the command itself is at fault
`;

const definitions = {
  csr: { type: "string" },
  out: { type: "string" },
  force: { type: "boolean" },
  serial: { type: "string" },
  all: { type: "boolean" },
  stack: { type: "string", short: "s" },
  "config-file": { type: "string" },
  color: { type: "string" },
  cwd: { type: "string", short: "C" },
  help: { type: "boolean", short: "h" },
} as const;
type OptionName = keyof typeof definitions;
const isOption = (name: string): name is OptionName => Object.hasOwn(definitions, name);

const common: readonly OptionName[] = ["stack", "config-file", "color", "cwd", "help"];
const commands = {
  enroll: ["csr", "out", "force"],
  renew: ["csr", "out", "force"],
  revoke: ["serial", "all"],
  list: [],
  prune: [],
} as const satisfies Readonly<Record<string, readonly OptionName[]>>;
type CommandName = keyof typeof commands;
const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name);

/** @throws UsageError for whatever is missing, unknown or does not go together */
export function parseCommand(argv: readonly string[]): Command {
  const { texts, flags, words } = parseWords(argv);
  if (flags.has("help")) return { kind: "help" };
  const [name, clientId, ...others] = words;
  if (name === undefined || !isCommand(name))
    throw new UsageError(
      `command: got ${name === undefined ? "none" : JSON.stringify(name)}; allowed: ${Object.keys(commands).join(", ")}; \`npm run client -- --help\` explains them`,
    );
  if (others.length > 0)
    throw new UsageError(`${name}: got ${JSON.stringify(others[0])} after the client; write one client_id`);
  const allowed: readonly OptionName[] = [...commands[name], ...common];
  const strange = [...texts.keys(), ...flags].find((option) => !allowed.includes(option));
  if (strange !== undefined)
    throw new UsageError(
      `--${strange}: not an option of ${name}; allowed: ${allowed.map((option) => `--${option}`).join(", ")}`,
    );
  const options = commonOf(texts);
  if (name === "list" || name === "prune")
    return { kind: name, options, ...(clientId === undefined ? {} : { clientId }) };
  if (clientId === undefined)
    throw new UsageError(`${name}: got no client_id; write npm run client -- ${name} <client_id>`);
  if (name === "revoke") {
    const serial = texts.get("serial");
    if (serial !== undefined && flags.has("all"))
      throw new UsageError("--serial and --all exclude each other: name one certificate, or all");
    return {
      kind: name,
      clientId,
      all: flags.has("all"),
      options,
      ...(serial === undefined ? {} : { serial }),
    };
  }
  const csr = texts.get("csr");
  if (csr === undefined)
    throw new UsageError(`${name}: got no --csr; write --csr <file> with the client's request`);
  const out = texts.get("out");
  return {
    kind: name,
    clientId,
    csr,
    force: flags.has("force"),
    options,
    ...(out === undefined ? {} : { out }),
  };
}

function commonOf(texts: ReadonlyMap<OptionName, string>): CommonOptions {
  const stack = texts.get("stack") ?? DEFAULT_STACK;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stack))
    throw new UsageError(
      `--stack: got ${JSON.stringify(stack)}; allowed: a stack's plain name; write --stack ${DEFAULT_STACK}`,
    );
  const color = texts.get("color") ?? "auto";
  if (color !== "always" && color !== "never" && color !== "auto")
    throw new UsageError(`--color: got ${JSON.stringify(color)}; allowed: always, never, auto`);
  const configFile = texts.get("config-file");
  const cwd = texts.get("cwd");
  return {
    stack,
    color,
    ...(configFile === undefined ? {} : { configFile }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

function parseWords(argv: readonly string[]) {
  // Not strict: the parser's own messages run over several sentences and differ between versions of Node.
  const { tokens } = parseArgs({ args: [...argv], options: definitions, strict: false, tokens: true });
  const texts = new Map<OptionName, string>();
  const flags = new Set<OptionName>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (!isOption(token.name))
      throw new UsageError(
        `unknown option ${token.rawName}; allowed: ${Object.keys(definitions)
          .map((name) => `--${name}`)
          .join(", ")}; \`npm run client -- --help\` explains them`,
      );
    if (definitions[token.name].type === "boolean") {
      if (token.value !== undefined)
        throw new UsageError(
          `${token.rawName} takes no value, got ${JSON.stringify(token.value)}; write ${token.rawName} alone`,
        );
      flags.add(token.name);
      continue;
    }
    const missing =
      token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("-"));
    if (token.value === undefined || missing)
      throw new UsageError(
        `${token.rawName} needs a value, got ${token.value || "nothing"}; write ${token.rawName} <value>`,
      );
    texts.set(token.name, token.value);
  }
  return { texts, flags, words };
}
