import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { askAtTerminal } from "./askAtTerminal";

/** What is answered to whoever presses these keys. */
const answered = async (keys: string | undefined): Promise<string> => {
  const input = new PassThrough();
  const asked = askAtTerminal("Type its name: ", { input, output: new PassThrough() });
  if (keys === undefined) input.end();
  else input.write(keys);
  return asked;
};

describe("a question at the terminal", () => {
  it("is answered by a line", async () => {
    expect(await answered("staging\r")).toBe("staging");
  });

  it.each([
    ["Ctrl-C", "stag\u0003"],
    ["Ctrl-D", "\u0004"],
    ["the end of the input", undefined],
  ])("is answered by nothing where somebody leaves with %s", async (_what, keys) => {
    expect(await answered(keys)).toBe("");
  });
});
