import { canonicalBytes, readCanonical } from "../evidence/record/canonical";
import { openEnvelope, sha256, type Envelope } from "../evidence/record/envelope";
import { readFolder, type FoundFile } from "../shared/readFolder";
import {
  LETTER_PAYLOAD_TYPE,
  letterSchema,
  LONGEST_LIFE_DAYS,
  PHASES,
  type Letter,
  type Phase,
} from "./letter.schema";
import { ReleaseError } from "./problem";
import { STAGING } from "./stackFacts";

/** Letters as files of `stacks/<stack>/letters/`: how they are called, and what is in them. Nothing here judges who signed. */
export const LETTERS_FOLDER = "letters";

/** A letter of 20 conditions and 200 resources is a tenth of it. */
export const MAX_LETTER_BYTES = 1024 * 1024;
const DAY_MS = 86_400_000;

/** What people read; the payload that nobody has signed yet; the payload with its signatures. */
const ENDINGS = { text: ".md", draft: ".json", envelope: ".dsse.json" } as const;
export type LetterPart = keyof typeof ENDINGS;

export const letterFile = (phase: Phase, number: number, part: LetterPart): string =>
  `${phase}-${String(number).padStart(3, "0")}${ENDINGS[part]}`;

export interface LetterPlace {
  readonly phase: Phase;
  readonly number: number;
  readonly part: LetterPart;
}

const NAME = /^(fase-[ab])-(\d{3})(\.md|\.json|\.dsse\.json)$/;

export function parseLetterFile(path: string): LetterPlace | undefined {
  const [, name, digits, ending] = NAME.exec(path) ?? [];
  const phase = PHASES.find((one) => one === name);
  const part = (Object.keys(ENDINGS) as LetterPart[]).find((one) => ENDINGS[one] === ending);
  const number = Number(digits);
  return phase === undefined || part === undefined || number < 1 ? undefined : { phase, number, part };
}

/**
 * @param folder `stacks/<stack>`
 * @throws ReleaseError for a link, or what cannot be read
 */
export const readLetters = (folder: string): readonly FoundFile[] =>
  readFolder(`${folder}/${LETTERS_FOLDER}`, {
    maxFiles: 6_000,
    maxBytes: MAX_LETTER_BYTES,
    // A folder with a letter's name would hide one, and be of no account itself.
    folders: false,
    refuse: (what, got) =>
      new ReleaseError({
        what,
        got,
        allowed: "letters and their envelopes: plain files that can be read",
        fix: "git status says what was not there before",
      }),
  });

/**
 * The bytes that are signed.
 *
 * @throws ZodError, or a TypeError, for what is no letter
 */
export function writePayload(letter: Letter): Buffer {
  const parsed = letterSchema.parse(letter);
  const why = incoherence(parsed);
  if (why !== undefined) throw new TypeError(why);
  return canonicalBytes(parsed);
}

/** @returns why it is none, as a text, where it is none */
export function readPayload(bytes: Uint8Array): Letter | string {
  const read = readCanonical(bytes);
  if (!read) return "what is signed is no JSON in canonical form (RFC 8785)";
  const result = letterSchema.safeParse(read.value);
  if (!result.success)
    return `what is signed is no letter: ${result.error.issues[0]?.path.join(".") || "its form"} is not as it should be`;
  return incoherence(result.data) ?? result.data;
}

/** What of a letter does not go together with the rest of it. */
export function incoherence(letter: Letter): string | undefined {
  const { phase, number, previous, stack, decision, conditions, unprotect, informe } = letter;
  const wanted = phase === "fase-a" ? "Informe A" : "Informe B";
  if (informe.name !== wanted) return `it rests on the ${informe.name}, and ${phase} on the ${wanted}`;
  if ((phase === "fase-a") !== (stack === STAGING.stack))
    return `it is of ${phase} and the stack ${stack}; fase-a is of ${STAGING.stack}, fase-b of any other`;
  if (number > 1 !== (previous !== undefined))
    return "every letter but the first of its phase names the one before it, and the first none";
  if ((decision === "GO condicional") !== conditions.length > 0)
    return `it says ${decision} with ${conditions.length} conditions; GO condicional has at least one, others none`;
  if (decision === "NO-GO" && unprotect.length > 0) return "it says NO-GO, and names what may be unprotected";
  const numbers = conditions.map(({ id }) => Number(id.slice(1)));
  if (!ascends(numbers)) return "its conditions are not in their order, each once";
  if (!ascends(unprotect)) return "what may be unprotected is not in its order, each once";
  const [issued, starts, expires] = [letter.issuedAt, letter.startsAt, letter.expiresAt].map(Date.parse) as [
    number,
    number,
    number,
  ];
  if (issued > starts || starts >= expires) return "it is not issued, then starts, then expires";
  if (expires > issued + LONGEST_LIFE_DAYS[phase] * DAY_MS)
    return `it lives longer than the ${LONGEST_LIFE_DAYS[phase]} days of ${phase}`;
  return undefined;
}

/** Strictly; texts by their UTF-16 units. */
const ascends = <T extends string | number>(values: readonly T[]): boolean =>
  values.every((value, at) => at === 0 || (values[at - 1] as T) < value);

/** A letter in its envelope, of which no signature is believed yet. */
export interface OpenLetter {
  readonly envelope: Envelope;
  readonly letter: Letter;
  /** By which the next one names it. */
  readonly payloadSha256: string;
}

/** @returns why it is none, as a text, where it is none */
export function openLetter(bytes: Uint8Array): OpenLetter | string {
  if (bytes.length > MAX_LETTER_BYTES) return `more than ${MAX_LETTER_BYTES} bytes`;
  const envelope = openEnvelope(bytes);
  if (typeof envelope === "string") return envelope;
  if (envelope.payloadType !== LETTER_PAYLOAD_TYPE)
    return `what is signed is ${envelope.payloadType}, not ${LETTER_PAYLOAD_TYPE}`;
  const letter = readPayload(envelope.payload);
  return typeof letter === "string" ? letter : { envelope, letter, payloadSha256: sha256(envelope.payload) };
}
