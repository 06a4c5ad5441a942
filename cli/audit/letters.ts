import type { KickOff, LetterRow } from "./model";

/** What no letter says. */
const NO_FASE_A = "there is no valid Carta GO Fase A";

/** What was signed, of both phases. Without a valid letter nothing has begun and nothing is released. */
export function lettersOf(): { readonly kickOff: KickOff; readonly letters: readonly LetterRow[] } {
  return {
    kickOff: { set: false, because: NO_FASE_A },
    letters: [
      { phase: "fase-a", title: "Carta GO Fase A", valid: false, says: NO_FASE_A },
      { phase: "fase-b", title: "Carta GO Fase B", valid: false, says: "there is no valid Carta GO Fase B" },
    ],
  };
}
