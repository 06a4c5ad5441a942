import { UsageError } from "../usageError";
import { DEFAULT_STACK, readWords, stackOptions, type StackOptions, stackDefinitions } from "../words";

export type Command =
  | { readonly kind: "help" }
  | {
      readonly kind: "enroll" | "renew";
      readonly clientId: string;
      readonly csr: string;
      readonly out?: string;
      readonly force: boolean;
      readonly options: StackOptions;
    }
  | {
      readonly kind: "revoke";
      readonly clientId: string;
      readonly serial?: string;
      readonly all: boolean;
      readonly options: StackOptions;
    }
  | { readonly kind: "list" | "prune"; readonly clientId?: string; readonly options: StackOptions };

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
stacks/<stack>/certificates.json: commit it. The prober's and the scans' certificates are issued by
rotate-prober-certificates and rotate-scanner-certificate alone; list, revoke and prune know them too.

Exit status:
  0  done
  1  refused, and said why: a client that is unknown, the prober's or the scans', a request that can't be read or is not allowed,
     a file in the way, the ledger, the authority, or AWS
  2  the command line or the settings are wrong, or the command itself is at fault
`;

const definitions = {
  csr: { type: "string" },
  out: { type: "string" },
  force: { type: "boolean" },
  serial: { type: "string" },
  all: { type: "boolean" },
  ...stackDefinitions,
} as const;
type OptionName = keyof typeof definitions;

const common = Object.keys(stackDefinitions) as (keyof typeof stackDefinitions)[];
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
  const { texts, flags, words } = readWords(argv, definitions, unexpected);
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
  const options = stackOptions(texts);
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

const unexpected = (what: string): string =>
  `unknown ${what}; allowed: ${Object.keys(definitions)
    .map((name) => `--${name}`)
    .join(", ")}; \`npm run client -- --help\` explains them`;
