import type { FoundFile } from "../shared/readFolder";
import { LETTERS_FOLDER, openLetter, parseLetterFile, type LetterPlace, type OpenLetter } from "./letter";
import type { Letter, Phase } from "./letter.schema";
import { AS_SIGNED, LetterRefused } from "./refused";

export type PlacedFile = LetterPlace & FoundFile;

export const lettersPath = (stack: string, name = ""): string =>
  `stacks/${stack}/${LETTERS_FOLDER}${name && `/${name}`}`;

/**
 * The files of `letters/` by what their names say.
 *
 * @throws LetterRefused for another name: it could be of the letter that takes back the one that counts
 */
export const placed = (files: readonly FoundFile[], stack: string): readonly PlacedFile[] =>
  files.map((file) => {
    const place = parseLetterFile(file.path);
    if (place) return { ...place, ...file };
    throw new LetterRefused(
      lettersPath(stack, file.path),
      "its name",
      JSON.stringify(file.path),
      "<phase>-<number>.md, .json or .dsse.json",
      "take it away, or give it its letter's name",
      true,
    );
  });

/**
 * A phase's letters in their envelopes, from the first on, each behind the one that it names. No signature of them is believed yet.
 *
 * @throws LetterRefused where one is missing, is none, or lies in another's place
 */
export function chainOf(files: readonly FoundFile[], stack: string, phase: Phase): readonly OpenLetter[] {
  const chain: OpenLetter[] = [];
  const envelopes = placed(files, stack)
    .filter((file) => file.part === "envelope" && file.phase === phase)
    .sort((one, other) => one.number - other.number);
  for (const { number, path, bytes } of envelopes) {
    const where = lettersPath(stack, path);
    if (number !== chain.length + 1)
      throw new LetterRefused(
        where,
        "its number",
        String(number),
        `${chain.length + 1}, as letters of a phase count without a gap`,
        "bring back the letter that is missing: git log says who took it away",
      );
    const open = openLetter(bytes);
    if (typeof open === "string")
      throw new LetterRefused(where, "what it is", open, "a letter in its signed envelope", AS_SIGNED, true);
    checkPlace(open.letter, { stack, phase, number, previous: chain.at(-1)?.payloadSha256 }, where);
    chain.push(open);
  }
  return chain;
}

/** @throws LetterRefused for a letter that is not the one that it is kept as */
export function checkPlace(
  letter: Letter,
  wanted: {
    readonly stack: string;
    readonly phase: Phase;
    readonly number: number;
    readonly previous: string | undefined;
  },
  where: string,
): void {
  const { stack, phase, number, previous } = wanted;
  if (letter.phase !== phase || letter.number !== number || letter.stack !== stack)
    throw new LetterRefused(
      where,
      "whose letter it is",
      `${letter.phase} number ${letter.number} of ${letter.stack}`,
      `${phase} number ${number} of ${stack}, as it lies here`,
      "lay it where it belongs, or take it away",
    );
  if (letter.previous !== previous)
    throw new LetterRefused(
      where,
      "the letter before it",
      letter.previous ?? "none",
      previous ?? "none",
      AS_SIGNED,
    );
}
