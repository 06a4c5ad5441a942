import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readPins, UNPINNED } from "../infra/pins/pins";

const root = path.join(__dirname, "..");
const folder = path.join(root, ".github", "workflows");
const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const textOf = (file: string): string => readFileSync(path.join(folder, file), "utf8");
const workflowOf = (file: string): Workflow => parse(textOf(file)) as Workflow;
const jobsOf = (file: string): readonly Job[] => Object.values(workflowOf(file).jobs);
const stepsOf = (file: string): readonly Step[] => jobsOf(file).flatMap(({ steps = [] }) => steps);

describe.each(files)("the workflow %s", (file) => {
  it("runs no action but those that are pinned, at the commit that is pinned, with the version beside it", () => {
    const { actions } = readPins(root);
    const used = [...textOf(file).matchAll(/^\s*(?:-\s+)?uses:\s*(.+)$/gm)].map(([, what = ""]) => what);
    const expected = Object.entries(actions)
      .filter(([, { commit }]) => commit !== UNPINNED)
      .map(([name, { commit, version }]) => `${name}@${commit} # ${version}`);
    expect(used.length).toBe(
      [...stepsOf(file), ...jobsOf(file)].filter(({ uses }) => uses !== undefined).length,
    );
    expect(used.length).toBeGreaterThan(0);
    for (const what of used) expect(expected).toContain(what);
  });

  it("may do nothing by itself, and lets each job do no more than it says", () => {
    expect(workflowOf(file).permissions).toEqual({});
    for (const { permissions = { everything: "write" } } of jobsOf(file)) {
      const writing = Object.entries(permissions).filter(([, right]) => right !== "read" && right !== "none");
      for (const [what] of writing) expect(["id-token", "attestations"]).toContain(what);
    }
  });

  it("signs for what reviewers let in alone", () => {
    const signing = jobsOf(file).filter(({ permissions = {} }) => "id-token" in permissions);
    for (const job of signing)
      expect(job.if).toBe("${{ github.event_name == 'push' && github.ref_protected }}");
  });

  it("leaves no credentials behind, and puts no text from outside into a command", () => {
    const checkouts = stepsOf(file).filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
    for (const { with: given = {} } of checkouts) expect(given["persist-credentials"]).toBe(false);
    for (const { run = "" } of stepsOf(file)) expect(run).not.toContain("${{");
  });

  it("is never run with the repository's rights for somebody else's change, and ends", () => {
    expect(Object.keys(workflowOf(file).on)).not.toContain("pull_request_target");
    for (const job of jobsOf(file)) expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  });
});

describe("pins of actions", () => {
  it("are of actions that a workflow runs", () => {
    const used = new Set(files.flatMap(stepsOf).map(({ uses = "" }) => uses.split("@")[0]));
    expect(Object.keys(readPins(root).actions).filter((name) => !used.has(name))).toEqual([]);
  });
});
