import * as path from "node:path";
import { PINS_FILE, pinsSchema, readPins } from "../../infra/pins/pins";
import { settle } from "../export/folder";
import { projectAbove } from "../preview/paths";
import { UsageError } from "../usageError";
import type { Options } from "./command";
import { lookUpAll, pinsWith, type LookedUp, type Sources } from "./lookUps";

/** Looks everything up, and without `--check` writes what is known more of. */
export async function lookedUp(
  options: Options,
  cwd: string,
  sources: Sources,
  nowMs: number,
): Promise<{ readonly all: readonly LookedUp[]; readonly written: boolean }> {
  const projectDir = projectAbove(options.cwd === undefined ? cwd : path.resolve(cwd, options.cwd));
  const pins = readPins(projectDir);
  const { accept } = options;
  const names = [...Object.keys(pins.images), ...Object.keys(pins.actions)];
  if (accept !== undefined && !names.includes(accept))
    throw new UsageError(
      `--accept: got ${JSON.stringify(accept)}; allowed: ${names.join(", ")}; fix: write one of them`,
    );
  const all = await lookUpAll(pins, sources);
  const today = new Date(nowMs).toISOString().slice(0, 10);
  const next = pinsWith(pins, all, new Set(accept === undefined ? [] : [accept]), today);
  const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  if (options.check || text(next) === text(pins)) return { all, written: false };
  // What is not fit to be read back is not written.
  const file = { path: PINS_FILE, text: text(pinsSchema.parse(next)) };
  settle(projectDir, [file], [{ path: PINS_FILE, what: "stale" }]);
  return { all, written: true };
}
