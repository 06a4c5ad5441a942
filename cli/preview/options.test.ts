import { describe, expect, it } from "vitest";
import { UsageError } from "../usageError";
import { parseOptions } from "./options";

describe("the options of a preview", () => {
  it("default to staging, shown in full", () => {
    expect(parseOptions([])).toEqual({
      stack: "staging",
      policyPacks: [],
      diff: false,
      json: false,
      write: false,
      check: false,
      comment: false,
      help: false,
      color: "auto",
    });
  });

  it("are read by the CLI's names, in both spellings of a value", () => {
    const options = parseOptions([
      "-s",
      "dev",
      "--config-file=a.yaml",
      "--policy-pack",
      "one",
      "--policy-pack=two",
      "--diff",
      "-j",
    ]);
    expect(options).toMatchObject({
      stack: "dev",
      configFile: "a.yaml",
      policyPacks: ["one", "two"],
      diff: true,
      json: true,
    });
  });

  it("take the last value where one option is given twice, as the CLI does", () => {
    expect(parseOptions(["--stack", "a", "--stack", "b"]).stack).toBe("b");
  });

  it.each([
    [["--stak", "dev"], "unknown option --stak; allowed: --stack, "],
    [["-x"], "unknown option -x; allowed: "],
    [["staging"], 'unknown argument "staging"; allowed: '],
    [["--stack"], "--stack needs a value, got nothing; write --stack <value>"],
    [["--stack="], "--stack needs a value, got nothing"],
    [["--stack", "--json"], "--stack needs a value, got --json"],
    [["--json=yes"], '--json takes no value, got "yes"; write --json alone'],
    [["--stack", "../prod"], '--stack: got "../prod"; allowed: '],
    [["--stack", ".."], '--stack: got ".."; allowed: '],
    [["--color", "pink"], '--color: got "pink"; allowed: always, never, auto'],
    [["--plan", "p.json"], "--plan: got it without --comment"],
    [["--base", "b.json"], "--base: got it without --comment"],
    [["--comment", "--plan", "p", "--base", "b"], "--base: got it with --plan; allowed: one of the two"],
    [["--comment", "--json"], "--comment: got it with --json; allowed: --comment alone"],
    [["--write", "--check"], "--write and --check exclude each other"],
  ])("refuse %j in one line", (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(UsageError);
    expect(() => parseOptions(argv)).toThrow(message);
    expect(() => parseOptions(argv)).not.toThrow("\n");
  });
});
