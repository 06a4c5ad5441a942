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
  /** Merges, by their ids: they change nothing of their own, and yet may be named as what mended something. */
  readonly merges?: readonly string[];
  /** Why commits are missing, or all of them. */
  readonly missing?: "no repository" | "shallow";
}

/** By what a block's work is known: its places, each by how its paths begin. A commit is of each block whose places it changes. */
export const PLACES: Readonly<Record<BlockId, readonly string[]>> = {
  B0: [
    ...[
      "infra/release/",
      "infra/account/",
      "infra/functions/announce/",
      "cli/letter/",
      "cli/deploy/",
      "cli/reviews/",
    ],
    ...[
      "stacks/index.ts",
      "stacks/facts",
      "stacks/guard",
      "stacks/protection",
      "stacks/account",
      "policies/b0-",
      ".github/",
      "docs/pull-request.md",
    ],
  ],
  B1: [
    ...["infra/observability/", "infra/alarms/", "infra/prober/", "infra/functions/log/"],
    ...["infra/functions/correlation/", "policies/b1-"],
  ],
  B2: ["infra/scanning/", "infra/contract/", "cli/findings/", "policies/b2-"],
  B3: ["infra/edge/", "infra/data/", "infra/functions/edge/", "infra/functions/store/", "policies/b3-"],
  B4: [
    ...["infra/firewall/", "infra/clients/", "infra/voice/", "infra/functions/voice/"],
    ...["infra/functions/voice-authorizer/", "infra/functions/tickets/", "policies/b4-"],
  ],
  B5: [
    ...[
      "infra/certificates/",
      "infra/trust/",
      "infra/cluster/",
      "infra/agents/",
      "infra/gateway/",
      "cli/client/",
    ],
    ...[
      "infra/functions/authorizer/",
      "infra/functions/trust-watch/",
      "infra/functions/pki/",
      "policies/b5-",
    ],
  ],
  B6: [
    ...["infra/secrets/", "infra/encryption/", "infra/supplyChain/", "infra/pins/", "infra/functions/rotat"],
    ...["cli/sbom/", "cli/advisories/", "cli/pins/", "policies/b6-"],
  ],
  B7: ["cli/export/", "cli/audit/", "cli/report/", "cli/rollback/", "cli/message/", "docs/runbook.md"],
  B8: ["infra/evidence/", "cli/evidence/", "policies/b8-"],
};

const filesOf = ({ files }: Commit, block: BlockId): number =>
  files.filter((file) => PLACES[block].some((place) => file.startsWith(place))).length;

export const commitsOf = ({ commits }: History, block: BlockId): readonly Commit[] =>
  commits.filter((commit) => filesOf(commit, block) > 0);

/** Those of a block that change no other block as much: what a reader would look for there. */
export const mainCommitsOf = (history: History, block: BlockId): readonly Commit[] =>
  commitsOf(history, block).filter((commit) => {
    const own = filesOf(commit, block);
    return blocks.every(({ id }) => id === block || filesOf(commit, id) < own);
  });

/** Those that change no block's places: tools, tests across rooms, this project's own texts. */
export const commitsOfNoBlock = ({ commits }: History): readonly Commit[] =>
  commits.filter((commit) => blocks.every(({ id }) => filesOf(commit, id) === 0));

/** Whether a commit is of this history; where not all of it is here, nothing can be said of what it lacks. */
export const mayHave = ({ commits, merges = [], missing }: History, id: string): boolean =>
  missing !== undefined || merges.includes(id) || commits.some((one) => one.id === id);

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
      ...["--name-only", "-z", "--relative", "--format=%x01%H%x00%P%x00%s%x00"],
    );
    const all = log
      .split("\u0001")
      .map((one): Commit & { readonly parents: string } => {
        const [id = "", parents = "", subject = "", ...files] = one.split("\u0000");
        return {
          id,
          parents,
          subject,
          files: files.map((file) => file.replace(/^\n/, "")).filter((file) => file !== ""),
        };
      })
      // What stands before the first, and the rest of a subject that has such a byte all the same.
      .filter(({ id }) => /^[0-9a-f]{40}$/.test(id));
    const shallow = git("rev-parse", "--is-shallow-repository").trim() === "true";
    // Where a shallow copy begins, git shows a commit as if it had made every file that there is.
    const isCut = ({ parents }: { readonly parents: string }): boolean => shallow && parents === "";
    const isMerge = ({ parents }: { readonly parents: string }): boolean => parents.includes(" ");
    const commits = all
      .filter((one) => !isMerge(one) && !isCut(one))
      .map(({ id, subject, files }): Commit => ({ id, subject, files }));
    const merges = all.filter(isMerge).map(({ id }) => id);
    return { commits, merges, ...(shallow ? { missing: "shallow" as const } : {}) };
  } catch {
    return { commits: [], missing: "no repository" };
  }
}
