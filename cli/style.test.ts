import { describe, expect, it } from "vitest";
import { padEnd, plural, printable, truncate, wantsColor, type ColorChoice } from "./style";

describe("colour", () => {
  it.each<[string, ColorChoice, boolean, NodeJS.ProcessEnv, boolean]>([
    ["on a terminal", "auto", true, {}, true],
    ["not in a pipe", "auto", false, {}, false],
    ["not on a dumb terminal", "auto", true, { TERM: "dumb" }, false],
    ["not with NO_COLOR", "auto", true, { NO_COLOR: "1" }, false],
    ["with an empty NO_COLOR, which does not count", "auto", true, { NO_COLOR: "" }, true],
    ["in a pipe with FORCE_COLOR", "auto", false, { FORCE_COLOR: "1" }, true],
    ["not with FORCE_COLOR=0", "auto", true, { FORCE_COLOR: "0" }, false],
    ["with FORCE_COLOR over NO_COLOR", "auto", false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    ["always when asked for", "always", false, { NO_COLOR: "1", TERM: "dumb" }, true],
    ["never when asked for", "never", true, { FORCE_COLOR: "1" }, false],
  ])("is used %s", (_when, choice, isTTY, env, expected) => {
    expect(wantsColor(choice, { isTTY }, env)).toBe(expected);
  });
});

describe("text", () => {
  it("is cut by characters, never inside one", () => {
    expect(truncate("😀😀😀", 3)).toBe("😀😀😀");
    expect(truncate("😀😀😀", 2)).toBe("😀…");
  });

  it("is padded by characters", () => {
    expect(padEnd("😀é", 4)).toBe("😀é  ");
  });

  it("loses what commands a terminal and keeps new lines", () => {
    expect(printable("\u001b[31mred\u001b[0m\n\u0007\u001b]0;x")).toBe("red\n\\x07\\x1b]0;x");
  });

  it("shows what nobody sees, and what turns the order of what is seen", () => {
    expect(printable("fdp\u202Eexe.ts\u200B\u2066\uFEFF")).toBe("fdp\\u202eexe.ts\\u200b\\u2066\\ufeff");
    expect(printable("ñ€😀 …")).toBe("ñ€😀 …");
  });

  it("counts", () => {
    expect([plural(1, "policy", "policies"), plural(2, "policy", "policies"), plural(0, "resource")]).toEqual(
      ["1 policy", "2 policies", "0 resources"],
    );
  });
});
