import type { PreviewOptions, PreviewResult } from "../model";
import { serve } from "./serve";
import { startPreview } from "./start";

export { PreviewError } from "./errors";

/** Previews a stack; see `startPreview`. */
export const runPreview = (options: PreviewOptions): Promise<PreviewResult> =>
  startPreview(options, () => ({ serve }));
