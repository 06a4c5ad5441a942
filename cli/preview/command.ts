import type { PreviewResult } from "./model";
import { help, parseOptions } from "./options";
import { findPaths } from "./paths";
import { createProgress } from "./progress";
import { exitCodes, type ExitCode, type Surroundings } from "./surroundings";

/** `npm run preview`: returns the exit status, throws UsageError where a person must mend something first. */
export async function preview(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const options = parseOptions(argv);
  const { stdout, stderr, env } = surroundings;
  if (options.help) {
    stdout.write(help);
    return exitCodes.ok;
  }

  const paths = findPaths(options, surroundings.cwd);
  const progress = createProgress(stderr, env);
  const running = surroundings.runPreview({
    ...paths,
    stack: options.stack,
    onProgress: progress.update,
    onSteps: (steps) => surroundings.loadReport().prepare(steps, options, paths.projectDir),
  });
  // The program runs in a process of its own meanwhile.
  const { report } = surroundings.loadReport();
  let result: PreviewResult;
  try {
    result = await running;
  } finally {
    progress.clear();
  }
  return report(result, options, paths.projectDir, surroundings);
}
