/** Why a letter does not hold, in one line: which file, what, got, allowed, and what to do. */
export class LetterRefused extends Error {
  override readonly name = "LetterRefused";

  /** @param unreadable whether something could not be read at all, which is a person's to mend before anything is judged */
  constructor(
    where: string,
    what: string,
    got: string,
    allowed: string,
    fix: string,
    readonly unreadable = false,
  ) {
    // What somebody else wrote may stand in it.
    super(`${where}: ${what}: got ${got}; allowed: ${allowed}; fix: ${fix}`.replace(/[\p{C}\s]+/gu, " "));
  }
}

/** The three have to sign anew what they have to see anew. */
export const DRAFT_ANOTHER = "npm run letter -- draft, and let the three sign that";
/** Somebody has changed a file of a letter, or broken it. */
export const AS_SIGNED =
  "git log says who changed it: bring back the file as it was signed, or draft another letter";
