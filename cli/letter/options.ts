import {
  DECISIONS,
  LONGEST_LIFE_DAYS,
  PHASES,
  type Decision,
  type Phase,
} from "../../infra/release/letter.schema";
import { HOLDER, isRole, ROLES, type Role } from "../../infra/release/roleKeys";
import { STAGING } from "../../infra/release/stackFacts";
import {
  isEvidenceClause,
  EVIDENCE_CLAUSES,
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

/** A condition as it is asked for: its number follows from its place. */
export interface AskedCondition {
  readonly clause: EvidenceClause;
  readonly evidence: string;
  readonly text: string;
}

interface Common {
  readonly options: StackOptions;
  readonly phase: Phase;
}

export type Command =
  | { readonly kind: "help" }
  | (Common & {
      readonly kind: "draft";
      readonly decision: Decision;
      readonly conditions: readonly AskedCondition[];
      readonly unprotect: readonly string[];
      readonly informe: string;
      readonly startsMs?: number;
      readonly expiresMs?: number;
    })
  | (Common & { readonly kind: "sign"; readonly key: string; readonly yes: boolean })
  | (Common & { readonly kind: "join"; readonly from: string })
  | (Common & { readonly kind: "verify"; readonly atMs?: number; readonly json: boolean })
  | (Common & { readonly kind: "show"; readonly number?: number })
  | {
      readonly kind: "keygen";
      readonly out: string;
      readonly role: Role;
      readonly holder: string;
      readonly options: StackOptions;
    };

export const help = `Writes, signs and judges the Carta GO, the letter that starts the work (Fase A) or releases production (Fase B). Asks no network.

Usage: npm run letter -- keygen --out <file> --role <role> --holder <id>
       npm run letter -- draft  --decision <decision> --informe <file> [--condition <condition>]... [--unprotect <resource>]...
                                [--starts <instant>] [--expires <instant>]
       npm run letter -- sign   --key <file> [--yes]
       npm run letter -- join   --from <file>
       npm run letter -- verify [--at <instant>] [--json]
       npm run letter -- show   [--number <n>]

  keygen    a role's key, and the entry for stacks/<stack>/roles.json
  draft     the next letter, of this source: in Spanish to read, and as what is signed
  sign      shows the letter, and adds the signature of a role's key
  join      adds the signatures of an envelope that was signed elsewhere
  verify    says whether the newest letter holds, for this source and now
  show      prints a letter, and who has signed it

  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --phase <phase>       ${PHASES.join(" or ")}; default fase-a of ${STAGING.stack}, fase-b of any other stack; any other phase is refused
      --decision <decision> ${DECISIONS.map((one) => JSON.stringify(one)).join(", ")}
      --informe <file>      the report on which it decides: Informe A, or Informe B
      --condition <c>       "<clause>=<SHA-256 of its evidence>=<text in Spanish>"; again for each, of "GO condicional" only
      --unprotect <r>       <type>::<name> of a resource that may be unprotected, deleted or replaced; again for each
      --starts <instant>    from when on it holds, e.g. 2026-11-26T12:00:00Z; default now
      --expires <instant>   until when; default ${LONGEST_LIFE_DAYS["fase-a"]} days (Fase A) or ${LONGEST_LIFE_DAYS["fase-b"]} (Fase B) from now, which is the longest
      --key <file>          the role's private key (PEM, readable by its owner alone)
      --yes                 sign what is shown without asking
      --from <file>         the other envelope
      --at <instant>        as of then; default now
      --number <n>          which letter; default the newest
      --json                the result, for machines
      --out <file>          where the private key goes
      --role <role>         ${ROLES.join(", ")}
      --holder <id>         whose key: an opaque id of the person, never a name, the same for all keys of that person
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Exit status: 0 done, or the letter holds; 1 it does not, or something stands against it and it says what; 2 the command line is wrong, a
letter, a key or the list of keys cannot be read, or a fault of ours.
`;

const definitions = {
  phase: { type: "string" },
  decision: { type: "string" },
  condition: { type: "string" },
  unprotect: { type: "string" },
  informe: { type: "string" },
  starts: { type: "string" },
  expires: { type: "string" },
  key: { type: "string" },
  yes: { type: "boolean" },
  from: { type: "string" },
  at: { type: "string" },
  number: { type: "string" },
  json: { type: "boolean" },
  out: { type: "string" },
  role: { type: "string" },
  holder: { type: "string" },
  stack: stackDefinitions.stack,
  color: stackDefinitions.color,
  cwd: stackDefinitions.cwd,
  help: stackDefinitions.help,
} as const;
type OptionName = keyof typeof definitions;

const common = ["stack", "color", "cwd", "help"] as const satisfies readonly OptionName[];
const commands = {
  keygen: ["out", "role", "holder"],
  draft: ["phase", "decision", "informe", "condition", "unprotect", "starts", "expires"],
  sign: ["phase", "key", "yes"],
  join: ["phase", "from"],
  verify: ["phase", "at", "json"],
  show: ["phase", "number"],
} as const satisfies Readonly<Record<string, readonly OptionName[]>>;

/** @throws UsageError for whatever is missing, unknown or does not go together */
export function parseCommand(argv: readonly string[]): Command {
  const read = readCommand(argv, { command: "letter", definitions, commands, common });
  if (read === undefined) return { kind: "help" };
  const { name, texts, lists, flags, words } = read;
  const [surplus] = words;
  if (surplus !== undefined)
    throw new UsageError(
      `${name}: got ${JSON.stringify(surplus)}; allowed: options only; fix: leave it out, or put it between quotes`,
    );
  const options = stackOptions(texts);
  const needed = (option: OptionName, what: string): string => {
    const value = texts.get(option);
    if (value !== undefined) return value;
    throw new UsageError(`${name}: got no --${option}; allowed: --${option} ${what}; fix: write it`);
  };
  const instant = <N extends string>(option: OptionName, as: N): { readonly [P in N]?: number } => {
    const text = texts.get(option);
    return (text === undefined ? {} : { [as]: readInstant(`--${option}`, text) }) as {
      readonly [P in N]?: number;
    };
  };
  if (name === "keygen")
    return {
      kind: name,
      out: needed("out", "<file>, where the private key goes"),
      role: roleOf(needed("role", ROLES.join(", "))),
      holder: holderOf(needed("holder", "<id>, an opaque id of the person")),
      options,
    };
  const phase = phaseOf(texts.get("phase"), options.stack);
  switch (name) {
    case "draft":
      return {
        kind: name,
        phase,
        decision: decisionOf(needed("decision", DECISIONS.map((one) => JSON.stringify(one)).join(", "))),
        conditions: (lists.get("condition") ?? []).map(conditionOf),
        unprotect: lists.get("unprotect") ?? [],
        informe: needed("informe", "<file>, the report on which it decides"),
        ...instant("starts", "startsMs"),
        ...instant("expires", "expiresMs"),
        options,
      };
    case "sign":
      return {
        kind: name,
        phase,
        key: needed("key", "<file>, the role's private key"),
        yes: flags.has("yes"),
        options,
      };
    case "join":
      return { kind: name, phase, from: needed("from", "<file>, the other envelope"), options };
    case "verify":
      return { kind: name, phase, ...instant("at", "atMs"), json: flags.has("json"), options };
    case "show":
      return { kind: name, phase, ...numberOf(texts.get("number")), options };
  }
}

/** A stack has letters of one phase: staging those by which the work starts, any other those that release it. */
function phaseOf(text: string | undefined, stack: string): Phase {
  const own: Phase = stack === STAGING.stack ? "fase-a" : "fase-b";
  if (text === undefined || text === own) return own;
  const isPhase = (PHASES as readonly string[]).includes(text);
  throw new UsageError(
    `--phase: got ${JSON.stringify(text)}; allowed: ${own} of the stack ${stack}; fix: ${isPhase ? (own === "fase-a" ? "name the stack that is released with --stack" : `--stack ${STAGING.stack}`) : "leave it out"}`,
  );
}

function decisionOf(text: string): Decision {
  const decision = DECISIONS.find((one) => one === text);
  if (decision !== undefined) return decision;
  const allowed = DECISIONS.map((one) => JSON.stringify(one)).join(", ");
  throw new UsageError(
    `--decision: got ${JSON.stringify(text)}; allowed: ${allowed}; fix: write one of them`,
  );
}

function conditionOf(text: string): AskedCondition {
  const [, clause = "", evidence = "", words = ""] = /^([^=]*)=([^=]*)=(.*)$/s.exec(text) ?? [];
  const refuse = (got: string, allowed: string): UsageError =>
    new UsageError(
      `--condition: got ${got}; allowed: ${allowed}; fix: --condition "B8.4=<SHA-256 of its evidence>=<texto>"`,
    );
  if (!isEvidenceClause(clause))
    throw refuse(`the clause ${JSON.stringify(clause)}`, EVIDENCE_CLAUSES.join(", "));
  if (!/^[0-9a-f]{64}$/.test(evidence))
    throw refuse(`the evidence ${JSON.stringify(evidence)}`, "a SHA-256 digest in hexadecimal");
  // Stricter than what a letter may hold: nothing that a reader cannot see.
  if (!/^[^\p{C}\p{Zl}\p{Zp}]{10,400}$/u.test(words))
    throw refuse(`a text of ${[...words].length} characters`, "10 to 400 that can be seen, on one line");
  return { clause, evidence, text: words };
}

function numberOf(text: string | undefined): { readonly number?: number } {
  if (text === undefined) return {};
  if (/^[1-9]\d{0,2}$/.test(text)) return { number: Number(text) };
  throw new UsageError(
    `--number: got ${JSON.stringify(text)}; allowed: 1 to 999; fix: write the letter's number`,
  );
}

function roleOf(text: string): Role {
  if (isRole(text)) return text;
  throw new UsageError(
    `--role: got ${JSON.stringify(text)}; allowed: ${ROLES.join(", ")}; fix: write one of them`,
  );
}

function holderOf(text: string): string {
  if (HOLDER.test(text)) return text;
  throw new UsageError(
    `--holder: got ${JSON.stringify(text)}; allowed: an opaque id of 2 to 64 lower-case letters, digits and dashes; fix: --holder person-1`,
  );
}
