import { execFileSync } from "node:child_process";
import { sourceFiles, SOURCE_PATHS } from "../infra/evidence/record/sourceDigest";

export interface SourceCommit {
  /** Absent where something of the source is not as this commit has it, or there is no repository. */
  readonly commit?: string;
  /** What is changed, by path; also a file that git leaves out of its account. */
  readonly changed: readonly string[];
}

/** The commit of what deploys. What is kept beside it, evidence and letters, changes nothing of it. */
export function sourceCommit(projectDir: string): SourceCommit {
  const git = (...args: string[]): readonly string[] =>
    execFileSync("git", [...args, "-z", "--", ...SOURCE_PATHS], {
      cwd: projectDir,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 * 1024 * 1024,
    })
      .split("\0")
      .filter((line) => line !== "");
  try {
    const known = new Set(git("ls-files"));
    const changed = new Set([
      ...git("diff", "--name-only", "--relative", "--no-ext-diff", "HEAD"),
      ...sourceFiles(projectDir).filter((path) => !known.has(path)),
    ]);
    if (changed.size > 0) return { changed: [...changed].sort() };
    const commit = execFileSync("git", ["rev-parse", "HEAD"], {
      cwd: projectDir,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return { commit, changed: [] };
  } catch {
    // No repository, no commit yet, or no git: a copy of the source is as good, and has no commit.
    return { changed: [] };
  }
}
