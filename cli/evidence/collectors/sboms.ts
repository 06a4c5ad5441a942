import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Predicate, Verdict } from "../../../infra/evidence/record/predicates";
import { buildFunctions } from "../../../infra/edge/bundle";
import { EXPECTED_SBOMS } from "../../../infra/evidence/record/requirements";
import { jsonOf } from "../../../infra/shared/json";
import { PROGRAM, SBOM_FOLDER, SBOM_INDEX, sbomIndex, type Sbom } from "../../../infra/supplyChain/sbomIndex";
import type { Collector } from "../collector";
import { sentence } from "./words";

/** B6.2: there for all that is deployed, and each file what the index says. */
export function judgeSboms(
  index: readonly Sbom[] | undefined,
  faults: readonly string[],
  /** What this source makes, by name. */
  built: ReadonlyMap<string, string>,
): { readonly verdict: Verdict; readonly because: string } {
  if (index === undefined)
    return { verdict: "unknown", because: "there is no index of bills of materials that can be read" };
  const names = new Set(index.map(({ name }) => name));
  const missing = EXPECTED_SBOMS.filter((name) => !names.has(name));
  if (missing.length > 0)
    return { verdict: "not-met", because: `no bill of materials of ${missing.join(", ")}` };
  const other = index.find(
    ({ name, deployedSha256 }) => name !== PROGRAM && deployedSha256 !== built.get(name),
  );
  if (other !== undefined)
    return {
      verdict: "not-met",
      because: `the bill of ${other.name} is of another bundle than this source makes`,
    };
  const [fault] = faults;
  if (fault !== undefined) return { verdict: "not-met", because: fault };
  const empty = index.find(({ name, components }) => name === PROGRAM && components === 0);
  if (empty !== undefined) return { verdict: "not-met", because: "the program's bill names no component" };
  const components = index.reduce((total, each) => total + each.components, 0);
  return {
    verdict: "met",
    because: `${index.length} bills of materials of ${components} components, each as the index says`,
  };
}

/** The bills of materials that lie beside the stack (B6.2). */
export const sbomCollector: Collector = async ({ settings, contract, projectDir }) => {
  const folder = join(projectDir, "stacks", settings.stack, SBOM_FOLDER);
  const index = readIndex(join(folder, SBOM_INDEX));
  const faults = (index ?? []).flatMap(({ file, sha256: expected, components }): string[] => {
    const text = textOf(join(folder, file));
    if (text === undefined) return [`${file} is not there`];
    if (createHash("sha256").update(text).digest("hex") !== expected)
      return [`${file} is not what the index says`];
    const bom = cycloneDx.safeParse(jsonOf(text));
    if (!bom.success) return [`${file} is no CycloneDX document`];
    return countOf(bom.data.components) === components
      ? []
      : [`${file} has not the ${components} components of the index`];
  });
  const { digests } = await buildFunctions(projectDir, contract, { anew: true });
  const { verdict, because } = judgeSboms(index, faults, new Map(Object.entries(digests)));
  const of: Predicate<"sbom">["of"] = (index ?? []).map(
    ({ name, sha256: sbomSha256, deployedSha256, components }) => ({
      name,
      ...(deployedSha256 === undefined ? {} : { deployedSha256 }),
      sbomSha256,
      components,
    }),
  );
  return [
    {
      kind: "sbom",
      predicate: {
        clause: "B6.2",
        verdict,
        because: sentence(because),
        sources: [{ system: "repository", asked: `stacks/${settings.stack}/sbom/index.json` }],
        of,
      },
    },
  ];
};

interface Component {
  readonly components?: readonly Component[] | undefined;
}

/** Components stand in components. */
const countOf = (components: readonly Component[] = []): number =>
  components.reduce((total, each) => total + 1 + countOf(each.components), 0);

const component: z.ZodType<Component> = z.lazy(() => z.object({ components: z.array(component).optional() }));
const cycloneDx = z.object({
  bomFormat: z.literal("CycloneDX"),
  components: z.array(component).optional(),
});

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function readIndex(file: string): readonly Sbom[] | undefined {
  const text = textOf(file);
  const parsed = text === undefined ? undefined : sbomIndex.safeParse(jsonOf(text));
  return parsed?.success ? parsed.data : undefined;
}
