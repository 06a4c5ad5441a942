import { isStaging, strangeFacts } from "../../infra/release/stackFacts";
import { formatProblem } from "../../infra/shared/problem";
import type { Domain } from "./gateway";
import type { Place } from "./place";
import { RollbackError } from "./problem";

/** Loads what judges a letter. It loads the program's settings too, which may be what is broken: only where it is needed. */
export type LoadRelease = () => Pick<typeof import("../../infra/release/release"), "releaseOf">;

/**
 * A rollback changes what a stack serves, so that production needs its Carta GO for this as for an update (B0.1). Which stack it is, the
 * domains that lead to the stage say as well as the settings: their names, and the account of their certificates.
 *
 * @throws RollbackError for what is not staging and not released
 */
export function demandReleased(
  { stack, accountId, zoneName, projectDir }: Pick<Place, "stack" | "accountId" | "zoneName" | "projectDir">,
  domains: readonly Domain[],
  nowMs: number,
  loadRelease: LoadRelease,
): void {
  const facts = {
    stacks: [stack],
    accounts: [accountId, ...domains.flatMap(({ accountId: own }) => (own === undefined ? [] : [own]))],
    zones: [...(zoneName === undefined ? [] : [zoneName]), ...domains.map(({ name }) => name)],
    clusters: [],
    services: [],
  };
  if (isStaging(facts)) return;
  const release = loadRelease().releaseOf({ projectDir, stack, nowMs });
  if (!("problems" in release)) return;
  throw new RollbackError({
    what: `${stack}, which is production`,
    got: [...strangeFacts(facts).map(formatProblem), ...release.problems].join(" | "),
    allowed: "a valid Carta GO and all evidence (B0.1)",
    fix: "npm run letter -- show says what is missing",
  });
}
