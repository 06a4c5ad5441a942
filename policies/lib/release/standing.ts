/** The letter that stands on the day of the run: judged once a stack and phase, and only when somebody asks. */
import type { Context } from "../policy";
import { stagingFacts } from "../stackFacts";
import { believedIn, judgeEvidence } from "./evidence";
import { validLetter, type Believed, type Letter, type Phase, type Refusal } from "./letter";

const known = new WeakMap<Context, Map<string, Letter | Refusal>>();

/** What a condition names is staging's evidence; it is judged when a letter has a condition. */
function believedOf({ release, now }: Context): Believed {
  let judged: Believed | undefined;
  return (clause, digest) => {
    if (!judged) {
      const source = release.source();
      judged =
        "digest" in source
          ? believedIn(judgeEvidence(release.ofStack(stagingFacts.stack), source.digest, now.getTime()))
          : () => false;
    }
    return judged(clause, digest);
  };
}

export function letterOf(context: Context, stack: string, phase: Phase): Letter | Refusal {
  const answers = known.get(context) ?? new Map<string, Letter | Refusal>();
  known.set(context, answers);
  const key = `${phase} ${stack}`;
  const { release, now } = context;
  const answer = answers.get(key) ?? validLetter(release, stack, phase, now.getTime(), believedOf(context));
  answers.set(key, answer);
  return answer;
}

/** The letter of what may be done to a stack: on staging the one that started the work, elsewhere the one that releases. */
export const letterInForce = (context: Context, stack: string): Letter | Refusal =>
  letterOf(context, stack, stack === stagingFacts.stack ? "fase-a" : "fase-b");
