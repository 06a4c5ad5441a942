import { existsSync, readdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Where Debian's packages, Chrome's own and a person's have it. */
export const CHROMIUM_NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
] as const;
/** A person's own, by its path. */
export const CHROMIUM_VARIABLE = "FASE_B_CHROMIUM";
/** Folders of the libraries that were unpacked beside it, as `LD_LIBRARY_PATH` has them. */
export const LIBRARIES_VARIABLE = "FASE_B_BROWSER_LIBRARIES";
/** Below an unpacked root: Debian's `/usr/bin/chromium` is a script that looks for the rest below `/`. */
export const UNPACKED_CHROMIUM = "usr/lib/chromium/chromium";
/** Below the project: where `npm run test:browser` unpacks Debian's package. */
export const UNPACKED_FOLDER = join(".cache", "browser", "chromium");

export interface Chromium {
  readonly path: string;
  /** Folders of libraries that were unpacked beside it. */
  readonly libraries: readonly string[];
}

/**
 * Named by the person, on the PATH, or unpacked for the tests; nothing is fetched.
 *
 * @returns a text where one is named that is not there: another would not be the one that was meant
 */
export function findChromium(env: NodeJS.ProcessEnv, projectDir: string): Chromium | string | undefined {
  const named = env[CHROMIUM_VARIABLE];
  if (named !== undefined && named !== "") {
    const libraries = (env[LIBRARIES_VARIABLE] ?? "").split(delimiter).filter((folder) => folder !== "");
    return existsSync(named)
      ? { path: named, libraries }
      : `${CHROMIUM_VARIABLE} names ${named}, which is not there`;
  }
  const there = onPath(CHROMIUM_NAMES, env);
  if (there !== undefined) return { path: there, libraries: [] };
  const root = join(projectDir, UNPACKED_FOLDER);
  const path = join(root, UNPACKED_CHROMIUM);
  return existsSync(path) ? { path, libraries: librariesIn(root) } : undefined;
}

export const onPath = (names: readonly string[], env: NodeJS.ProcessEnv): string | undefined =>
  (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((path) => existsSync(path));

/** `/usr/lib/<machine>`, and the folders below it that hold libraries of their own, such as PulseAudio's. */
export function librariesIn(root: string): readonly string[] {
  const folders = new Set<string>();
  const lib = join(root, "usr", "lib");
  if (!existsSync(lib)) return [];
  for (const path of readdirSync(lib, { recursive: true, encoding: "utf8" }))
    if (/\.so(\.\d+)*$/.test(path) && path.split("/").length <= 3 && path.includes("-linux-"))
      folders.add(dirname(join(lib, path)));
  return [...folders].sort();
}
