import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { jsonOf } from "../shared/json";

/** Below `stacks/<stack>`: bills of materials, and the list of them. */
export const SBOM_FOLDER = "sbom";
export const SBOM_INDEX = "index.json";

/** The bill of the program itself, beside those of the functions. */
export const PROGRAM = "program";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A bill of materials, and of what it is. */
export const sbom = z
  .strictObject({
    /** `program`, or a function's. */
    name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    file: z.string(),
    /** Of the bill. */
    sha256,
    /** Of what is deployed; the program is deployed by its source, which has a digest of its own. */
    deployedSha256: sha256.optional(),
    components: z.number().int().min(0),
  })
  .refine(({ name, file }) => file === `${name}.cdx.json`, {
    path: ["file"],
    error: "named after what it is of",
  })
  .refine(({ name, deployedSha256 }) => (name === PROGRAM) === (deployedSha256 === undefined), {
    path: ["deployedSha256"],
    error: "the digest of each bundle, and none of the program",
  });

export const sbomIndex = z
  .array(sbom)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: "each name once",
  });

export type Sbom = z.infer<typeof sbom>;

/** A bill that can't be read, for a person. */
export class SbomError extends Error {
  override readonly name = "SbomError";
}

/**
 * The bills of a stack, each as its digest in the list says: a list that speaks of other bytes is refused.
 *
 * @param stackFolder `stacks/<stack>`
 * @returns none where none were made yet, which the pack then says
 * @throws SbomError
 */
export function readSboms(stackFolder: string): readonly Sbom[] {
  const folder = path.join(stackFolder, SBOM_FOLDER);
  const listed = textOf(path.join(folder, SBOM_INDEX));
  if (listed === undefined) return [];
  const parsed = sbomIndex.safeParse(jsonOf(listed));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw problem(SBOM_INDEX, `${issue?.path.join(".") || "something"} that is not as it should be`);
  }
  for (const { file, sha256: expected } of parsed.data) {
    const bill = textOf(path.join(folder, file));
    if (bill === undefined) throw problem(file, "no file");
    if (createHash("sha256").update(bill).digest("hex") !== expected)
      throw problem(file, `other bytes than ${SBOM_INDEX} says`);
  }
  return parsed.data;
}

const problem = (file: string, got: string): SbomError =>
  new SbomError(
    `${SBOM_FOLDER}/${file}: got ${got}; allowed: the bills of materials as they were made; fix: npm run sbom`,
  );

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
