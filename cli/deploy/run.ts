import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { factsOf, judgePlan, stackOf } from "../../infra/release/plan";
import { releaseOf, unprotectedInStaging } from "../../infra/release/release";
import { isStaging, strangeFacts } from "../../infra/release/stackFacts";
import { formatProblem } from "../../infra/shared/problem";
import { findPaths } from "../preview/paths";
import { ansiStyle, plainStyle, wantsColor, type Style } from "../style";
import { UsageError } from "../usageError";
import type { Surroundings } from "./command";
import { engineEnvironment } from "./environment";
import type { Command } from "./options";
import { readPlan, type ReadPlan } from "./readPlan";
import { judgementText, problemsText, refusalText } from "./text";

type Runnable = Exclude<Command, { readonly kind: "help" }>;
type Of<K extends Runnable["kind"]> = Extract<Runnable, { readonly kind: K }>;

interface Place {
  readonly stack: string;
  readonly projectDir: string;
  readonly style: Style;
}

/** @returns whether it was deployed, or nothing stands against the plan */
export async function run(command: Runnable, surroundings: Surroundings): Promise<boolean> {
  const { options } = command;
  const { cwd, env, stdout } = surroundings;
  const { projectDir } = findPaths(options, cwd);
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  const place: Place = { stack: options.stack, projectDir, style };
  return command.kind === "check" ? check(command, place, surroundings) : up(command, place, surroundings);
}

function check({ plan, options }: Of<"check">, place: Place, surroundings: Surroundings): boolean {
  const file = resolve(surroundings.cwd, options.cwd ?? "", plan);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new UsageError(`--plan: ${plan} can't be read (${code}); name the output of pulumi preview --json`);
  }
  return judged(readPlan(text, plan), place, surroundings);
}

/** Says what a plan would take away, and whether it may be carried out. */
function judged({ steps, errors }: ReadPlan, place: Place, { stdout, nowMs }: Surroundings): boolean {
  const { stack, projectDir, style } = place;
  const other = steps.find(({ urn }) => stackOf(urn) !== stack);
  if (other !== undefined)
    throw new UsageError(
      `the plan: got one of the stack ${JSON.stringify(stackOf(other.urn))}; allowed: of ${JSON.stringify(stack)}; fix: name its stack with --stack`,
    );
  if (errors.length > 0) {
    stdout.write(problemsText("the preview failed", errors, style));
    return false;
  }
  const facts = factsOf(steps);
  const where = { projectDir, stack, nowMs: nowMs() };
  const release = isStaging(facts) ? { unprotect: unprotectedInStaging(where) } : releaseOf(where);
  const unprotect = "problems" in release ? [] : release.unprotect;
  const judgement = judgePlan(steps, unprotect);
  stdout.write(judgementText(judgement, stack, style));
  if ("problems" in release) {
    const problems = [...strangeFacts(facts).map(formatProblem), ...release.problems];
    stdout.write(problemsText(`${stack} is production, and is not released`, problems, style));
    return false;
  }
  const refused = judgement.losses.filter(({ allowed }) => !allowed);
  if (refused.length > 0) stdout.write(refusalText(refused, style));
  return refused.length === 0;
}

const PACK = ["--policy-pack", "policies"] as const;

async function up({ yes }: Of<"up">, place: Place, surroundings: Surroundings): Promise<boolean> {
  const { stack, projectDir, style } = place;
  const { stdout, stderr, runPulumi, ask } = surroundings;
  if (!yes && ask === undefined)
    throw new UsageError("up: got no terminal to ask; allowed: an answer, or --yes; fix: --yes");
  const environment = engineEnvironment(surroundings.env, projectDir);
  // Whoever may read the plan may read what the update is given.
  const folder = mkdtempSync(join(tmpdir(), "fase-b-deploy-"));
  try {
    const plan = join(folder, "plan.json");
    const before = sourceDigest(projectDir);
    stderr.write(`${style.dim(`asking the engine what an update of ${stack} would do`)}\n`);
    const previewed = await runPulumi(
      ["preview", "--json", "--stack", stack, ...PACK, "--save-plan", plan, "--non-interactive"],
      // An event a line: the digest does not say which policy is violated.
      { projectDir, env: { ...environment, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" } },
    );
    if (previewed === undefined)
      throw new UsageError(
        "pulumi: got none on the PATH; allowed: the CLI, outside the project and its node_modules/.bin; fix: install it",
      );
    const { status, stdout: text, stderr: complaint } = previewed;
    if (status !== 0 && !text.trimStart().startsWith("{")) {
      stdout.write(`${style.red("refused")}: the preview ended with ${status}\n${complaint || text}`);
      return false;
    }
    const read = readPlan(text, "the engine's answer");
    const failed = status !== 0 && read.errors.length === 0 ? [`pulumi ended with ${status}`] : read.errors;
    if (!judged({ ...read, errors: failed }, place, surroundings)) return false;
    if (!yes && (await ask?.(`Update ${stack} by this plan? Type its name: `)) !== stack) {
      stdout.write("nothing was done\n");
      return false;
    }
    const now = sourceDigest(projectDir);
    if (now !== before) {
      stdout.write(
        `${style.red("refused")}: the source: got ${now}; allowed: ${before}, of which the plan is; fix: run it again\n`,
      );
      return false;
    }
    const updated = await runPulumi(
      ["up", "--stack", stack, ...PACK, "--plan", plan, "--skip-preview", "--yes", "--non-interactive"],
      { projectDir, env: environment, shown: true },
    );
    return updated?.status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
