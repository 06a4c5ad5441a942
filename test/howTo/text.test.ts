import { describe, expect, it } from "vitest";
import { changed, stepsOf, unsaid, type Change } from "./text";

const FENCE = "```";
const text = `# How to

## Add one

1. A line:

   ${FENCE}diff
   @@ a.yaml @@
      kept: 1
   -  old: 1
   +  new: 2

   @@ b.yaml @@
   +first
    second
   ${FENCE}

2. New file \`c.ts\`:

   ${FENCE}ts
   export {};
     deeper;
   ${FENCE}

   ${FENCE}sh
   npm run one
   npm run two # ends with 1
   ${FENCE}

   ${FENCE}text
     + it: …

   is there
   ${FENCE}

### More

## Add another

${FENCE}text
of nothing
${FENCE}
`;
const step = (change: Partial<Change>): Change => ({
  kind: "change",
  at: "x.md:1",
  file: "a.yaml",
  from: "a\n",
  to: "b\n",
  ...change,
});

describe("a how-to's text", () => {
  it("is changes, new files and commands with what they say, in the order in which they stand", () => {
    expect(stepsOf("x.md", text, "## Add one")).toEqual([
      {
        kind: "change",
        at: "x.md:7",
        file: "a.yaml",
        from: "  kept: 1\n  old: 1\n\n",
        to: "  kept: 1\n  new: 2\n\n",
      },
      { kind: "change", at: "x.md:7", file: "b.yaml", from: "second\n", to: "first\nsecond\n" },
      { kind: "change", at: "x.md:20", file: "c.ts", from: "", to: "export {};\n  deeper;\n" },
      { kind: "command", at: "x.md:25", command: "npm run one", status: 0, says: [] },
      { kind: "command", at: "x.md:25", command: "npm run two", status: 1, says: ["  + it: …", "is there"] },
    ]);
  });

  it.each([
    ["a heading that is not there", text, "## Add a third", /no heading/],
    ["words of no command", text, "## Add another", /x\.md:4\d: got a block of text that belongs to nothing/],
    ["a block without an end", `## A\n${FENCE}sh\nls\n`, "## A", /without an end/],
    ["a change of no file", `## A\n${FENCE}diff\n+ a\n${FENCE}\n`, "## A", /of no file/],
    [
      "a change without a place",
      `## A\n${FENCE}diff\n@@ a @@\n+ a\n${FENCE}\n`,
      "## A",
      /no line that is there/,
    ],
    ["a change that changes nothing", `## A\n${FENCE}diff\n@@ a @@\n  a\n${FENCE}\n`, "## A", /no change/],
    ["a line that has no sign", `## A\n${FENCE}diff\n@@ a @@\nb\n${FENCE}\n`, "## A", /got "b"/],
  ])("is refused for %s", (_, document, heading, says) => {
    expect(() => stepsOf("x.md", document, heading)).toThrow(says);
  });
});

describe("a change", () => {
  it("replaces whole lines, once", () => {
    expect(changed(step({}), "aa\na\nc\n")).toBe("aa\nb\nc\n");
    expect(changed(step({}), "a\nc\n")).toBe("b\nc\n");
    expect(changed(step({ from: "" }), undefined)).toBe("b\n");
  });

  it.each([
    ["lines that are not there", step({}), "aa\n", /holds 0 times/],
    ["lines that are there twice", step({}), "a\nc\na\n", /holds 2 times/],
    ["a file that is not there", step({}), undefined, /which is not there/],
    ["a new file that is there", step({ from: "" }), "a\n", /there already/],
  ])("is refused for %s", (_, change, before, says) => {
    expect(() => changed(change, before)).toThrow(says);
  });
});

describe("what a command says", () => {
  it("holds each line that the text names, in its order, with anything where it leaves out", () => {
    const output = "  one (1)\n  two: 12 of 13\nthree\n";
    expect(unsaid({ says: ["one (1)", "two: … of …"] }, output)).toBeUndefined();
    expect(unsaid({ says: ["two: … of …", "one (1)"] }, output)).toBe("one (1)");
    expect(unsaid({ says: ["one"] }, output)).toBe("one");
    expect(unsaid({ says: ["thre."] }, output)).toBe("thre.");
    expect(unsaid({ says: ["three", "three"] }, output)).toBe("three");
  });
});
