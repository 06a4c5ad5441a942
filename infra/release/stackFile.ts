import { readFileSync } from "node:fs";
import * as path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { CORE_SCHEMA, load, YAMLException } from "js-yaml";
import { ReleaseError } from "./problem";
import { showValue, type Problem } from "../shared/problem";

/** A stack's configuration by full key, as texts: what is no text is JSON. */
export type StackValues = Readonly<Record<string, string>>;

/**
 * Reads `Pulumi.<stack>.yaml` itself, beside the engine: to know what staging demands, whichever stack is deployed, and to compare what
 * the engine hands over with what was released.
 *
 * @throws ReleaseError where it can't be read
 */
export function readStackFile(projectDir: string, stack: string): StackValues {
  const file = `Pulumi.${stack}.yaml`;
  const refuse = (got: string): ReleaseError =>
    new ReleaseError({
      what: file,
      got,
      allowed: "the stack's settings, beside Pulumi.yaml",
      fix: `git checkout ${file}, or write it`,
    });
  let content: unknown;
  try {
    // As texts, dates too: none of what is compared is one.
    content = load(readFileSync(path.join(projectDir, file), "utf8"), { schema: CORE_SCHEMA });
  } catch (error) {
    if (error instanceof YAMLException) throw refuse(`no YAML: ${error.reason}`);
    throw refuse((error as NodeJS.ErrnoException).code ?? "no file that can be read");
  }
  const { config } = (content ?? {}) as { readonly config?: unknown };
  if (typeof config !== "object" || config === null || Array.isArray(config)) throw refuse("no map `config`");
  return Object.fromEntries(
    Object.entries(config).map(([key, value]: [string, unknown]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/**
 * What the engine hands over is what the file says: a letter is about the file, and `--config-file` or an environment could bring other
 * values beside it.
 */
export function differences(handed: StackValues, written: StackValues, stack: string): readonly Problem[] {
  const keys = [...new Set([...Object.keys(handed), ...Object.keys(written)])].sort();
  return keys.flatMap((key) => {
    const [got, expected] = [valueOf(handed[key]), valueOf(written[key])];
    if (isDeepStrictEqual(got, expected)) return [];
    return [
      {
        path: key,
        got: handed[key] === undefined ? "nothing" : showValue(got),
        allowed: `what Pulumi.${stack}.yaml says, since the letter is about that: ${showValue(expected)}`,
        fix: "deploy without --config-file and without an environment",
      },
    ];
  });
}

function valueOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
