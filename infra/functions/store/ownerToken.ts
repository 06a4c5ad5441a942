import { randomFillSync } from "node:crypto";

const tokenBytes = 16;
const drawn = Buffer.alloc(128 * tokenBytes);
let used = drawn.length;

/**
 * Whose write it is, in a condition: never the same twice, on any instance, and no secret. Random bytes are drawn for
 * many tokens at a time, as `crypto.randomUUID` does: the draw takes longer than everything else that a token needs.
 *
 * @returns 16 random bytes, 22 characters of base64url
 */
export function newOwnerToken(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  return drawn.toString("base64url", used, (used += tokenBytes));
}
