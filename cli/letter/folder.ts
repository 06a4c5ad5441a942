import { readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { chainOf, checkPlace, lettersPath, placed } from "../../infra/release/chain";
import {
  letterFile,
  LETTERS_FOLDER,
  MAX_LETTER_BYTES,
  openLetter,
  readLetters,
  readPayload,
  type OpenLetter,
} from "../../infra/release/letter";
import { LETTER_PAYLOAD_TYPE, type Phase } from "../../infra/release/letter.schema";
import { readCollectors } from "../../infra/evidence/record/collectorKeys";
import { sha256 } from "../../infra/evidence/record/envelope";
import { AS_SIGNED, DRAFT_ANOTHER, LetterRefused } from "../../infra/release/refused";
import { ReleaseError } from "../../infra/release/problem";
import { readRoles } from "../../infra/release/roleKeys";
import { STAGING } from "../../infra/release/stackFacts";
import { TRUSTED_ROLES, trustedOf } from "../../infra/release/trustedRoles";
import type { FoundFile } from "../../infra/shared/readFolder";
import { findPaths } from "../preview/paths";
import type { StackOptions } from "../words";
import { codeOf, writeWhole } from "../wholeFile";
import type { Surroundings } from "./command";
import { LetterError } from "./letterError";

/** A stack's letters of its phase, and the list of who signs them, as they lie there. */
export interface Letters {
  readonly projectDir: string;
  readonly stack: string;
  readonly phase: Phase;
  readonly files: readonly FoundFile[];
  /** From where the command's own paths count. */
  readonly from: string;
  readonly roles: Buffer;
  /** SHA-256 of the list whose keys count; absent where nobody has entered one. */
  readonly trustedRoles: string | undefined;
  /** Staging's list of whose evidence counts. */
  readonly collectors: Buffer;
}

export const startedIn = ({ cwd }: StackOptions, here: string): string =>
  cwd === undefined ? here : resolve(here, cwd);

/** @throws UsageError or ReleaseError for what is not there or cannot be read */
export function readStackLetters(
  { options, phase }: { readonly options: StackOptions; readonly phase: Phase },
  { cwd: here, trustedRoles = TRUSTED_ROLES }: Pick<Surroundings, "cwd" | "trustedRoles">,
): Letters {
  const from = startedIn(options, here);
  // Without its settings a stack has no source that a letter could release.
  const { projectDir } = findPaths(options, here);
  const folder = join(projectDir, "stacks", options.stack);
  return {
    projectDir,
    stack: options.stack,
    phase,
    files: readLetters(folder),
    from,
    roles: readRoles(folder),
    trustedRoles: trustedOf(trustedRoles, options.stack),
    collectors: readCollectors(join(projectDir, "stacks", STAGING.stack)),
  };
}

/** A letter that has its place in the chain, signed by some or by nobody yet. */
export interface Current extends OpenLetter {
  /** As messages name it. */
  readonly where: string;
}

/**
 * The letter of a number, by default the newest, be it a draft or have it signatures. Where both are there, the draft is what was signed.
 *
 * @throws LetterRefused where there is none, or what lies there is none
 */
export function findLetter(letters: Letters, asked?: number): Current {
  const { files, stack, phase } = letters;
  const own = placed(files, stack).filter((file) => file.phase === phase && file.part !== "text");
  const number = asked ?? Math.max(0, ...own.map((file) => file.number));
  const at = own.filter((file) => file.number === number);
  const envelope = at.find(({ part }) => part === "envelope");
  const draft = at.find(({ part }) => part === "draft");
  const chain = chainOf(files, stack, phase);
  if (envelope) {
    const open = chain[number - 1];
    const where = lettersPath(stack, envelope.path);
    if (!open) throw new Error(`no letter ${number} in a chain of ${chain.length}`);
    if (draft && !open.envelope.payload.equals(draft.bytes))
      throw new LetterRefused(
        lettersPath(stack, draft.path),
        "the draft",
        "another than was signed",
        "none beside its envelope",
        "remove the draft: what was signed is in the envelope",
      );
    return { ...open, where };
  }
  if (!draft)
    throw new LetterRefused(
      lettersPath(stack),
      `letters of ${phase}`,
      number > 0 && asked !== undefined ? `none of the number ${number}` : "none",
      "a draft, or one with signatures",
      number > 0 && asked !== undefined ? "leave --number out for the newest" : DRAFT_ANOTHER,
    );
  const where = lettersPath(stack, draft.path);
  const letter = readPayload(draft.bytes);
  if (typeof letter === "string")
    throw new LetterRefused(where, "what it is", letter, "a letter's draft", DRAFT_ANOTHER, true);
  if (number !== chain.length + 1)
    throw new LetterRefused(where, "its number", String(number), `${chain.length + 1}, the next`, AS_SIGNED);
  checkPlace(letter, { stack, phase, number, previous: chain.at(-1)?.payloadSha256 }, where);
  const payload = Buffer.from(draft.bytes);
  return {
    letter,
    payloadSha256: sha256(payload),
    envelope: { payloadType: LETTER_PAYLOAD_TYPE, payload, signatures: [] },
    where,
  };
}

/**
 * A letter's envelope that lies elsewhere.
 *
 * @param shownPath as the person wrote it, for messages
 */
export function readEnvelopeFile(path: string, shownPath: string): OpenLetter {
  const refuse = (got: string): ReleaseError =>
    new ReleaseError({
      what: `--from ${shownPath}`,
      got,
      allowed: "a letter in its signed envelope (.dsse.json)",
      fix: "name the one that was signed elsewhere",
    });
  let bytes: Buffer;
  try {
    if (statSync(path).size > MAX_LETTER_BYTES) throw refuse(`more than ${MAX_LETTER_BYTES} bytes`);
    bytes = readFileSync(path);
  } catch (error) {
    throw error instanceof ReleaseError ? error : refuse(codeOf(error));
  }
  const open = openLetter(bytes);
  if (typeof open === "string") throw refuse(open);
  return open;
}

const pathOf = ({ projectDir, stack }: Letters, name: string): string =>
  join(projectDir, "stacks", stack, LETTERS_FOLDER, name);

/** The text and the draft, both or neither; never over others. */
export function writeDraft(letters: Letters, number: number, text: string, payload: Uint8Array): void {
  const { stack, phase } = letters;
  const write = (name: string, bytes: Uint8Array): void =>
    writeWhole(pathOf(letters, name), bytes, {
      refuse: (got) =>
        new LetterError({
          what: lettersPath(stack, name),
          got,
          allowed: "a place without one, in a folder that can be written to",
          fix: "sign the draft that is there, or remove its .md and .json",
        }),
    });
  const readable = letterFile(phase, number, "text");
  write(readable, Buffer.from(text));
  try {
    write(letterFile(phase, number, "draft"), payload);
  } catch (error) {
    rmSync(pathOf(letters, readable), { force: true });
    throw error;
  }
}

/** The envelope in the place of the draft, or of itself with fewer signatures. */
export function writeSigned(letters: Letters, number: number, bytes: Uint8Array): string {
  const { stack, phase } = letters;
  const name = letterFile(phase, number, "envelope");
  const where = lettersPath(stack, name);
  writeWhole(pathOf(letters, name), bytes, {
    over: true,
    refuse: (got) =>
      new LetterError({
        what: where,
        got,
        allowed: "a folder that can be written to",
        fix: "get the right to write in it",
      }),
  });
  rmSync(pathOf(letters, letterFile(phase, number, "draft")), { force: true });
  return where;
}
