import {
  EVIDENCE_CLAUSES,
  isEvidenceClause,
  type EvidenceClause,
} from "../../infra/evidence/record/requirements";
import { UsageError } from "../usageError";
import {
  DEFAULT_STACK,
  readInstant,
  readCommand,
  stackDefinitions,
  stackOptions,
  type StackOptions,
} from "../words";

export type Command =
  | { readonly kind: "help" }
  | {
      readonly kind: "collect";
      readonly clauses: readonly EvidenceClause[];
      readonly key: string;
      readonly baseline: boolean;
      readonly local: boolean;
      readonly out?: string;
      readonly prometheus?: string;
      readonly options: StackOptions;
    }
  | {
      readonly kind: "verify";
      readonly clauses: readonly EvidenceClause[];
      readonly from?: string;
      readonly at?: number;
      readonly expected: readonly string[];
      readonly json: boolean;
      readonly options: StackOptions;
    }
  | { readonly kind: "list"; readonly from?: string; readonly options: StackOptions }
  | { readonly kind: "keygen"; readonly out: string; readonly name: string; readonly options: StackOptions };

export const help = `Collects what shows that the clauses hold, signs it, and judges a copy of what was collected.

Usage: npm run evidence -- collect <clause>|all --key <file> [--baseline] [--local] [--out <folder>]
       npm run evidence -- verify [--from <folder>] [--clause <clause>] [--at <instant>] [--expect <digests>] [--json]
       npm run evidence -- list   [--from <folder>]
       npm run evidence -- keygen --out <file> [--name <role>]

  collect   gets a clause's measure from where it is, signs it, keeps it here and in the bucket
  verify    judges a copy by the collectors' keys and this source; it asks nobody
  list      what a copy has, by clause
  keygen    a collector's key, and the entry for stacks/<stack>/collectors.json

      --key <file>          the collector's private key (PEM, readable by its owner alone)
      --baseline            keep the measure as the one of before too (B8.1, B8.2); once
      --local               keep it here only: nothing is put into the bucket
      --prometheus <url>    p95 and errors from there instead of CloudWatch
      --out <folder|file>   where evidence is kept here, default stacks/<stack>/evidence; of keygen the key's file
      --from <folder>       the copy, default stacks/<stack>/evidence
      --clause <clause>     one of ${EVIDENCE_CLAUSES.join(", ")}; default all
      --at <instant>        as of then, e.g. 2026-11-26T12:00:00Z; default now
      --expect <digests>    SHA-256 digests that were announced and must be there, by commas
      --name <role>         whose key it is; default evidence-collector
      --json                the whole result, for machines
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Credentials and region are found as AWS's own tools find them.

Exit status: 0 done, or every clause is met; 1 a clause is not met or not known, a file is refused, or something stands against it and
it says what; 2 the command line or the settings are wrong, what is named cannot be read, or a fault of ours.
`;

const definitions = {
  key: { type: "string" },
  baseline: { type: "boolean" },
  local: { type: "boolean" },
  prometheus: { type: "string" },
  out: { type: "string" },
  from: { type: "string" },
  clause: { type: "string" },
  at: { type: "string" },
  expect: { type: "string" },
  name: { type: "string" },
  json: { type: "boolean" },
  ...stackDefinitions,
} as const;
type OptionName = keyof typeof definitions;

const common = Object.keys(stackDefinitions) as (keyof typeof stackDefinitions)[];
const commands = {
  collect: ["key", "baseline", "local", "prometheus", "out"],
  verify: ["from", "clause", "at", "expect", "json"],
  list: ["from"],
  keygen: ["out", "name"],
} as const satisfies Readonly<Record<string, readonly OptionName[]>>;

/** @throws UsageError for whatever is missing, unknown or does not go together */
export function parseCommand(argv: readonly string[]): Command {
  const read = readCommand(argv, { command: "evidence", definitions, commands, common });
  if (read === undefined) return { kind: "help" };
  const { name, texts, flags, words } = read;
  const [word, ...others] = words;
  const surplus = name === "collect" ? others[0] : word;
  if (surplus !== undefined)
    throw new UsageError(
      `${name}: got ${JSON.stringify(surplus)}; allowed: ${name === "collect" ? "one clause, or all" : "options only"}; fix: leave it out`,
    );
  const options = stackOptions(texts);
  const text = <K extends OptionName, N extends string>(option: K, as: N): { readonly [P in N]?: string } => {
    const value = texts.get(option);
    return (value === undefined ? {} : { [as]: value }) as { readonly [P in N]?: string };
  };
  switch (name) {
    case "collect":
      return {
        kind: name,
        clauses: clausesOf("collect", word),
        key: needed(texts.get("key"), "collect", "--key", "<file>, the collector's private key"),
        baseline: flags.has("baseline"),
        local: flags.has("local"),
        ...text("out", "out"),
        ...text("prometheus", "prometheus"),
        options,
      };
    case "verify": {
      const at = texts.get("at");
      return {
        kind: name,
        clauses: clausesOf("--clause", texts.get("clause") ?? "all"),
        ...text("from", "from"),
        ...(at === undefined ? {} : { at: readInstant("--at", at) }),
        expected: digestsOf(texts.get("expect")),
        json: flags.has("json"),
        options,
      };
    }
    case "list":
      return { kind: name, ...text("from", "from"), options };
    case "keygen": {
      const role = texts.get("name") ?? "evidence-collector";
      if (!/^[a-z][a-z0-9-]{1,63}$/.test(role))
        throw new UsageError(
          `--name: got ${JSON.stringify(role)}; allowed: a role in lower case; fix: --name evidence-collector`,
        );
      return {
        kind: name,
        out: needed(texts.get("out"), "keygen", "--out", "<file>, where the private key goes"),
        name: role,
        options,
      };
    }
  }
}

function needed(value: string | undefined, what: string, option: string, meaning: string): string {
  if (value === undefined)
    throw new UsageError(`${what}: got no ${option}; allowed: ${option} ${meaning}; fix: add it`);
  return value;
}

function clausesOf(what: string, word: string | undefined): readonly EvidenceClause[] {
  if (word === "all") return EVIDENCE_CLAUSES;
  if (word !== undefined && isEvidenceClause(word)) return [word];
  throw new UsageError(
    `${what}: got ${word === undefined ? "no clause" : JSON.stringify(word)}; allowed: ${EVIDENCE_CLAUSES.join(", ")}, all; fix: name one`,
  );
}

function digestsOf(text: string | undefined): readonly string[] {
  const digests = text === undefined ? [] : text.split(",");
  for (const digest of digests)
    if (!/^[0-9a-f]{64}$/.test(digest))
      throw new UsageError(
        `--expect: got ${JSON.stringify(digest)}; allowed: SHA-256 digests in hexadecimal, by commas; fix: copy them from the announcements`,
      );
  return digests;
}
