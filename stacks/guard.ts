import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../infra/settings/settings.schema";
import { divertedEndpoints } from "../infra/release/endpoints";
import { hostOf } from "../infra/release/reached";
import { differences, readStackFile, type StackValues } from "../infra/release/stackFile";
import { isStaging, sharedFacts, strangeFacts, STAGING, type StackFacts } from "../infra/release/stackFacts";
import { formatProblem } from "../infra/shared/problem";

/** Why nothing may be deployed, one line a reason; nothing was registered. */
export class GuardError extends Error {
  override readonly name = "GuardError";
  constructor(
    stack: string,
    readonly problems: readonly string[],
  ) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(
      [
        `stack ${JSON.stringify(stack)} is not released: ${count}`,
        ...problems.map((line) => `  ${line}`),
      ].join("\n"),
    );
  }
}

export interface GuardInput<Sources> {
  readonly stack: string;
  readonly projectDir: string;
  readonly nowMs: number;
  /** By which the provider could be led to a host that is not AWS. */
  readonly environment: NodeJS.ProcessEnv;
  /** The configuration as the engine hands it over. */
  readonly handed: StackValues;
  readonly readSources: () => Sources;
  /** What judges letters and evidence is loaded where there are some; every preview of staging does without. */
  readonly loadRelease: () => Pick<
    typeof import("../infra/release/release"),
    "releaseOf" | "unprotectedInStaging"
  >;
}

export interface Guarded<Sources> {
  readonly sources: Sources;
  /** False where a release was judged: what is deployed is then made of the source that was released, and of nothing that lies beside it. */
  readonly staging: boolean;
  /** What the valid letter takes the protection from: `<type>::<name>` each. */
  readonly unprotect: readonly string[];
}

/**
 * Lets staging through, and every other stack only by a Carta GO and evidence (B0.1, B0.2). The pack refuses as well, by rules of its own:
 * each of the two is enough.
 *
 * @throws GuardError with all that is missing
 */
export function guard<Sources extends { readonly settings: Settings }>(
  input: GuardInput<Sources>,
): Guarded<Sources> {
  const { stack } = input;
  // By its name alone, before anything of it is read: what is wrong with its settings is no concern of whoever may not deploy it.
  const named =
    stack === STAGING.stack ? undefined : mustBeReleased(input, { ...NOTHING_READ, stacks: [stack] });
  const sources = input.readSources();
  const facts = factsOf(stack, sources.settings);
  if (isStaging(facts)) return { sources, staging: true, unprotect: stagingLetter(input) };
  const unprotect = named ?? mustBeReleased(input, facts);
  const strange = [
    ...sharedFacts(facts),
    ...divertedEndpoints(input.environment),
    ...differences(input.handed, readStackFile(input.projectDir, stack), stack),
  ];
  if (strange.length > 0) throw new GuardError(stack, strange.map(formatProblem));
  return { sources, staging: false, unprotect };
}

const NOTHING_READ = { accounts: [], zones: [], clusters: [], services: [] };

const factsOf = (stack: string, { account, agents, cluster, observability }: Settings): StackFacts => ({
  stacks: [stack],
  accounts: [account.id],
  zones: [account.zoneName, ...agents.map(({ domain }) => domain)],
  clusters: cluster.context === undefined ? [] : [cluster.context],
  services: [observability.grafana.url, observability.grafana.prometheusUrl].map(hostOf),
});

function mustBeReleased(
  { stack, projectDir, nowMs, loadRelease }: GuardInput<unknown>,
  facts: StackFacts,
): readonly string[] {
  const release = loadRelease().releaseOf({ projectDir, stack, nowMs });
  if ("unprotect" in release) return release.unprotect;
  // What was not read yet is no reason.
  const why = strangeFacts(facts).filter(({ got }) => got !== "nothing");
  throw new GuardError(stack, [...why.map(formatProblem), ...release.problems]);
}

const stagingLetter = ({ projectDir, nowMs, loadRelease }: GuardInput<unknown>): readonly string[] =>
  existsSync(join(projectDir, "stacks", STAGING.stack, "letters"))
    ? loadRelease().unprotectedInStaging({ projectDir, nowMs })
    : [];
