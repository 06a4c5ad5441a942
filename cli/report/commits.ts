import { execFileSync } from "node:child_process";
import { blocks } from "../../policies/clauses";

export type BlockId = (typeof blocks)[number]["id"];

/** A change of the repository that is no merge; the newest first. */
export interface Commit {
  readonly id: string;
  /** The first line of what its author says of it. */
  readonly subject: string;
  readonly files: readonly string[];
}

export interface History {
  readonly commits: readonly Commit[];
  /** Why commits are missing, or all of them. */
  readonly missing?: "no repository" | "shallow";
}

/** By what a block's work is known: its places. A commit is of each block whose places it changes. */
const PLACES: Readonly<Record<BlockId, RegExp>> = {
  B0: /^(infra\/release\/|cli\/(letter|deploy)\/|stacks\/[^/]+\.ts$|policies\/b0-|\.github\/)/,
  B1: /^(infra\/(observability|alarms|prober|functions\/(log|correlation))\/|policies\/b1-)/,
  B2: /^(infra\/(scanning|contract)\/|cli\/findings\/|policies\/b2-)/,
  B3: /^(infra\/(edge|data|functions\/(edge|store))\/|policies\/b3-)/,
  B4: /^(infra\/(firewall|clients|voice|functions\/(voice|voice-authorizer|tickets))\/|policies\/b4-)/,
  B5: /^(infra\/(certificates|trust|cluster|agents|gateway|functions\/(authorizer|trust-watch|pki))\/|cli\/client\/|policies\/b5-)/,
  B6: /^(infra\/(secrets|encryption|supplyChain|pins|functions\/rotat[\w-]+)\/|cli\/(sbom|advisories|pins)\/|policies\/b6-)/,
  B7: /^(cli\/(export|audit|report|rollback|documents)\/|docs\/)/,
  B8: /^(infra\/evidence\/|cli\/evidence\/|policies\/b8-)/,
};

export const commitsOf = ({ commits }: History, block: BlockId): readonly Commit[] =>
  commits.filter(({ files }) => files.some((file) => PLACES[block].test(file)));

/** `git` with these arguments, its output; throws where it cannot. */
export type Git = (...args: readonly string[]) => string;

export const gitIn =
  (folder: string): Git =>
  (...args) =>
    execFileSync("git", args, {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 256 * 1024 * 1024,
    });

/** What was done, by the repository. Without one, as in an archive of the source, nothing is said of it. */
export function readHistory(git: Git): History {
  try {
    // Byte 1 begins a commit, NUL ends each part.
    const log = git(
      // Whatever the person has set for themselves.
      ...["-c", "log.showSignature=false", "log", "--encoding=UTF-8", "--no-color", "--no-ext-diff"],
      ...["--no-merges", "--name-only", "-z", "--relative", "--format=%x01%H%x00%s%x00"],
    );
    const commits = log
      .split("\u0001")
      .map((one): Commit => {
        const [id = "", subject = "", ...files] = one.split("\u0000");
        return {
          id,
          subject,
          files: files.map((file) => file.replace(/^\n/, "")).filter((file) => file !== ""),
        };
      })
      // What stands before the first, and the rest of a subject that has such a byte all the same.
      .filter(({ id }) => /^[0-9a-f]{40}$/.test(id));
    const shallow = git("rev-parse", "--is-shallow-repository").trim() === "true";
    return { commits, ...(shallow ? { missing: "shallow" as const } : {}) };
  } catch {
    return { commits: [], missing: "no repository" };
  }
}
