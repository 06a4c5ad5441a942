/**
 * The pieces of a clause follow each other: one that was taken away is missed by the one after it. The last is followed by none and missed
 * by nobody here; that it was there, only the channel and the locked bucket can say.
 */
import type { Kind, Said } from "./evidenceKinds";
import type { Piece } from "./evidencePiece";

/** So many requests make a figure say anything (B8.1). */
export const leastRequests = 1_000;

/**
 * Why the chain of a clause does not hold at a piece, by its path. Two may follow the same one: collectors that ran at the same time.
 *
 * @param pieces of one clause
 */
export function brokenLinks(pieces: readonly Piece[]): ReadonlyMap<string, string> {
  const broken = new Map<string, string>();
  const byDigest = new Map(pieces.map((piece) => [piece.sha256, piece]));
  const beginnings = pieces.filter(({ said }) => said.previous === undefined);
  for (const { path } of beginnings.sort(byTime).slice(1))
    broken.set(path, "it follows nothing, and is not the first");
  for (const piece of pieces) {
    const { previous } = piece.said;
    const before = previous === undefined ? undefined : byDigest.get(previous);
    if (previous !== undefined && !before) broken.set(piece.path, `what it follows is missing: ${previous}`);
    else if (before && before.collectedAtMs > piece.collectedAtMs)
      broken.set(piece.path, "it was collected before what it follows");
    if (!keepsBaseline(piece, before))
      broken.set(piece.path, "its baseline is another one than was handed on");
  }
  return broken;
}

const byTime = (one: Piece, other: Piece): number =>
  one.collectedAtMs - other.collectedAtMs || (one.path < other.path ? -1 : 1);

type Figure = NonNullable<Said<"metrics">["baseline"]>;

const baselineOf = (piece: Piece | undefined): Figure | undefined =>
  piece?.kind === "metrics" ? piece.said.baseline : undefined;

/** The figure of before the work is a piece's own, once; all that follow hand it on as it is. */
function keepsBaseline(piece: Piece, before: Piece | undefined): boolean {
  const said = baselineOf(piece);
  const handed = baselineOf(before);
  if (handed) return isSame(said, handed);
  if (!said) return true;
  if (piece.kind !== "metrics" || said.samples < leastRequests) return false;
  const { value, samples, window } = piece.said;
  return value !== undefined && isSame(said, { value, samples, window });
}

const isSame = (one: Figure | undefined, other: Figure): boolean =>
  one?.value === other.value &&
  one.samples === other.samples &&
  one.window.from === other.window.from &&
  one.window.to === other.window.to;

/** The one of a kind that counts: the last that no other of its kind follows; of two at one instant always the same. */
export function newest(pieces: readonly Piece[], kind: Kind): Piece | undefined {
  const own = pieces.filter((piece) => piece.kind === kind);
  const followed = new Set(own.map(({ said }) => said.previous));
  const ends = own.filter(({ sha256 }) => !followed.has(sha256));
  return ends.sort((a, b) => a.collectedAtMs - b.collectedAtMs || (a.sha256 < b.sha256 ? -1 : 1)).at(-1);
}
