import { join, resolve } from "node:path";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { demandsOf } from "../../infra/evidence/record/judge";
import { readCopy } from "../../infra/evidence/record/readCopy";
import { EVIDENCE_CLAUSES } from "../../infra/evidence/record/requirements";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { verifyEvidence, type Verification } from "../../infra/evidence/record/verify";
import { believedBy } from "../../infra/release/believed";
import { lettersPath } from "../../infra/release/chain";
import { letterFile } from "../../infra/release/letter";
import { missing } from "../../infra/release/release";
import { parseRoleKeys, ROLES_FILE } from "../../infra/release/roleKeys";
import { STAGING } from "../../infra/release/stackFacts";
import { isRefusal, verifyLetter, type LetterInput } from "../../infra/release/verifyLetter";
import { exitCodes, type ExitCode } from "../outcome";
import { readStackSettings } from "../stackSettings";
import { ansiStyle, plainStyle, wantsColor, type Style } from "../style";
import { UsageError } from "../usageError";
import type { Surroundings } from "./command";
import { draftedFiles, draftLetter } from "./draft";
import { findLetter, readEnvelopeFile, readStackLetters, startedIn, type Letters } from "./folder";
import { LetterError } from "./letterError";
import type { Command } from "./options";
import { joinSignatures, makeRoleKey, prepareSigning } from "./sign";
import { judged, shown } from "./text";

type Runnable = Exclude<Command, { readonly kind: "help" }>;
type Of<K extends Runnable["kind"]> = Extract<Runnable, { readonly kind: K }>;

/** @returns the exit status */
export async function run(command: Runnable, surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, env, nowMs } = surroundings;
  const style = wantsColor(command.options.color, stdout, env) ? ansiStyle : plainStyle;
  switch (command.kind) {
    case "keygen": {
      const path = resolve(startedIn(command.options, surroundings.cwd), command.out);
      const entry = makeRoleKey(path, command.role, command.holder, nowMs());
      stdout.write(`${JSON.stringify(entry, undefined, 2)}\n`);
      surroundings.stderr.write(HOW_TO_ENTER);
      return exitCodes.ok;
    }
    case "draft":
      return draft(command, surroundings);
    case "sign":
      return sign(command, surroundings, style);
    case "join":
      return joinLetter(command, surroundings);
    case "verify":
      return verify(command, surroundings, style);
    case "show": {
      const letters = readStackLetters(command, surroundings);
      stdout.write(shown(findLetter(letters, command.number), keysOf(letters), style));
      return exitCodes.ok;
    }
  }
}

const keysOf = ({ roles, stack }: Letters): ReturnType<typeof parseRoleKeys> =>
  parseRoleKeys(roles, `stacks/${stack}/${ROLES_FILE}`);

/** On the error output: the entry alone is the result. */
const HOW_TO_ENTER =
  "note: the entry goes into stacks/<stack>/roles.json; then that file's SHA-256 (sha256sum) into infra/release/trustedRoles.ts and policies/lib/trustedRoles.ts, all by one reviewed pull request; until then no key of it counts\n";

function draft(command: Of<"draft">, surroundings: Surroundings): ExitCode {
  const { stdout, stderr, nowMs } = surroundings;
  const letters = readStackLetters(command, surroundings);
  // Asked before anything is written: evidence or keys that cannot be read end the command.
  const evidence = evidenceOf(letters, nowMs());
  const open = openClauses(letters, evidence);
  const believed = conditionsBy(evidence);
  const isBelieved = command.conditions.map(({ clause, evidence }) => believed(clause, evidence));
  const letter = draftLetter(command, letters, nowMs());
  const name = draftedFiles(letter);
  stdout.write(`${name}.md\n${name}.json\n`);
  letter.conditions.forEach(({ id, clause, evidence }, at) => {
    if (isBelieved[at] !== true)
      stderr.write(
        `note: ${id}: no evidence ${evidence} of ${clause} that is believed, or ${clause} is not met; the letter holds only while it is\n`,
      );
  });
  if (letter.decision !== "NO-GO") stderr.write(open);
  return exitCodes.ok;
}

