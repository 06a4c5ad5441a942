import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derElement, derElements, DerError, DerSequence } from "./der";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** What is read, or the refusal; anything else that is thrown goes on. */
function attempt(read: () => Buffer): Buffer | DerError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) return error;
    throw error;
  }
}

describe("the reader of DER", () => {
  it("reads elements one level deep, short and long", () => {
    const long = bytes(`04 81 80 ${"00".repeat(128)}`);
    expect(
      derElements(Buffer.concat([bytes("02 01 05"), long])).map(({ tag, content }) => [tag, content.length]),
    ).toEqual([
      [0x02, 1],
      [0x04, 128],
    ]);
  });

  it.each([
    ["a header that is cut off", "02"],
    ["a content that is cut off", "02 02 05"],
    ["a length that is cut off", "02 82 01"],
    ["an indefinite length", "30 80 00 00"],
    ["a length of three bytes", `04 83 00 00 01 00`],
    ["a short length in long form", "02 81 01 05"],
    ["a length with a leading zero", `04 82 00 80 ${"00".repeat(128)}`],
    ["a tag of several bytes", "1f 01 00"],
  ])("refuses %s", (_, hex) => {
    expect(() => derElements(bytes(hex))).toThrow(DerError);
  });

  it("refuses what is missing, left over, or of another tag", () => {
    expect(() => derElement(bytes("02 01 05 02 01 05"), 0x02)).toThrow(DerError);
    expect(() => derElement(bytes(""), 0x02)).toThrow(DerError);
    expect(() => derElement(bytes("04 01 05"), 0x02)).toThrow(DerError);
    const sequence = (): DerSequence => DerSequence.of(derElement(bytes("30 03 02 01 05"), 0x30));
    expect(() => sequence().end()).toThrow(DerError);
    expect(() => sequence().take(0x04)).toThrow(DerError);
    expect(sequence().takeOptional(0x04)).toBeUndefined();
    const read = sequence();
    read.takeAny();
    read.end();
    expect(() => read.takeAny()).toThrow(DerError);
  });

  it("throws nothing else, whatever the bytes, and its elements are the bytes again", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        const given = Buffer.from(input);
        const read = attempt(() => Buffer.concat(derElements(given).map(({ whole }) => whole)));
        expect(read instanceof DerError || given.equals(read)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
