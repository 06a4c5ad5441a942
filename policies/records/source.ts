/**
 * Which source a stack is deployed from, in one number: SHA-256 over `<sha256>  <path>` of every file that decides what is registered
 * and what is judged, in the order of the paths' bytes, as `sha256sum` prints them.
 *
 * The program counts the same by its own code; a test compares the two. Documents, evidence and letters are not in it, so that signing a
 * letter does not end it.
 */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, type Stats } from "node:fs";

/** With all that lies in them. */
const folders = ["infra", "policies", "runtime"];
const files = ["Pulumi.yaml", "package.json", "package-lock.json", "pins.json", "tsconfig.json"];
/** Its files, and nothing of its folders: what is listed there the program reads, but registers nothing else for it. */
const program = "stacks";
const settings = /^Pulumi\..+\.yaml$/;
/** Of npm: it may name code that is loaded before this pack. Not every repository has one. */
const isNpmrc = (name: string): boolean => name.toLowerCase() === ".npmrc";
/**
 * By these the engine finds projects, settings and packs, and `Pulumi.json` before `Pulumi.yaml`.
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/workspace/paths.go
 */
const forEngine = { stems: ["pulumi", "pulumipolicy"], endings: ["json", "yaml", "yml"] };

const isDocument = (path: string): boolean =>
  path.endsWith(".md") || path === "infra/settings/stack-configuration.json";
/** Left there by tools; nothing loads it. */
const leftBehind = [".cache", ".build", "__pycache__"];
/** Of other names tools make what they like, and a list of them can be read in two ways. */
const plain = /^[\w.@+-]+$/;

export type Source = { readonly digest: string } | { readonly defect: string };

/** Nothing throws: a source that cannot be counted is none that anybody has released. */
export function sourceOf(root: string): Source {
  try {
    const lines = pathsOf(root)
      .sort((one, other) => (one < other ? -1 : 1))
      .map((path) => `${hash(readFileSync(`${root}/${path}`))}  ${path}\n`);
    return { digest: hash(lines.join("")) };
  } catch (error) {
    if (error instanceof Uncountable) return { defect: error.message };
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return { defect: `files that cannot be read${code}` };
  }
}

const hash = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex");

class Uncountable extends Error {}

function pathsOf(root: string): string[] {
  const paths: string[] = [];
  for (const folder of folders) {
    if (!statOf(root, folder).isDirectory()) throw new Uncountable(`${folder}, which is no folder`);
    below(root, folder, paths);
  }
  const inRoot = readdirSync(root);
  refuseForEngine(inRoot, "", (name) => name === "Pulumi.yaml" || settings.test(name));
  refuseForEngine(readdirSync(`${root}/policies`), "policies/", (name) => name === "PulumiPolicy.yaml");
  const names = inRoot.filter((name) => settings.test(name) || isNpmrc(name));
  for (const path of [...files, ...names]) take(path, statOf(root, path), paths);
  if (!statOf(root, program).isDirectory()) throw new Uncountable(`${program}, which is no folder`);
  for (const name of readdirSync(`${root}/${program}`)) {
    const path = `${program}/${name}`;
    refusePackages(name, path);
    if (isDocument(path)) continue;
    const stat = statOf(root, path);
    if (!stat.isDirectory()) take(path, stat, paths);
  }
  return paths;
}

function below(root: string, folder: string, paths: string[]): void {
  for (const name of readdirSync(`${root}/${folder}`)) {
    if (leftBehind.includes(name)) continue;
    const path = `${folder}/${name}`;
    refusePackages(name, path);
    const stat = statOf(root, path);
    if (stat.isDirectory()) {
      refuseStrangeName(name, path);
      below(root, path, paths);
    } else take(path, stat, paths);
  }
}

/** Puts a file on the list: of a link the end can change without anybody seeing it. */
function take(path: string, stat: Stats, paths: string[]): void {
  if (!stat.isFile())
    throw new Uncountable(`${path}, which is ${stat.isSymbolicLink() ? "a link" : "no file"}`);
  refuseStrangeName(path.slice(path.lastIndexOf("/") + 1), path);
  if (!isDocument(path)) paths.push(path);
}

function statOf(root: string, path: string): Stats {
  const stat = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
  if (!stat) throw new Uncountable(`no ${path}`);
  return stat;
}

function refuseStrangeName(name: string, path: string): void {
  if (!plain.test(name))
    throw new Uncountable(`${JSON.stringify(path)}, whose name can be written in more than one way`);
}

/** Node.js would take what is in there before what the lock file names. https://nodejs.org/api/modules.html#loading-from-node_modules-folders */
function refusePackages(name: string, path: string): void {
  if (name === "node_modules") throw new Uncountable(`${path}, packages that no lock file names`);
}

/** Nobody counts what the engine would read instead of what is counted here. */
function refuseForEngine(names: readonly string[], below: string, counted: (name: string) => boolean): void {
  const strange = names.find((name) => {
    const parts = name.toLowerCase().split(".");
    const [stem = "", ending = ""] = [parts[0], parts.at(-1)];
    return forEngine.stems.includes(stem) && forEngine.endings.includes(ending) && !counted(name);
  });
  if (strange !== undefined)
    throw new Uncountable(
      `${JSON.stringify(`${below}${strange}`)}, which the engine could read instead of the .yaml that is counted: remove it`,
    );
}
