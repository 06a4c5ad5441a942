import { describe, expect, it } from "vitest";
import { createProgress } from "./progress";

function terminal(
  isTTY: boolean,
  columns = 80,
): { isTTY: boolean; columns: number; written: string[]; write(text: string): void } {
  const written: string[] = [];
  return { isTTY, columns, written, write: (text) => void written.push(text) };
}

describe("the line of progress", () => {
  it("is overwritten in place and taken away at the end", () => {
    const stream = terminal(true);
    const progress = createProgress(stream, {}, () => 0);
    progress.update({ registered: 0, phase: "starting" });
    progress.update({ registered: 7, phase: "running" });
    progress.clear();
    expect(stream.written).toEqual([
      "\r\u001b[2KStarting the program…",
      "\r\u001b[2KRunning the program: 7 resources registered",
      "\r\u001b[2K",
    ]);
  });

  it("is not written oftener than anybody could read", () => {
    const stream = terminal(true);
    let now = 0;
    const progress = createProgress(stream, {}, () => now);
    for (let registered = 1; registered <= 1_000; registered++) {
      now += 1;
      progress.update({ registered, phase: "running" });
    }
    expect(stream.written).toHaveLength(13);
  });

  it("fits the terminal", () => {
    const stream = terminal(true, 20);
    createProgress(stream, {}).update({ registered: 5, phase: "running" });
    expect(stream.written).toEqual(["\r\u001b[2KRunning the progra…"]);
  });

  it.each([
    ["a pipe", terminal(false), {}],
    ["a terminal that cannot go back", terminal(true), { TERM: "dumb" }],
    ["a build server", terminal(true), { CI: "true" }],
  ])("is absent in %s", (_where, stream, env) => {
    const progress = createProgress(stream, env);
    progress.update({ registered: 1, phase: "running" });
    progress.clear();
    expect(stream.written).toEqual([]);
  });
});
