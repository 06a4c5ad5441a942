import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { CompiledValidators } from "./validation/contractFacts";

/** What every function is told of its stack. It stands beside the bundle as `configuration.json`; it holds no secret. */
export interface FunctionFacts {
  /** Start of every physical name, e.g. `fase-b-staging`. */
  readonly namePrefix: string;
  /** The function's memory setting. */
  readonly memoryLimitMb: number;
  readonly clientIds: readonly string[];
  readonly agentIds: readonly string[];
}

/** Files of a function's archive, beside its `index.js`. */
export const CONFIGURATION_FILE = "configuration.json";
export const VALIDATORS_FILE = "validators.js";

/**
 * @param folder the archive's, i.e. the bundle's `__dirname`
 * @throws Error without the file, so that a function that knows nothing does not start
 */
export const readConfiguration = <T extends FunctionFacts>(folder: string): T =>
  JSON.parse(readFileSync(join(folder, CONFIGURATION_FILE), "utf8")) as T;

/** Not bundled: they are compiled from the contract when the program runs. */
export const readValidators = (folder: string): CompiledValidators =>
  createRequire(join(folder, "index.js"))(`./${VALIDATORS_FILE}`) as CompiledValidators;
