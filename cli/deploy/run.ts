import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import { readReviewed, writeReviewed } from "./reviewed";
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
  switch (command.kind) {
    case "check":
      return check(command, place, surroundings);
    case "plan":
      return plan(command, place, surroundings);
    case "up":
      return up(command, place, surroundings);
  }
}

function check({ plan: named, options }: Of<"check">, place: Place, surroundings: Surroundings): boolean {
  const file = resolve(surroundings.cwd, options.cwd ?? "", named);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code = "unreadable" } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `--plan: ${named} can't be read (${code}); name the output of pulumi preview --json`,
    );
  }
  return judged(readPlan(text, named), place, surroundings);
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

/** What the engine would do, asked of it under the pack and judged. */
interface Planned {
  /** What the engine said. */
  readonly answer: string;
  readonly allowed: boolean;
  /** Of what the plan is. */
  readonly source: string;
}

async function plannedTo(
  plan: string,
  environment: NodeJS.ProcessEnv,
  place: Place,
  surroundings: Surroundings,
): Promise<Planned> {
  const { stack, projectDir, style } = place;
  const { stdout, stderr, runPulumi } = surroundings;
  const source = sourceDigest(projectDir);
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
  const { status, stdout: answer, stderr: complaint } = previewed;
  if (status !== 0 && !answer.trimStart().startsWith("{")) {
    stdout.write(`${style.red("refused")}: the preview ended with ${status}\n${complaint || answer}`);
    const message = `the preview ended with ${status}: ${complaint || answer}`;
    // In the form of its digest, so that whoever reads the answer reads why there is no plan.
    const said = JSON.stringify({ steps: [], diagnostics: [{ severity: "error", message }] });
    return { answer: said, allowed: false, source };
  }
  const read = readPlan(answer, "the engine's answer");
  const failed = status !== 0 && read.errors.length === 0 ? [`pulumi ended with ${status}`] : read.errors;
  return { answer, allowed: judged({ ...read, errors: failed }, place, surroundings), source };
}

/** Keeps the plan for the update, and the engine's answer for who reviews it. */
async function plan(
  { out, options }: Of<"plan">,
  place: Place,
  surroundings: Surroundings,
): Promise<boolean> {
  const environment = engineEnvironment(surroundings.env, place.projectDir);
  const folder = resolve(surroundings.cwd, options.cwd ?? "", out);
  return inPrivateFolder(async (own) => {
    const file = join(own, "plan.json");
    const { answer, allowed, source } = await plannedTo(file, environment, place, surroundings);
    const { stack } = place;
    writeReviewed(folder, answer, allowed ? { stack, source, bytes: readFileSync(file) } : undefined);
    surroundings.stdout.write(
      `wrote ${out}: ${allowed ? "the plan, and of which source it is" : "what the engine said, and no plan"}\n`,
    );
    return allowed;
  });
}

async function up(
  { yes, reviewed, options }: Of<"up">,
  place: Place,
  surroundings: Surroundings,
): Promise<boolean> {
  const { stack, projectDir, style } = place;
  const { cwd, stdout, runPulumi, ask } = surroundings;
  if (!yes && ask === undefined)
    throw new UsageError("up: got no terminal to ask; allowed: an answer, or --yes; fix: --yes");
  const environment = engineEnvironment(surroundings.env, projectDir);
  const isOf = (source: string): boolean => {
    const now = sourceDigest(projectDir);
    if (now !== source)
      stdout.write(
        `${style.red("refused")}: the source: got ${now}; allowed: ${source}, of which the plan is; fix: ${reviewed === undefined ? "run it again" : "have this source previewed and reviewed"}\n`,
      );
    return now === source;
  };
  const seen =
    reviewed === undefined ? undefined : readReviewed(resolve(cwd, options.cwd ?? "", reviewed), stack);
  // Before the engine is asked anything: of another source the plan says nothing.
  if (seen !== undefined && !isOf(seen.source)) return false;
  return inPrivateFolder(async (own) => {
    const file = join(own, "plan.json");
    const { allowed, source } = await plannedTo(file, environment, place, surroundings);
    if (!allowed) return false;
    if (!yes && (await ask?.(`Update ${stack} by this plan? Type its name: `)) !== stack) {
      stdout.write("nothing was done\n");
      return false;
    }
    if (!isOf(source)) return false;
    // What was compared, and not what may lie in its folder by now: minutes went by, and a question.
    if (seen !== undefined) writeFileSync(file, seen.plan);
    const updated = await runPulumi(
      // Never with --skip-preview: under a plan the engine's own preview is what finds a difference before anything is made; without it
      // resources are made up to the first that differs.
      // https://www.pulumi.com/docs/iac/concepts/update-plans/
      ["up", "--stack", stack, ...PACK, "--plan", file, "--yes", "--non-interactive"],
      { projectDir, env: environment, shown: true },
    );
    return updated?.status === 0;
  });
}

/** Whoever may read a plan may read what the update is given. */
async function inPrivateFolder(work: (folder: string) => Promise<boolean>): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "fase-b-deploy-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
