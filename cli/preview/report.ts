import { ansiStyle, plainStyle, wantsColor } from "../style";
import {
  committedFolder,
  compare,
  previewJson,
  hasCommitted,
  readCommitted,
  writeCommitted,
  type Comparison,
} from "./committed";
import { digestText, stepsText } from "./digestJson";
import { previewMarkdown } from "./markdown";
import type { PreviewResult, PreviewStep } from "./model";
import { DEFAULT_STACK, type CommandOptions } from "./options";
import type { Output } from "../style";
import { exitCodes, type ExitCode, type Surroundings } from "./surroundings";
import {
  changesSection,
  diagnosticsSection,
  lostOf,
  outputsSection,
  policiesSection,
  protectedSection,
  summaryLine,
  totalsSection,
  treeSection,
  violationsSection,
  type TextOptions,
} from "./text";
import { isMandatory, judgedPacks, type JudgedPack } from "./view";

/** Writes what the report will need of the steps, while the policies still judge them. */
export function prepare(steps: readonly PreviewStep[], options: CommandOptions, projectDir: string): void {
  if (options.json || options.write || hasCommitted(projectDir, options.stack)) stepsText(steps);
}

type Reported = Pick<
  Surroundings,
  "cwd" | "stdout" | "stderr" | "env" | "elapsedMs" | "nowMs" | "loadComment"
>;

/** Shows a result in the way that was asked for, writes or checks the committed preview, and says how it ended. */
export function report(
  result: PreviewResult,
  options: CommandOptions,
  projectDir: string,
  { cwd, stdout, stderr, env, elapsedMs, nowMs, loadComment }: Reported,
): ExitCode {
  const textOptions = (stream: Output): TextOptions => ({
    style: wantsColor(options.color, stream, env) ? ansiStyle : plainStyle,
    columns: stream.isTTY === true ? stream.columns : undefined,
    diff: options.diff || options.check,
  });

  const diagnostics = diagnosticsSection(result.diagnostics, textOptions(stderr));
  if (diagnostics !== "") stderr.write(diagnostics);
  if (options.comment)
    stdout.write(loadComment().commentOf(result, judgedPacks(result), options, { projectDir, cwd, nowMs }));
  if (!result.programSucceeded) {
    if (!result.diagnostics.some(({ severity }) => severity === "error")) {
      stderr.write(
        "error: the program failed without saying why; run its entry point by itself to see more\n",
      );
    }
    return exitCodes.unusable;
  }

  const packs = judgedPacks(result);
  if (options.comment)
    return packs.some(({ violations }) => violations.some(isMandatory)) ? exitCodes.refused : exitCodes.ok;
  // What people read moves to the error stream when the standard output is for a tool.
  const people = options.json ? stderr : stdout;
  const forPeople = textOptions(people);
  if (options.json) stdout.write(digestText(result.digest));

  const comparison =
    options.json && !options.check ? undefined : compareWithCommitted(result, packs, options, projectDir);
  const changes = comparison === undefined ? "" : changesSection(result, comparison, forPeople);
  const lost = lostOf(comparison);
  const unprotected = protectedSection(lost, forPeople);
  const violations = violationsSection(packs, forPeople);
  // A check tells what is wrong and a diff what differs; the summary counts the rest. Behind hundreds of lines of tree nobody finds it.
  const sections =
    options.json || options.check || options.diff
      ? [changes, unprotected, violations]
      : [
          treeSection(result, forPeople),
          changes,
          policiesSection(packs, forPeople),
          unprotected,
          violations,
          outputsSection(result, forPeople),
          totalsSection(result, forPeople),
        ];

  const closing: string[] = [];
  if (!options.json) closing.push(summaryLine(result, packs, comparison, elapsedMs(), forPeople));
  if (options.write) {
    // What is committed is the only memory of what was protected.
    closing.push(
      lost.length > 0
        ? `${committedFolder(result.stack)} was not written: protected resources would be deleted`
        : write(result, packs, projectDir),
    );
  }
  const stale = options.check && comparison?.state !== "same";
  if (stale)
    closing.push(`The committed preview is ${comparison?.state}; to mend it: ${mendingCommand(options)}`);

  people.write(
    [...sections, closing.map((line) => `${line}\n`).join("")].filter((text) => text !== "").join("\n"),
  );
  return stale || lost.length > 0 || packs.some((pack) => pack.violations.some(isMandatory))
    ? exitCodes.refused
    : exitCodes.ok;
}

function compareWithCommitted(
  result: PreviewResult,
  packs: readonly JudgedPack[],
  options: CommandOptions,
  projectDir: string,
): Comparison {
  const committed = readCommitted(projectDir, options.stack);
  // Most looks at a stack that has nothing committed need not pay for the text.
  if (committed.json === undefined && committed.markdown === undefined) {
    return { state: "absent", resources: [], other: [], notes: [] };
  }
  const json = previewJson(result, packs);
  return compare(
    committed,
    options.check ? { json, markdown: previewMarkdown(result, packs) } : { json },
    options.stack,
  );
}

function write(result: PreviewResult, packs: readonly JudgedPack[], projectDir: string): string {
  const folder = committedFolder(result.stack);
  const written = writeCommitted(projectDir, result.stack, {
    json: previewJson(result, packs),
    markdown: previewMarkdown(result, packs),
  });
  return written.length === 0
    ? `${folder} is up to date already`
    : `Wrote ${written.map((file) => `${folder}/${file}`).join(" and ")}`;
}

/** The command that writes what was just looked at, with the same options. */
function mendingCommand({ stack, configFile, policyPacks, cwd }: CommandOptions): string {
  const given = [
    ...(stack === DEFAULT_STACK ? [] : ["--stack", stack]),
    ...(configFile === undefined ? [] : ["--config-file", configFile]),
    ...policyPacks.flatMap((pack) => ["--policy-pack", pack]),
    ...(cwd === undefined ? [] : ["--cwd", cwd]),
  ];
  const quoted = given.map((word) =>
    /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`,
  );
  return ["npm run preview -- --write", ...quoted].join(" ");
}
