import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { EvidenceError } from "./problem";

/**
 * Which source a stack is deployed from, in one number: over everything that decides what is registered and what is judged.
 * Documents, evidence, letters and what is generated from the rest are not in it, so that keeping evidence does not change what it is of;
 * nor are the lists of `stacks/<stack>/`, by which the program refuses to run, but registers nothing else.
 * Tests are in it: which of the files is one is a question of names, and a rule on names is a place to hide something.
 */
const FOLDERS = ["infra", "policies", "runtime"] as const;
/** By the options of `tsconfig.json` a source becomes other code, also in the functions' bundles. */
const FILES = ["Pulumi.yaml", "package.json", "package-lock.json", "pins.json", "tsconfig.json"] as const;
/**
 * Where it is there: `node-options` in it loads code before anything of ours, `script-shell` runs the commands by another program.
 * In any case, as a file system that knows none gives it to npm. https://docs.npmjs.com/cli/configuring-npm/npmrc
 */
const NPM = /^\.npmrc$/i;
const SETTINGS = /^Pulumi\..+\.yaml$/;
/**
 * What the engine could take for a project, its settings or a pack. It looks for `.json`, `.yaml`, `.yml` in this order, and for settings
 * with the project's ending: the first of them decides what runs, and the one that is counted would be nobody's.
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/workspace/paths.go (findProjectInDir, ProjectStackPath, DetectPolicyPackPathAt)
 */
const ENGINES = /^pulumi(policy)?(\..*)?\.(json|ya?ml)$/i;
/** What of them there is here, and counted. */
const TAKEN: ReadonlyMap<string, RegExp> = new Map([
  [".", /^Pulumi(\..+)?\.yaml$/],
  ["policies", /^PulumiPolicy\.yaml$/],
]);
/** The program itself, whatever it is written in; its folders are the stacks' lists. */
const PROGRAM = "stacks";
/** Generated from the settings' schema; of the generated files the only one that lies in those folders and is no document. */
const GENERATED: ReadonlySet<string> = new Set(["infra/settings/stack-configuration.json"]);
/** What tools leave there, git ignores, and nothing loads. */
const LEFT_BEHIND: ReadonlySet<string> = new Set([".cache", ".build", "__pycache__"]);
/** Node.js would take what is in there before what the lock file names. https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
const PACKAGES = "node_modules";

/** Of what the digest is, in git's words. */
export const SOURCE_PATHS: readonly string[] = [
  ...FOLDERS,
  ...FILES,
  ".npmrc",
  "Pulumi.*.yaml",
  `:(glob)${PROGRAM}/*`,
];

/** Names that every tool sorts and prints alike: `sha256sum` escapes others. */
const PLAIN = /^[\w.@+-]+$/;

/** `<sha256>  <path>`, one a line, in the order of the paths' bytes: what `sha256sum` prints. */
export function sourceLines(projectDir: string): string {
  return sourceFiles(projectDir)
    .map(
      (path) =>
        `${createHash("sha256")
          .update(readFileSync(join(projectDir, path)))
          .digest("hex")}  ${path}\n`,
    )
    .join("");
}

/**
 * @param projectDir the folder of `Pulumi.yaml`
 * @throws EvidenceError for a link, or a name that would be written in more than one way
 */
export const sourceDigest = (projectDir: string): string =>
  createHash("sha256").update(sourceLines(projectDir)).digest("hex");

/** With slashes, in their order. */
export function sourceFiles(projectDir: string): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(projectDir, folder))) {
      if (LEFT_BEHIND.has(name)) continue;
      const path = `${folder}/${name}`;
      if (name === PACKAGES) throw packages(path);
      const stat = lstatSync(join(projectDir, path));
      if (stat.isSymbolicLink() || !PLAIN.test(name)) throw strange(path, stat.isSymbolicLink());
      if (stat.isDirectory()) walk(path);
      else if (!name.endsWith(".md") && !GENERATED.has(path)) found.push(path);
    }
  };
  const single = (path: string): void => {
    const stat = lstatSync(join(projectDir, path), { throwIfNoEntry: false });
    if (!stat) throw missing(path);
    if (!PLAIN.test(basename(path)) || !stat.isFile()) throw strange(path, stat.isSymbolicLink());
    found.push(path);
  };
  for (const folder of FOLDERS) {
    const stat = lstatSync(join(projectDir, folder), { throwIfNoEntry: false });
    if (!stat) throw missing(folder);
    if (!stat.isDirectory()) throw strange(folder, stat.isSymbolicLink());
    walk(folder);
  }
  FILES.forEach(single);
  for (const [folder, taken] of TAKEN)
    for (const name of readdirSync(join(projectDir, folder)))
      if (ENGINES.test(name) && !taken.test(name)) throw other(folder === "." ? name : `${folder}/${name}`);
  for (const name of readdirSync(projectDir)) if (SETTINGS.test(name) || NPM.test(name)) single(name);
  for (const name of readdirSync(join(projectDir, PROGRAM))) {
    const path = `${PROGRAM}/${name}`;
    if (name === PACKAGES) throw packages(path);
    if (!name.endsWith(".md") && !lstatSync(join(projectDir, path)).isDirectory()) single(path);
  }
  return found.sort((a, b) => (a < b ? -1 : 1));
}

const strange = (path: string, link: boolean): EvidenceError =>
  new EvidenceError({
    what: path,
    got: link ? "a symbolic link" : "something else",
    allowed: "files and folders by plain names, since a link's end can change without anybody seeing it",
    fix: "put the file itself there, or rename it",
  });

const packages = (path: string): EvidenceError =>
  new EvidenceError({
    what: path,
    got: "a folder of packages",
    allowed: "the one beside package-lock.json, whose packages it names",
    fix: `rm -r ${path}`,
  });

const other = (path: string): EvidenceError =>
  new EvidenceError({
    what: path,
    got: "a file that the engine could take before the one that is counted",
    allowed: "Pulumi.yaml, Pulumi.<stack>.yaml and policies/PulumiPolicy.yaml",
    fix: `rm ${JSON.stringify(path)}`,
  });

const missing = (path: string): EvidenceError =>
  new EvidenceError({
    what: path,
    got: "nothing",
    allowed: "the program's source, whole",
    fix: "run the command in a checkout of the repository (--cwd)",
  });
