import { resolve } from "node:path";
import {
  DEFAULT_STACK,
  readDigest,
  readInstant,
  readOptions,
  stackDefinitions,
  stackOptions,
  type StackOptions,
} from "../words";

export interface AuditOptions extends StackOptions {
  /** False where the stack's name is the default: then a state's own counts. */
  readonly stackNamed: boolean;
  readonly file?: string;
  readonly record?: string;
  readonly source?: string;
  readonly atMs?: number;
  readonly out?: string;
  readonly check: boolean;
  readonly json: boolean;
}

export const help = `Runs the policy pack on a stack and says, clause by clause, what holds: one page for people, one JSON for tools.

Usage: npm run audit [-- --file <state>] [--at <instant>] [--record <folder>] [--source <sha256>] [--out <folder>] [--check] [--json]

Without --file it judges what the program would register, by a preview; with it a state that was exported. It needs neither account nor
pulumi, and asks nobody.

      --file <state>        a state, as pulumi stack export --file <state> writes it; what is encrypted in it stays unknown
      --at <instant>        as of then, e.g. 2026-11-26T12:00:00Z; default now
      --record <folder>     which has letters, keys and evidence in its stacks/<stack>/; default the project's folder
      --source <sha256>     the digest of the source that the stack was deployed from; default this checkout's
      --out <folder>        where index.html and audit.json go; default stacks/<stack>/audit
      --check               write nothing
  -j, --json                print the JSON
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}, of a state its own
      --config-file <file>  the stack's configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

The same inputs and instant give the same bytes.

Exit status:
  0  no mandatory policy is violated
  1  one is
  2  the command line, the state, the settings or a key file is wrong, or a fault of ours; then nothing is written
`;

const definitions = {
  file: { type: "string" },
  at: { type: "string" },
  record: { type: "string" },
  source: { type: "string" },
  out: { type: "string" },
  check: { type: "boolean" },
  json: { type: "boolean", short: "j" },
  ...stackDefinitions,
} as const;

/**
 * @returns undefined where help is asked for
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): AuditOptions | undefined {
  const read = readOptions(argv, definitions, "audit");
  if (read === undefined) return undefined;
  const { texts, flags } = read;
  const [file, record, source, out, at] = (["file", "record", "source", "out", "at"] as const).map((name) =>
    texts.get(name),
  );
  return {
    ...stackOptions(texts),
    stackNamed: texts.has("stack"),
    check: flags.has("check"),
    json: flags.has("json"),
    ...(file === undefined ? {} : { file }),
    ...(record === undefined ? {} : { record }),
    ...(source === undefined ? {} : { source: readDigest("--source", source) }),
    ...(out === undefined ? {} : { out }),
    ...(at === undefined ? {} : { atMs: readInstant("--at", at) }),
  };
}

/** Where paths on the command line begin. */
export const startedIn = (options: Pick<AuditOptions, "cwd">, cwd: string): string =>
  options.cwd === undefined ? cwd : resolve(cwd, options.cwd);
