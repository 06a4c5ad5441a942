import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitsOf, gitIn, readHistory, type BlockId } from "./commits";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "report-history-"));
  let hours = 0;
  const git = (...args: readonly string[]): void => {
    // Each later than the one before: commits of one second have no order.
    const at = `2026-11-20T${String(++hours).padStart(2, "0")}:00:00Z`;
    execFileSync(
      "git",
      [
        ...["-c", "user.name=n", "-c", "user.email=n@example.com", "-c", "init.defaultBranch=main"],
        ...["-c", "commit.gpgsign=false"],
        ...args,
      ],
      {
        cwd: folder,
        stdio: "ignore",
        env: { ...process.env, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at },
      },
    );
  };
  const commit = (subject: string, ...files: readonly string[]): void => {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), subject);
    }
    git("add", "-A");
    git("commit", "-m", subject, "--allow-empty");
  };
  git("init");
  commit("firewall: a step", "infra/firewall/a.ts");
  commit("nothing");
  git("checkout", "-b", "other");
  commit('both: "quoted" é', "infra/edge/b ñ.ts", "cli/evidence/c.ts");
  git("checkout", "main");
  git("merge", "--no-ff", "-m", "a merge", "other");
  commit("elsewhere", "README.md", "infra/firewalls/x.ts");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what was done, by git", () => {
  it("is every commit but merges, the newest first, with its files as they are called", () => {
    const { commits, missing } = readHistory(gitIn(folder));
    expect(missing).toBeUndefined();
    expect(commits.map(({ subject, files }) => [subject, ...files])).toEqual([
      ["elsewhere", "README.md", "infra/firewalls/x.ts"],
      ['both: "quoted" é', "cli/evidence/c.ts", "infra/edge/b ñ.ts"],
      ["nothing"],
      ["firewall: a step", "infra/firewall/a.ts"],
    ]);
    for (const { id } of commits) expect(id).toMatch(/^[0-9a-f]{40}$/);
  });

  it("is of each block whose places it changes, by whole names", () => {
    const history = readHistory(gitIn(folder));
    const subjects = (block: BlockId): readonly string[] =>
      commitsOf(history, block).map(({ subject }) => subject);
    expect(subjects("B4")).toEqual(["firewall: a step"]);
    expect(subjects("B3")).toEqual(['both: "quoted" é']);
    expect(subjects("B8")).toEqual(['both: "quoted" é']);
    expect(subjects("B1")).toEqual([]);
  });

  it("is unknown where there is no repository, and says so", () => {
    const nowhere = mkdtempSync(join(tmpdir(), "report-no-history-"));
    try {
      expect(readHistory(gitIn(nowhere))).toEqual({ commits: [], missing: "no repository" });
    } finally {
      rmSync(nowhere, { recursive: true });
    }
  });

  it("is incomplete in a shallow clone", () => {
    const shallow = join(folder, "..", `${folder.split("/").pop() ?? ""}-shallow`);
    execFileSync("git", ["clone", "--depth", "1", `file://${folder}`, shallow], { stdio: "ignore" });
    try {
      const { commits, missing } = readHistory(gitIn(shallow));
      expect(missing).toBe("shallow");
      expect(commits.map(({ subject }) => subject)).toEqual(["elsewhere"]);
    } finally {
      rmSync(shallow, { recursive: true });
    }
  });
});
