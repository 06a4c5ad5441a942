/** Why a letter does not hold, in one line: which file, what, got, allowed. */
export class LetterRefused extends Error {
  override readonly name = "LetterRefused";

  /** @param unreadable whether something could not be read at all, which is a person's to mend before anything is judged */
  constructor(
    where: string,
    what: string,
    got: string,
    allowed: string,
    readonly unreadable = false,
  ) {
    // What somebody else wrote may stand in it.
    super(`${where}: ${what}: got ${got}; allowed: ${allowed}`.replace(/[\p{C}\s]+/gu, " "));
  }
}
