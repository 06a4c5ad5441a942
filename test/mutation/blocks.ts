/** Which part of the pack a policy is of: the first of its clauses, or the baseline. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const catalogue = readFileSync(join(__dirname, "..", "..", "policies", "catalogue.ts"), "utf8");
/** By the folder from which the catalogue imports a policy, under the name that it has in code. */
const folders = new Map(
  [...catalogue.matchAll(/import \{([^}]+)\} from "\.\/([\w-]+)\//g)].flatMap(([, names = "", folder = ""]) =>
    names.split(",").map((name) => [name.trim(), folder] as const),
  ),
);

const inCode = (policy: string): string =>
  policy.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

export const blockOf = (policy: string): string => folders.get(inCode(policy)) ?? "elsewhere";
