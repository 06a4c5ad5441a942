import {
  verifyEvidence,
  type Piece,
  type Verification,
  type VerifyInput,
} from "../../infra/evidence/record/verify";

/** What a number is of; nothing where it is a count of things. */
export type Unit = "ms" | "%" | "";

/**
 * A number that was measured. Its class is not exported: outside of this file nobody can make one, and a private field keeps an object of
 * the same shape from passing for one. So whatever is printed as measured stands in a signed piece of evidence that is believed.
 */
class MeasuredFigure {
  readonly #piece: Piece;
  constructor(
    readonly value: number,
    readonly unit: Unit,
    piece: Piece,
  ) {
    this.#piece = piece;
  }
  /** Where it stands. */
  get piece(): Piece {
    return this.#piece;
  }
}
export type Figure = MeasuredFigure;

export const isFigure = (value: unknown): value is Figure => value instanceof MeasuredFigure;

/** Evidence that was judged here, by its bytes and the collectors' keys; the one place where a {@link Figure} comes from. */
export class Believed {
  /** All that gives figures, by path: what breaks its clause's chain was signed, and yet may say what nobody measured. */
  readonly pieces: readonly Piece[];
  readonly #pieces: ReadonlySet<Piece>;
  readonly #input: VerifyInput;

  private constructor(
    readonly verification: Verification,
    input: VerifyInput,
  ) {
    const refused = new Set(verification.refusals.map(({ what }) => what));
    this.pieces = verification.pieces.filter(({ path }) => !refused.has(path));
    this.#pieces = new Set(this.pieces);
    this.#input = input;
  }

  /** There is no other way to one: what is believed is judged, never handed over. */
  static of(input: VerifyInput): Believed {
    return new Believed(verifyEvidence(input), input);
  }

  /** Why a piece's figures say nothing of this source at this time; nothing where they do. */
  unfit(piece: Piece): "refused" | "source" | "age" | undefined {
    if (!this.#pieces.has(piece)) return "refused";
    const { statement, collectedAtMs } = piece;
    const { sourceDigest, nowMs, atMs = nowMs, demands } = this.#input;
    if (statement.sourceDigest !== sourceDigest) return "source";
    return atMs - collectedAtMs > demands.maximumAgeHours * 3_600_000 ? "age" : undefined;
  }

  /**
   * A number that stands in what was signed, at that place.
   *
   * @returns undefined where there is none, or the piece is none of these
   */
  at(piece: Piece, path: readonly string[], unit: Unit = ""): Figure | undefined {
    const value = this.#read(piece, path);
    return typeof value === "number" ? new MeasuredFigure(value, unit, piece) : undefined;
  }

  /**
   * How many of a list that was signed are so.
   *
   * @returns undefined where there is no list
   */
  count<T>(
    piece: Piece,
    path: readonly string[],
    isOne: (one: T) => boolean = () => true,
  ): Figure | undefined {
    const list = this.#read(piece, path);
    return Array.isArray(list)
      ? new MeasuredFigure((list as readonly T[]).filter(isOne).length, "", piece)
      : undefined;
  }

  /** The sum of what stands under one name in a list that was signed. */
  sum(piece: Piece, path: readonly string[], name: string): Figure | undefined {
    const list = this.#read(piece, path);
    if (!Array.isArray(list)) return undefined;
    const values = (list as readonly Readonly<Record<string, unknown>>[]).map((one) => one[name]);
    return values.every((value) => typeof value === "number")
      ? new MeasuredFigure(
          values.reduce((sum, value) => sum + value, 0),
          "",
          piece,
        )
      : undefined;
  }

  #read(piece: Piece, path: readonly string[]): unknown {
    if (!this.#pieces.has(piece)) return undefined;
    let value: unknown = piece.statement.predicate;
    for (const name of path) {
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[name];
    }
    return value;
  }
}
