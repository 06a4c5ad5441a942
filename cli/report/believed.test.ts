import { describe, expect, it } from "vitest";
import { complete, fileOf, inputOf, testKey } from "../../infra/evidence/record/testSupport";
import { Believed, isFigure } from "./believed";

const key = testKey();
const all = Believed.of(inputOf(complete(key), [key]));
const pieceOf = (believed: Believed, clause: string) => {
  const found = believed.verification.pieces.find((piece) => piece.clause === clause);
  if (!found) throw new Error(`no piece of ${clause}`);
  return found;
};

describe("a figure", () => {
  it("is a number that stands in what was signed, and knows where", () => {
    const piece = pieceOf(all, "B8.1");
    const figure = all.at(piece, ["value"], "ms");
    expect(figure).toMatchObject({ value: 650, unit: "ms" });
    expect(figure?.piece).toBe(piece);
    expect(all.at(pieceOf(all, "B8.6"), ["figures", "keys"])?.value).toBe(200);
  });

  it("is not there where what was signed has no number at that place", () => {
    const piece = pieceOf(all, "B8.1");
    for (const path of [["valor"], ["window", "from"], ["window"], ["toString"], ["value", "value"], []])
      expect(all.at(piece, path)).toBeUndefined();
    expect(all.count(piece, ["value"])).toBeUndefined();
    expect(all.sum(pieceOf(all, "B8.3"), ["groups"], "logGroup")).toBeUndefined();
  });

  it("counts and adds only what was signed", () => {
    expect(all.count(pieceOf(all, "B8.4"), ["installed"])?.value).toBe(18);
    expect(
      all.count<{ agent: string }>(pieceOf(all, "B8.4"), ["installed"], ({ agent }) => agent === "none")
        ?.value,
    ).toBe(0);
    expect(all.sum(pieceOf(all, "B8.3"), ["groups"], "lines")?.value).toBeGreaterThan(1_000);
  });

  it("cannot be had of a piece that was not judged here, however alike it is", () => {
    const piece = pieceOf(all, "B8.1");
    expect(all.at({ ...piece }, ["value"])).toBeUndefined();
    const other = Believed.of(inputOf(complete(key), [key]));
    expect(other.at(piece, ["value"])).toBeUndefined();
  });

  it("cannot be had of what was signed and breaks its clause's chain: a baseline that is made up", () => {
    const made = fileOf(
      {
        clause: "B8.1",
        kind: "metrics",
        predicate: {
          baseline: {
            value: 5_000,
            samples: 5_000,
            window: { from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" },
          },
        },
      },
      key,
    );
    const believed = Believed.of(inputOf([made], [key]));
    const piece = pieceOf(believed, "B8.1");
    expect(believed.unfit(piece)).toBe("refused");
    expect(believed.at(piece, ["baseline", "value"], "ms")).toBeUndefined();
    expect(believed.pieces).toEqual([]);
  });

  it("is nothing that has its shape", () => {
    const piece = pieceOf(all, "B8.1");
    expect(isFigure({ value: 1, unit: "ms", piece })).toBe(false);
    expect(isFigure(all.at(piece, ["value"]))).toBe(true);
  });
});
