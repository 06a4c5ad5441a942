/** Proofs that were run, and what they counted. */
import { unknown, type Asked, type Judgement } from "./evidenceClause";
import type { Said } from "./evidenceKinds";

type RunName = NonNullable<Said<"proofRun">["run"]>["name"];

/**
 * Judges by what a run counted, where it is the run that was asked for, of the source that is deployed, and counted all of it.
 *
 * @param needs a figure that is not there says nothing
 */
export const countedBy =
  <const Name extends string>(
    name: RunName,
    needs: readonly Name[],
    judge: (figures: Readonly<Record<Name, number>>) => Judgement,
  ) =>
  ({ run, figures, collectedAt }: Said<"proofRun">, { sourceDigest }: Asked): Judgement => {
    if (!run) return unknown("there was no run");
    if (run.name !== name) return unknown(`it is of the run ${run.name}`);
    if (run.sourceDigest !== sourceDigest) return unknown("the run was of another source");
    if (run.startedAt > run.endedAt || run.endedAt > collectedAt)
      return unknown("the run ended at no time that could be");
    const missing = needs.filter((need) => !Object.hasOwn(figures, need));
    return missing.length > 0
      ? unknown(`it did not count ${missing.join(", ")}`)
      : judge(figures as Readonly<Record<Name, number>>);
  };
