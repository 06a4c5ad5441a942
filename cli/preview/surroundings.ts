import type { Output } from "../style";
import type { PreviewOptions, PreviewResult } from "./model";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  /** By which letters are judged, where a comment asks for them. */
  readonly nowMs: () => number;
  /** Milliseconds since the command was started. */
  readonly elapsedMs: () => number;
  readonly runPreview: (options: PreviewOptions) => Promise<PreviewResult>;
  /** Loads what shows a result; called while the preview is being made. */
  readonly loadReport: () => Pick<typeof import("./report"), "prepare" | "report">;
  /** Loads what makes a comment: it reads plans and letters, for which other previews need not wait. */
  readonly loadComment: () => Pick<typeof import("./commentReport"), "commentOf">;
}

export const exitCodes = {
  ok: 0,
  /** A mandatory policy is violated, or the committed preview is stale. */
  refused: 1,
  /** The command line, the settings or the program are wrong. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
