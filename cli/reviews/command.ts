import { exitCodes, type ExitCode } from "../outcome";
import { printable, type Output } from "../style";
import { UsageError } from "../usageError";
import { readOptions, stackDefinitions } from "../words";
import {
  SEATS,
  seatNames,
  twoReviews,
  type Members,
  type PullRequest,
  type Review,
  type Seat,
} from "./twoReviews";

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly readFile: (path: string) => string;
}

const VARIABLES: Readonly<Record<Seat, string>> = { lead: "REVIEWERS_LEAD", qaSec: "REVIEWERS_QA_SEC" };

export const help = `Whether a pull request has its two reviews: of Lead and of QA Sec, by two persons, neither its author, of its last commit.
Asks nobody: it reads what GitHub's API answered.

Usage: npm run reviews -- --pull <file> --reviews <file>

      --pull <file>      the answer of GET /repos/<owner>/<name>/pulls/<number>
      --reviews <file>   the answer of GET /repos/<owner>/<name>/pulls/<number>/reviews: all pages
  -h, --help             show this

${VARIABLES.lead} and ${VARIABLES.qaSec} hold the logins of the two, with commas or spaces between them; they are the repository's variables,
so that no pull request can change who counts.

Exit status: 0 both are there; 1 one is missing; 2 the command line, a file or a variable is wrong.
`;

const definitions = {
  pull: { type: "string" },
  reviews: { type: "string" },
  help: stackDefinitions.help,
} as const;

/** `npm run reviews`: returns the exit status, throws UsageError where a person must mend something first. */
export function reviewsCommand(argv: readonly string[], { env, stdout, readFile }: Surroundings): ExitCode {
  const read = readOptions(argv, definitions, "reviews");
  if (read === undefined) {
    stdout.write(help);
    return exitCodes.ok;
  }
  const json = (option: "pull" | "reviews"): unknown => {
    const file = read.texts.get(option);
    if (file === undefined)
      throw new UsageError(`--${option}: got no file; allowed: GitHub's answer; fix: --${option} <file>`);
    try {
      return JSON.parse(readFile(file));
    } catch (error) {
      const { code = "no JSON" } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `--${option}: got ${file}, which can't be read (${code}); allowed: GitHub's answer; fix: gh api repos/<owner>/<name>/pulls/<number>${option === "pull" ? "" : "/reviews"}`,
      );
    }
  };
  const members: Members = { lead: loginsIn(env, "lead"), qaSec: loginsIn(env, "qaSec") };
  const { approvedBy, problems } = twoReviews(pullRequestOf(json("pull"), json("reviews")), members);
  for (const seat of SEATS)
    if (approvedBy[seat] !== undefined) stdout.write(`${seatNames[seat]}: ${printable(approvedBy[seat])}\n`);
  for (const problem of problems) stdout.write(`${printable(problem)}\n`);
  return problems.length === 0 ? exitCodes.ok : exitCodes.refused;
}

/** Nobody in a list would be a review that can't be had, and read as one that is missing. */
function loginsIn(env: NodeJS.ProcessEnv, seat: Seat): readonly string[] {
  const name = VARIABLES[seat];
  const logins = (env[name] ?? "").split(/[\s,]+/).filter((login) => login !== "");
  const strange = logins.find((login) => !/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(login));
  if (logins.length === 0 || strange !== undefined)
    throw new UsageError(
      `${name}: got ${strange === undefined ? "nobody" : JSON.stringify(strange)}; allowed: logins of ${seatNames[seat]}, with commas between them; fix: gh variable set ${name}`,
    );
  return logins;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

function pullRequestOf(pull: unknown, pages: unknown): PullRequest {
  const author = textAt(pull, "user", "login");
  const head = textAt(pull, "head", "sha");
  if (author === undefined || head === undefined)
    throw new UsageError(
      "--pull: got no pull request; allowed: one with its author and its last commit; fix: gh api repos/<owner>/<name>/pulls/<number>",
    );
  // One list, or one a page.
  const list: readonly unknown[] | undefined = Array.isArray(pages) ? pages.flat() : undefined;
  const reviews = list?.map(reviewOf);
  if (reviews === undefined || reviews.includes(undefined))
    throw new UsageError(
      "--reviews: got no list of reviews; allowed: each with who, what and of which commit; fix: gh api --paginate --slurp repos/<owner>/<name>/pulls/<number>/reviews",
    );
  return { author, head, reviews: reviews.filter((review) => review !== undefined) };
}

function reviewOf(review: unknown): Review | undefined {
  const state = textAt(review, "state");
  if (!isFields(review) || state === undefined) return undefined;
  // Whoever left GitHub is nobody's member; a commit that is gone is not the last one.
  const user = textAt(review, "user", "login") ?? "";
  return { user, state, commit: textAt(review, "commit_id") ?? "" };
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce<unknown>((at, key) => (isFields(at) ? at[key] : undefined), value);
  return typeof found === "string" && found !== "" ? found : undefined;
}
