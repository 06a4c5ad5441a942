import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocks } from "../../policies/clauses";
import {
  commitsOf,
  commitsOfNoBlock,
  gitIn,
  mainCommitsOf,
  mayHave,
  PLACES,
  readHistory,
  type BlockId,
  type Commit,
} from "./commits";

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

  it("is in a block shown by what changes it most, and elsewhere counted all the same", () => {
    const commit = (subject: string, ...files: readonly string[]): Commit => ({
      id: subject,
      subject,
      files,
    });
    const history = {
      commits: [
        commit("both alike", "infra/edge/a.ts", "infra/firewall/a.ts"),
        commit("mostly edge", "infra/edge/a.ts", "infra/edge/b.ts", "infra/firewall/a.ts"),
        commit("neither", "bench/main.ts", "README.md"),
      ],
    };
    const told = (commits: readonly Commit[]): readonly string[] => commits.map(({ subject }) => subject);
    expect(told(mainCommitsOf(history, "B3"))).toEqual(["mostly edge"]);
    expect(told(mainCommitsOf(history, "B4"))).toEqual([]);
    expect(told(commitsOf(history, "B4"))).toEqual(["both alike", "mostly edge"]);
    expect(told(commitsOfNoBlock(history))).toEqual(["neither"]);
  });

  it("has a merge's commits and not the merge, which may be named all the same", () => {
    const history = readHistory(gitIn(folder));
    const merge = execFileSync("git", ["rev-list", "--merges", "HEAD"], {
      cwd: folder,
      encoding: "utf8",
    }).trim();
    expect(history.merges).toEqual([merge]);
    expect(mayHave(history, merge)).toBe(true);
    expect(mayHave(history, "0".repeat(40))).toBe(false);
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
    const told = (depth: number): readonly string[] => {
      execFileSync("git", ["clone", "--depth", String(depth), `file://${folder}`, shallow], {
        stdio: "ignore",
      });
      try {
        const { commits, missing } = readHistory(gitIn(shallow));
        expect(missing).toBe("shallow");
        return commits.map(({ subject }) => subject);
      } finally {
        rmSync(shallow, { recursive: true });
      }
    };
    expect(told(2)).toEqual(["elsewhere"]);
    // Git has every file of the copy in the one commit where it begins: it is of no block by that.
    expect(told(1)).toEqual([]);
  });
});

describe("the places of the blocks", () => {
  const ROOT = join(__dirname, "../..");
  const tracked = gitIn(ROOT)("ls-files", "-z").split("\u0000");

  it("are there, each of one block", () => {
    const places = blocks.flatMap(({ id }) => PLACES[id]);
    expect(places.filter((place) => !tracked.some((file) => file.startsWith(place)))).toEqual([]);
    expect(
      places.filter((place, index) => places.some((other, at) => at !== index && place.startsWith(other))),
    ).toEqual([]);
  });

  it("leave out only what serves several blocks", () => {
    const known = (path: string): boolean =>
      blocks.some(({ id }) => PLACES[id].some((place) => path.startsWith(place)));
    const folders = (under: string): readonly string[] => [
      ...new Set(
        tracked
          .filter((file) => file.startsWith(under))
          .map((file) => file.slice(under.length).split("/"))
          .flatMap(([first = "", ...rest]) => (rest.length === 0 ? [] : [`${under}${first}/`])),
      ),
    ];
    expect(
      [
        ...folders("infra/"),
        ...folders("infra/functions/"),
        ...folders("cli/"),
        ...folders("policies/"),
      ].filter((path) => !known(path)),
    ).toEqual([
      // What is in every block's way.
      ...["infra/functions/", "infra/settings/", "infra/shared/", "infra/functions/validation/"],
      // The program seen, run on a machine, and compared with the account.
      ...["cli/drift/", "cli/local/", "cli/preview/"],
      ...["policies/baseline/", "policies/lib/", "policies/records/", "policies/test/", "policies/tools/"],
    ]);
  });
});
