import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Predicate } from "../../infra/evidence/record/predicates";
import { UsageError } from "../usageError";

/** The measures that have a before. */
export const BASELINE_CLAUSES = ["B8.1", "B8.2"] as const;
export type BaselineClause = (typeof BASELINE_CLAUSES)[number];

const instant = z.iso.datetime({ precision: 3 });
const measured = z.strictObject({
  value: z.number(),
  samples: z.number().int().min(1),
  window: z.strictObject({ from: instant, to: instant }),
});
const baselines = z.strictObject({ "B8.1": measured.optional(), "B8.2": measured.optional() });

export type Baseline = z.infer<typeof measured>;
export type Baselines = z.infer<typeof baselines>;

/** Of the stack, committed: what was measured before the work began. The work order's own 800 ms and 1 % are said, not measured. */
export const baselineFile = (projectDir: string, stack: string): string =>
  join(projectDir, "stacks", stack, "baseline.json");

/** @throws UsageError for a file that is none */
export function readBaselines(projectDir: string, stack: string): Baselines {
  const file = baselineFile(projectDir, stack);
  if (!existsSync(file)) return {};
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    value = undefined;
  }
  const parsed = baselines.safeParse(value);
  if (!parsed.success)
    throw new UsageError(
      `stacks/${stack}/baseline.json: got ${parsed.error.issues[0]?.path.join(".") || "another text"}; allowed: measured values by clause; fix: restore it from the repository`,
    );
  return parsed.data;
}

/**
 * Keeps a measure as the one of before. It is kept once: what is measured later is no "before".
 *
 * @throws UsageError where there is one, or the measure says too little
 */
export function keepBaseline(
  projectDir: string,
  stack: string,
  clause: BaselineClause,
  {
    value,
    samples,
    minimumSamples,
    window,
  }: Pick<Predicate<"metrics">, "value" | "samples" | "minimumSamples" | "window">,
): void {
  const kept = readBaselines(projectDir, stack);
  if (kept[clause] !== undefined)
    throw new UsageError(
      `baseline of ${clause}: got one of ${kept[clause].window.to}; allowed: one, measured before the work began; fix: take it out of stacks/${stack}/baseline.json if it was wrong`,
    );
  if (value === undefined || samples < minimumSamples)
    throw new UsageError(
      `baseline of ${clause}: got ${samples} samples; allowed: ${minimumSamples} or more, with a value; fix: measure when there is more traffic`,
    );
  const file = baselineFile(projectDir, stack);
  const next: Baselines = { ...kept, [clause]: { value, samples, window } };
  writeFileSync(`${file}.new`, `${JSON.stringify(next, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
