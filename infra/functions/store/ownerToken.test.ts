import { expect, it } from "vitest";
import { newOwnerToken } from "./ownerToken";

it("draws a token of its own each time, also where new random bytes are drawn", () => {
  const tokens = Array.from({ length: 1_000 }, newOwnerToken);
  expect(new Set(tokens).size).toBe(tokens.length);
  for (const token of tokens) expect(token).toMatch(/^[\w-]{22}$/);
  // A draw that went missing would leave zeros, or the draw before.
  expect(tokens.filter((token) => token.startsWith("AAAAAA"))).toEqual([]);
});
