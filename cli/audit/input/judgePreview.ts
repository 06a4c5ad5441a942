import type { PreviewOptions, PreviewResult } from "../../preview/model";
import { UsageError } from "../../usageError";
import type { JudgedStack } from "./judged";

/**
 * @throws PreviewError when the pack fails
 * @throws UsageError when the program does
 */
export async function judgePreview(
  options: Omit<PreviewOptions, "policyPacks">,
  packFolder: string,
  environment: Readonly<Record<string, string>>,
  runPreview: (options: PreviewOptions) => Promise<PreviewResult>,
): Promise<JudgedStack> {
  const result = await runPreview({
    ...options,
    policyPacks: [packFolder],
    packEnvironment: environment,
  });
  if (!result.programSucceeded) {
    const problem = result.diagnostics.find(({ severity }) => severity === "error")?.message;
    throw new UsageError(
      `the program: got ${problem ?? "an end without a word"}; allowed: a program that registers a stack; fix: npm run preview shows more`,
    );
  }
  const [pack] = result.packs;
  if (!pack) throw new Error("the preview has no pack's report");
  const resources = result.digest.steps
    .map(({ newState }) => newState)
    .sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return {
    project: result.project,
    stack: result.stack,
    subject: {
      from: "preview",
      resources: resources.length,
      hiddenSecrets: 0,
      beingDeleted: 0,
      pendingOperations: 0,
    },
    resources,
    pack,
  };
}
