import type { ProofRunName } from "../../../cli/evidence/proofRun";
import { forgetProofRun, writeProofRun } from "../../../cli/evidence/proofRun";
import { sourceDigest } from "../../../infra/evidence/record/sourceDigest";
import { projectDir as ourProject } from "./running";

/** A proof as evidence will tell of it: begun, and told at its end, after all that was expected has held. */
export interface Proof {
  /** @param figures what was really counted */
  held(figures: Readonly<Record<string, number>>, because: string): void;
}

/** Nothing is left of a proof that did not hold, nor of one during which the source changed: it would be of neither. */
export function beginProof(run: ProofRunName, projectDir = ourProject): Proof {
  forgetProofRun(projectDir, run);
  const before = sourceDigest(projectDir);
  const startedAt = new Date().toISOString();
  return {
    held(figures, because) {
      if (sourceDigest(projectDir) !== before) {
        console.log(`no report of the run ${run}: the source changed while it ran`);
        return;
      }
      const endedAt = new Date().toISOString();
      writeProofRun(projectDir, {
        run,
        sourceDigest: before,
        startedAt,
        endedAt,
        figures,
        verdict: "met",
        because,
      });
    },
  };
}
