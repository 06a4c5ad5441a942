/** Tests only: plays histories against a reference, and a checker over code with one mistake put in. */
import { build } from "esbuild";
import * as fc from "fast-check";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import * as vm from "node:vm";

export interface ModelReport {
  readonly runs: number;
  /** The violation; empty if there is none. */
  readonly failure: string;
  readonly seen: ReadonlySet<string>;
}

export interface ModelLimits {
  readonly runs: number;
  readonly timeLimitMs: number;
  readonly seed?: number;
  /** Not where only the fact of a failure matters. */
  readonly shrink?: boolean;
  /** What must have come about: as many histories again are tried until all of it has. */
  readonly expected?: readonly string[];
}

/**
 * Ends after `timeLimitMs` with what it has tried by then.
 *
 * @param property of histories; notes in `seen` what came about
 */
export async function checkHistories<T>(
  property: (seen: Set<string>) => fc.IAsyncProperty<T>,
  { runs, timeLimitMs, seed, shrink, expected = [] }: ModelLimits,
): Promise<ModelReport> {
  const seen = new Set<string>();
  const endsMs = performance.now() + timeLimitMs;
  for (let tried = 0; ;) {
    const details = await fc.check(property(seen), {
      numRuns: runs,
      interruptAfterTimeLimit: endsMs - performance.now(),
      markInterruptAsFailure: false,
      endOnFailure: shrink === false,
      ...(seed === undefined ? {} : { seed: seed + tried }),
    });
    tried += details.numRuns;
    const failure = details.failed
      ? `${String(details.errorInstance)}\n${fc.defaultReportMessage(details) ?? ""}`
      : "";
    const isDone = details.failed || expected.every((what) => seen.has(what));
    if (isDone || performance.now() >= endsMs) return { runs: tried, failure, seen };
  }
}

export function expectation(holds: boolean, text: string): void {
  if (!holds) throw new Error(text);
}

/** The names, each as often as its weight says. */
export const weighted = <T extends string>(weights: Partial<Record<T, number>>): T[] =>
  (Object.entries(weights) as [T, number][]).flatMap(([name, times]) => Array<T>(times).fill(name));

/**
 * One number is one action: numbers are quick to make and to shrink, and 0 is the first of everything.
 *
 * @param drawn of {@link drawnActions}; as much of it is used as there is to choose
 */
export function choices(drawn: number): {
  readonly next: (below: number) => number;
  readonly from: <T>(values: readonly T[]) => T;
} {
  let left = drawn;
  const next = (below: number): number => {
    const value = left % below;
    left = Math.floor(left / below);
    return value;
  };
  return { next, from: <T>(values: readonly T[]): T => values[next(values.length)] as T };
}

export const drawnActions = (minLength: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(fc.noBias(fc.nat({ max: 2 ** 31 - 1 })), { minLength, maxLength });

/** A mistake: one place of a file, and what stands there instead. */
export interface Mutant {
  readonly mistake: string;
  /** Below `infra/functions`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Mutants of one file. */
export const mutantsOf =
  (file: string) =>
  (mistake: string, from: string, to: string): Mutant => ({ mistake, file, from, to });

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/**
 * The `checkModel` of a simulation over the code with one mistake put in.
 */
export async function checkMutant(
  simulation: string,
  { file, from, to }: Mutant,
  limits: ModelLimits,
): Promise<ModelReport> {
  // However the formatter breaks the line.
  const pattern = new RegExp(from.split(/\s+/).map(escape).join("\\s+"));
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, simulation)],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    // The bundler is for this file, which a simulation shares.
    external: ["fast-check", "esbuild"],
    logLevel: "silent",
    plugins: [
      {
        name: "mutant",
        setup: ({ onLoad }) => {
          onLoad({ filter: new RegExp(`/functions/${escape(file)}$`) }, ({ path }) => {
            const parts = readFileSync(path, "utf8").split(pattern);
            if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} of: ${from}`);
            return { contents: parts.join(to), loader: "ts" };
          });
        },
      },
    ],
  });
  const module = { exports: {} as { checkModel: (limits: ModelLimits) => Promise<ModelReport> } };
  vm.runInThisContext(`(function (module, exports, require) {${outputFiles[0]?.text ?? ""}\n})`)(
    module,
    module.exports,
    createRequire(__filename),
  );
  return module.exports.checkModel(limits);
}
