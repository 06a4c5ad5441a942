import { readFileSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { demandsOf } from "../../infra/evidence/record/judge";
import { readCopy } from "../../infra/evidence/record/readCopy";
import { EVIDENCE_CLAUSES } from "../../infra/evidence/record/requirements";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { verifyEvidence, type VerifyInput } from "../../infra/evidence/record/verify";
import type { Letter } from "../../infra/release/letter.schema";
import { STAGING } from "../../infra/release/stackFacts";
import { TRUSTED_ROLES } from "../../infra/release/trustedRoles";
import { definitions } from "../../policies/catalogue";
import { controlExceptions, policyExceptions } from "../../policies/exceptions";
import { differencesOf, settle, type ExportedFile } from "../export/folder";
import { runPreview } from "../preview/engine";
import { readProject } from "../preview/engine/project";
import { findPaths, projectAbove } from "../preview/paths";
import { readStackSettings } from "../stackSettings";
import { ansiStyle, plainStyle, wantsColor } from "../style";
import { UsageError } from "../usageError";
import { auditJson, auditOf } from "./audit";
import type { Surroundings } from "./command";
import { evidencePartOf } from "./evidencePart";
import { judgePreview } from "./input/judgePreview";
import { judgeState } from "./input/judgeState";
import type { JudgedStack } from "./input/judged";
import { readStateFile } from "./input/stateFile";
import { believedBy, lettersOf } from "./letters";
import type { Audit } from "./model";
import { startedIn, type AuditOptions } from "./options";
import { toEnvironment, type PackArguments } from "./pack/arguments";
import { pageOf } from "./page/page";
import { closingText } from "./text";

const PACK_FOLDER = join(__dirname, "pack");

/** An audit, and what it rests on. */
export interface Judged {
  readonly audit: Audit;
  /** The valid Carta GO that starts the work. */
  readonly letter?: Letter;
  /** Of staging, whatever the stack: that is where the clauses are shown to hold. */
  readonly evidence: VerifyInput;
  readonly projectDir: string;
}

/** Judges, and writes nothing. */
export async function judgeStack(
  options: AuditOptions,
  surroundings: Pick<Surroundings, "cwd" | "nowMs" | "trustedRoles">,
): Promise<Judged> {
  const from = startedIn(options, surroundings.cwd);
  // To the millisecond of the clock, or as it was asked for: everything in the audit is as of this instant.
  const at = new Date(options.atMs ?? surroundings.nowMs());
  const projectDir =
    options.file === undefined ? findPaths(options, surroundings.cwd).projectDir : projectAbove(from);
  const root = options.record === undefined ? projectDir : resolve(from, options.record);
  const source = options.source ?? sourceDigest(projectDir);
  // What is quickly read comes first: a mistake in it is told before the pack is started.
  const evidence = evidenceOf(options, surroundings.cwd, { at, root, source });
  const verification = verifyEvidence(evidence);
  const judged = await judge(options, surroundings, projectDir, from, { at, root, source });
  const { letter, ...letters } = lettersOf({
    root,
    stack: judged.stack,
    source,
    nowMs: at.getTime(),
    trustedRoles: surroundings.trustedRoles ?? TRUSTED_ROLES,
    believed: believedBy(verification),
  });
  const audit = auditOf({
    judged,
    definitions,
    packVersion: packVersion(projectDir),
    exceptions: { policies: policyExceptions, controls: controlExceptions },
    evidence: evidencePartOf(verification, { stack: STAGING.stack, source }),
    ...letters,
    at,
  });
  return { audit, evidence, projectDir, ...(letter && { letter }) };
}

/** @returns whether no mandatory policy is violated */
export async function run(options: AuditOptions, surroundings: Surroundings): Promise<boolean> {
  const from = startedIn(options, surroundings.cwd);
  const { audit, projectDir } = await judgeStack(options, surroundings);
  const files = filesOf(audit);
  const out =
    options.out === undefined ? join(projectDir, "stacks", audit.stack, "audit") : resolve(from, options.out);
  if (!options.check) {
    // Named as whoever asked would name it, also where it cannot be written.
    const place = relative(from, out).split(sep).join("/") || ".";
    const placed = files.map((file) => ({ ...file, path: `${place}/${file.path}` }));
    settle(from, placed, differencesOf(from, placed, { path: place, endings: [] }));
  }

  const { stdout, stderr, env } = surroundings;
  if (options.json) stdout.write(auditJson(audit));
  const people = options.json ? stderr : stdout;
  const style = wantsColor(options.color, people, env) ? ansiStyle : plainStyle;
  people.write(
    closingText(audit, options.check ? undefined : shownPath(from, join(out, "index.html")), style),
  );
  return audit.summary.passes;
}

export const filesOf = (audit: Audit): readonly ExportedFile[] => [
  { path: "audit.json", text: auditJson(audit) },
  { path: "index.html", text: pageOf(audit) },
];

async function judge(
  options: AuditOptions,
  surroundings: Pick<Surroundings, "cwd">,
  projectDir: string,
  from: string,
  asked: PackArguments,
): Promise<JudgedStack> {
  const environment = toEnvironment(asked);
  if (options.file === undefined) {
    const { configFile } = findPaths(options, surroundings.cwd);
    return judgePreview(
      { projectDir, stack: options.stack, ...(configFile === undefined ? {} : { configFile }) },
      PACK_FOLDER,
      environment,
      runPreview,
    );
  }
  const state = readStateFile(options.file, resolve(from, options.file));
  const { name } = readProject(projectDir);
  if (state.project !== name)
    throw new UsageError(
      `--file: got a state of the project ${state.project}; allowed: one of ${name}; fix: export a stack of this project`,
    );
  if (options.stackNamed && state.stack !== options.stack)
    throw new UsageError(
      `--file: got a state of the stack ${state.stack}; allowed: one of ${options.stack}, which --stack names; fix: leave --stack out, or export that stack`,
    );
  return judgeState(state, PACK_FOLDER, environment);
}

function evidenceOf(
  { configFile, ...options }: AuditOptions,
  cwd: string,
  { at, root, source }: PackArguments,
): VerifyInput {
  const own = options.stack === STAGING.stack && configFile !== undefined ? { configFile } : {};
  const { settings } = readStackSettings({ ...options, ...own, stack: STAGING.stack }, cwd);
  const folder = join(root, "stacks", STAGING.stack);
  return {
    files: readCopy(join(folder, "evidence")),
    keys: readCollectorKeys(folder),
    stack: STAGING.stack,
    sourceDigest: source,
    nowMs: at.getTime(),
    demands: demandsOf(settings),
    clauses: EVIDENCE_CLAUSES,
  };
}

function packVersion(projectDir: string): string {
  const { version } = JSON.parse(readFileSync(join(projectDir, "policies", "package.json"), "utf8")) as {
    readonly version?: string;
  };
  return version ?? "";
}

/** Relative where it lies below where the command was started. */
export function shownPath(from: string, path: string): string {
  const below = relative(from, path);
  return below.startsWith("..") || isAbsolute(below) ? path : below;
}
