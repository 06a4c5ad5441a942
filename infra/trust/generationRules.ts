import { showValue, type Problem } from "../shared/problem";
import type { TrustSettings } from "./trust.schema";

/**
 * A generation retires on days that have come: one that is to come would be believed at once, since a state is what holds now.
 *
 * @param nowMs milliseconds since the epoch
 */
export function checkGenerationDays({ generations }: TrustSettings, nowMs: number): Problem[] {
  return generations.flatMap((generation, i) => {
    const days = [
      { key: "stoppedIssuing", day: "stoppedIssuing" in generation ? generation.stoppedIssuing : undefined },
      { key: "notTrusted", day: "notTrusted" in generation ? generation.notTrusted : undefined },
    ];
    return days.flatMap(({ key, day }): Problem[] =>
      day === undefined || Date.parse(day) <= nowMs
        ? []
        : [
            {
              path: `trust.generations[${i}].${key}`,
              got: showValue(day),
              allowed: `a day that has come: state ${generation.state} holds from now on`,
              fix: "leave the generation in its state until that day",
            },
          ],
    );
  });
}
