/** Proofs that were run, and what they counted. */
import { hourMs, hours, longestAgeHours, unknown, type Asked, type Judgement } from "./evidenceClause";
import type { Said } from "./evidenceKinds";

type RunName = NonNullable<Said<"proofRun">["run"]>["name"];

type Figures<Name extends string> = Readonly<Record<Name, number>>;

interface Counting<Name extends string> {
  /** A figure that is not there says nothing. */
  readonly needs: readonly Name[];
  readonly judge: (figures: Figures<Name>) => Judgement;
}

/** Judges by what a run counted, where it is the run that was asked for, of the source that is deployed, of this day, and counted all. */
export const countedBy =
  <const Name extends string>(name: RunName, counting: Counting<Name>) =>
  ({ run, figures, collectedAt }: Said<"proofRun">, { sourceDigest, nowMs }: Asked): Judgement => {
    if (!run) return unknown("there was no run");
    if (run.name !== name) return unknown(`it is of the run ${run.name}`);
    if (run.sourceDigest !== sourceDigest) return unknown("the run was of another source");
    if (run.startedAt > run.endedAt || run.endedAt > collectedAt)
      return unknown("the run ended at no time that could be");
    const ageMs = nowMs - Date.parse(run.endedAt);
    if (ageMs > longestAgeHours * hourMs)
      return unknown(`the run ended ${hours(ageMs)} ago, of ${longestAgeHours} h at most`);
    return judged(counting, figures, "it");
  };

/**
 * As {@link countedBy}, and then by what staging itself counted in the same sense: a run is of the source and may be anywhere.
 *
 * Whatever is short there is unknown, not bad: nobody has seen an effect too many.
 */
export const countedAndSeen =
  <const Name extends string, const Seen extends string>(
    name: RunName,
    counting: Counting<Name>,
    seen: Counting<Seen>,
  ) =>
  (said: Said<"proofRun">, asked: Asked): Judgement => {
    const ran = countedBy(name, counting)(said, asked);
    if (ran.verdict !== "met") return ran;
    const there = judged(seen, said.observed, "staging");
    return { ...there, because: `${ran.because}; ${there.because}` };
  };

function judged<Name extends string>(
  { needs, judge }: Counting<Name>,
  figures: Readonly<Record<string, number>>,
  who: string,
): Judgement {
  const missing = needs.filter((need) => !Object.hasOwn(figures, need));
  return missing.length > 0
    ? unknown(`${who} did not count ${missing.join(", ")}`)
    : judge(figures as Figures<Name>);
}
