import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { unprotectedInStaging } from "../../infra/release/release";
import { STAGING } from "../../infra/release/stackFacts";
import { stackOf } from "../../infra/release/plan";
import { readPlan } from "../deploy/readPlan";
import { UsageError } from "../usageError";
import { changesBetween, changesOfPlan } from "./change";
import { commentMarkdown, type CommentInput } from "./comment";
import { readCommitted, stepsIn } from "./committed";
import type { PreviewResult } from "./model";
import type { CommandOptions } from "./options";
import type { JudgedPack } from "./view";

/** What the comment is read from, beside the preview itself. */
export interface CommentPlace {
  readonly projectDir: string;
  readonly cwd: string;
  readonly nowMs: () => number;
}

/**
 * The comment's text.
 *
 * @throws UsageError where the plan or the other preview is none
 */
export function commentOf(
  result: PreviewResult,
  packs: readonly JudgedPack[],
  options: Pick<CommandOptions, "plan" | "base" | "cwd">,
  place: CommentPlace,
): string {
  return commentMarkdown({
    result,
    packs,
    source: sourceDigest(place.projectDir),
    ...(options.plan === undefined
      ? { ...comparedWith(result, options, place), errors: [] }
      : ofPlan(options.plan, result, options, place)),
  });
}

type Compared = Pick<CommentInput, "changes" | "against">;

function ofPlan(
  plan: string,
  { stack }: PreviewResult,
  options: Pick<CommandOptions, "cwd">,
  place: CommentPlace,
): Compared & Pick<CommentInput, "errors"> {
  const { projectDir, nowMs } = place;
  const { steps, errors } = readPlan(read(plan, "--plan", options, place), plan);
  const other = steps.find(({ urn }) => stackOf(urn) !== stack);
  if (other !== undefined)
    throw new UsageError(
      `--plan: got one of the stack ${JSON.stringify(stackOf(other.urn))}; allowed: of ${JSON.stringify(stack)}; fix: name its stack with --stack`,
    );
  // Whatever is not staging is judged with its letter by `npm run deploy`, and named here as if there was none.
  const unprotect = stack === STAGING.stack ? unprotectedInStaging({ projectDir, nowMs: nowMs() }) : [];
  return { changes: changesOfPlan(steps, unprotect), against: "account", errors };
}

function comparedWith(
  { stack, digest }: PreviewResult,
  options: Pick<CommandOptions, "base" | "cwd">,
  place: CommentPlace,
): Compared {
  const text =
    options.base === undefined
      ? readCommitted(place.projectDir, stack).json
      : read(options.base, "--base", options, place);
  if (text === undefined) return { changes: [], against: "nothing" };
  const before = stepsIn(text);
  if (before === undefined)
    throw new UsageError(
      `${options.base ?? `stacks/${stack}/preview.json`}: got no preview's digest; allowed: what npm run preview -- --write wrote; fix: git show <branch>:stacks/${stack}/preview.json`,
    );
  return { changes: changesBetween(before, digest.steps), against: "preview" };
}

function read(
  file: string,
  option: string,
  { cwd: from = "" }: Pick<CommandOptions, "cwd">,
  { cwd }: CommentPlace,
): string {
  try {
    return readFileSync(resolve(cwd, from, file), "utf8");
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `${option}: got ${file}, which can't be read (${code}); allowed: a file; fix: name one that is there`,
    );
  }
}