async function sign(
  { options, phase, key, yes }: Of<"sign">,
  surroundings: Surroundings,
  style: Style,
): Promise<ExitCode> {
  const { stdout, stderr, ask, nowMs } = surroundings;
  const letters = readStackLetters({ options, phase }, surroundings);
  const signing = prepareSigning(letters, resolve(letters.from, key), nowMs());
  stdout.write(shown(signing.current, keysOf(letters), style));
  if (signing.current.letter.decision !== "NO-GO")
    stderr.write(openClauses(letters, evidenceOf(letters, nowMs())));
  if (!yes) {
    if (!ask)
      throw new UsageError(
        "sign: got no terminal to ask on; allowed: one, or --yes; fix: read the letter, then add --yes",
      );
    const answer = (
      await ask(`\nSign this letter as ${signing.role}? Write ${signing.role} to sign: `)
    ).trim();
    if (answer !== signing.role)
      throw new LetterError({
        what: "sign",
        got: JSON.stringify(answer),
        allowed: signing.role,
        fix: "nothing was signed; run it again to sign",
      });
  }
  stdout.write(`signed as ${signing.role}: ${signing.sign()}\n`);
  return exitCodes.ok;
}

function joinLetter({ options, phase, from }: Of<"join">, surroundings: Surroundings): ExitCode {
  const { stdout, nowMs } = surroundings;
  const letters = readStackLetters({ options, phase }, surroundings);
  const other = readEnvelopeFile(resolve(letters.from, from), from);
  const { where, added } = joinSignatures(letters, other, from, nowMs());
  stdout.write(`joined ${added.map(({ role }) => role).join(", ")}: ${where}\n`);
  return exitCodes.ok;
}

function verify(
  { options, phase, json, atMs }: Of<"verify">,
  surroundings: Surroundings,
  style: Style,
): ExitCode {
  const { stdout, nowMs } = surroundings;
  const letters = readStackLetters({ options, phase }, surroundings);
  const at = atMs ?? nowMs();
  const evidence = evidenceOf(letters, at);
  const result = verifyLetter({
    ...letters,
    sourceDigest: phase === "fase-b" ? sourceDigest(letters.projectDir) : "",
    nowMs: at,
    believed: conditionsBy(evidence),
  });
  const where = isRefusal(result)
    ? ""
    : lettersPath(letters.stack, letterFile(phase, result.letter.number, "envelope"));
  const unreadable = isRefusal(result) && result.unreadable;
  if (unreadable && !json) throw new UsageError(result.refusal);
  // As the guard: a letter of Fase B releases nothing by itself.
  const open = phase === "fase-b" && !unreadable ? missing(evidence()) : [];
  stdout.write(judged(result, where, open, json, style));
  if (unreadable) return exitCodes.unusable;
  return isRefusal(result) || open.length > 0 ? exitCodes.refused : exitCodes.ok;
}

type Evidence = () => Verification;

/** Staging's evidence, read when it is first asked about. */
function evidenceOf({ projectDir }: Letters, nowMs: number): Evidence {
  let read: Verification | undefined;
  return () => (read ??= stagingEvidence(projectDir, nowMs));
}

const conditionsBy =
  (evidence: Evidence): LetterInput["believed"] =>
  (clause, digest) =>
    believedBy(evidence())(clause, digest);

/** What has to be there by the day of the deployment and is not yet: no reason against a letter of Fase B, and good to know. */
const openClauses = ({ phase }: Letters, evidence: Evidence): string =>
  phase === "fase-b"
    ? missing(evidence())
        .map((line) => `note: the letter releases nothing yet: ${line}\n`)
        .join("")
    : "";

function stagingEvidence(projectDir: string, nowMs: number): Verification {
  const { stack } = STAGING;
  const { settings } = readStackSettings({ stack, color: "never" }, projectDir);
  const folder = join(projectDir, "stacks", stack);
  return verifyEvidence({
    files: readCopy(join(folder, "evidence")),
    keys: readCollectorKeys(folder),
    stack,
    sourceDigest: sourceDigest(projectDir),
    nowMs,
    demands: demandsOf(settings),
    clauses: EVIDENCE_CLAUSES,
  });
}
