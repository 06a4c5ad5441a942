import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProgramCopy } from "../support/programCopy";
import { changed, stepsOf, unsaid, type Step } from "./text";

const root = join(__dirname, "../..");
const HOW_TO = "docs/how-to.md";
/** One command; some take many times their usual on a machine that does much else. */
const LIMIT_MS = 120_000;

const added = (["agent", "route", "client", "policy", "dashboard"] as const).map((what) => {
  const heading = `## Add a${what === "agent" ? "n" : ""} ${what}`;
  return { what: `add: ${what}`, steps: stepsOf(HOW_TO, readFileSync(join(root, HOW_TO), "utf8"), heading) };
});
const limit = stepsOf("README.md", readFileSync(join(root, "README.md"), "utf8"), "### Change a limit");
const sections = [{ what: "change: limit", steps: limit }, ...added];

/** What stands between two commands is one step: the first changes, the last is run. */
const stages = (steps: readonly Step[]): readonly (readonly Step[])[] =>
  steps.reduce<Step[][]>(
    (all, step) => {
      all.at(-1)?.push(step);
      if (step.kind === "command") all.push([]);
      return all;
    },
    [[]],
  );

describe.each(sections)("how to $what", ({ steps }) => {
  let copy: ProgramCopy;
  beforeAll(() => {
    copy = new ProgramCopy({ whole: true });
  });
  afterAll(() => copy.remove());

  const tried = stages(steps).flatMap((stage) => {
    const last = stage.at(-1);
    return last?.kind === "command" ? [{ stage, last, title: `${last.at} ${last.command}` }] : [];
  });

  it("ends with a command that shows what came of it", () => {
    expect(steps.at(-1)?.kind).toBe("command");
    expect(tried.some(({ last }) => last.command.startsWith("npm run preview") && last.says.length > 1)).toBe(
      true,
    );
  });

  it.each(tried)(
    "$title: does what the text says",
    ({ stage, last }) => {
      for (const step of stage)
        if (step.kind === "change") copy.write(step.file, changed(step, copy.read(step.file)));
      const { status, output } = copy.run(last.command, LIMIT_MS);
      const wrong = status === last.status ? unsaid(last, output) : `ends with ${status}`;
      expect(wrong === undefined ? "" : `${wrong}, of:\n${output}`).toBe("");
    },
    LIMIT_MS + 5_000,
  );
});
