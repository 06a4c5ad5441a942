import { availableParallelism } from "node:os";
import { UsageError } from "../usageError";
import { DEFAULT_STACK, readWords, stackOptions, type StackOptions, type Words } from "../words";

export interface RunOptions extends StackOptions {
  readonly port: number;
  readonly firewall: boolean;
  /** Requests that the functions are given at a time. */
  readonly atOnce: number;
  readonly quiet: boolean;
}

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "run"; readonly options: RunOptions }
  /** For the one that runs: what it would be told at its terminal. */
  | { readonly kind: "control"; readonly words: readonly string[]; readonly port: number | undefined };

export const DEFAULT_PORT = 8443;
/**
 * An instance is a process here, and a request keeps two of them busy: more than these would do nothing but start.
 * Enough that a few agents that never answer leave the others their share.
 */
export const DEFAULT_AT_ONCE = Math.max(16, 8 * availableParallelism());
const MAX_AT_ONCE = 300;

/** What can be said to a running one: at its terminal, or after `npm run local --`. */
export const controlHelp = `  agents                    what the stub agents did, and how they behave
  agent <id>|all [--latency <ms>[-<ms>]] [--fail <percent>] [--how <kind>] [--heal] [--reset]
                            from now on, that agent answers later, or fails in that share of the requests, by
                            status (answers 500, does nothing; the default), lost (does it, breaks the connection),
                            outage (breaks every connection), silence (never answers) or garbage (no JSON);
                            --heal makes it well, --reset forgets its counts and idempotency keys
  instances                 which function instances run
  kill [function] [count]   ends instances in the middle of what they do; all of them by default
`;

export const help = `Runs staging's data plane on this machine: an AWS emulator with the functions, tables, keys and plans of
the preview, behind a front door with mutual TLS and the firewall, and stub agents behind it.
Ctrl-C ends it and leaves nothing behind. Needs Python 3.10 or later the first time, and pip's package index.

Usage: npm run local -- [options]
       npm run local -- agents | agent … | instances | kill …      (to the one that runs; also at its terminal)

  -p, --port <number>       where it listens, on 127.0.0.1; 0: any free port; default ${DEFAULT_PORT}
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --no-firewall         let everything past the firewall
      --at-once <number>    requests that the functions get at a time, the others wait; default by processors
  -q, --quiet               say nothing about each request
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

${controlHelp}
Exit status: 0 it was ended; 1 it broke down; 2 the command line, the settings, the program or Python are wrong.
`;

const definitions = {
  port: { type: "string", short: "p" },
  stack: { type: "string", short: "s" },
  "config-file": { type: "string" },
  "no-firewall": { type: "boolean" },
  "at-once": { type: "string" },
  quiet: { type: "boolean", short: "q" },
  color: { type: "string" },
  cwd: { type: "string", short: "C" },
  help: { type: "boolean", short: "h" },
} as const;
const controls = ["agents", "agent", "instances", "kill"];

/** @throws UsageError for an option that does not exist, or a value that is missing or wrong */
export function parseCommand(argv: readonly string[]): Command {
  const control = argv.findIndex((word) => controls.includes(word));
  if (control !== -1) {
    const before = parseOptions(argv.slice(0, control));
    return {
      kind: "control",
      words: argv.slice(control),
      port: before.texts.has("port") ? portOf(before) : undefined,
    };
  }
  const parsed = parseOptions(argv);
  if (parsed.flags.has("help")) return { kind: "help" };
  const { texts, flags } = parsed;
  return {
    kind: "run",
    options: {
      ...stackOptions(texts),
      port: portOf(parsed),
      firewall: !flags.has("no-firewall"),
      atOnce: atOnceOf(parsed),
      quiet: flags.has("quiet"),
    },
  };
}

type Parsed = Words<keyof typeof definitions>;

function portOf({ texts }: Parsed): number {
  const text = texts.get("port") ?? String(DEFAULT_PORT);
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(
      `--port: got ${JSON.stringify(text)}; allowed: 0 to 65535; write --port ${DEFAULT_PORT}`,
    );
  return port;
}

function atOnceOf({ texts }: Parsed): number {
  const text = texts.get("at-once") ?? String(DEFAULT_AT_ONCE);
  const atOnce = Number(text);
  if (!/^\d{1,3}$/.test(text) || atOnce < 1 || atOnce > MAX_AT_ONCE)
    throw new UsageError(
      `--at-once: got ${JSON.stringify(text)}; allowed: 1 to ${MAX_AT_ONCE}; write --at-once ${DEFAULT_AT_ONCE}`,
    );
  return atOnce;
}

function parseOptions(argv: readonly string[]): Parsed {
  const parsed = readWords(argv, definitions, unexpected);
  const [word] = parsed.words;
  if (word !== undefined) throw new UsageError(unexpected(`argument ${JSON.stringify(word)}`));
  return parsed;
}

const unexpected = (what: string): string =>
  `unknown ${what}; allowed: ${[...Object.keys(definitions).map((name) => `--${name}`), ...controls].join(", ")}; \`npm run local -- --help\` explains them`;
