import type { Problem } from "../shared/problem";

/**
 * Which stack is staging. Three facts must agree, its name, its account and its zone, and what it reaches beside the account must be
 * staging's too. The pack holds its own copy of them (`policies/lib/stackFacts.ts`): whatever is not staging is production, and nothing is
 * deployed there without a letter (B0.1).
 */
export const STAGING = {
  stack: "staging",
  accountId: "123456789012",
  /** The zone's name is this one or lies below it. */
  zoneSuffix: "staging.example.com",
  /** Of the kubeconfig, where manifests are applied and not only rendered: an account says nothing of a cluster. */
  clusterContext: "fase-b-staging",
} as const;

/** What is found of a stack; of each fact all that was found. */
export interface StackFacts {
  readonly stacks: readonly string[];
  readonly accounts: readonly string[];
  /** The zone and every domain of the stack. */
  readonly zones: readonly string[];
  /** The contexts of clusters into which something is applied; none where manifests are only rendered. */
  readonly clusters: readonly string[];
  /** Hosts of services that are not AWS and that a deployment changes or reads: Grafana, Prometheus. */
  readonly services: readonly string[];
}

interface Fact {
  readonly path: string;
  readonly found: readonly string[];
  readonly isStagings: (found: string) => boolean;
  readonly stagings: string;
  /** What is not there reaches nobody. */
  readonly mayBeNone?: true;
}

const inZone = (name: string): boolean =>
  name === STAGING.zoneSuffix || name.endsWith(`.${STAGING.zoneSuffix}`);

const factsIn = ({ stacks, accounts, zones, clusters, services }: StackFacts): readonly Fact[] => [
  {
    path: "stack",
    found: stacks,
    isStagings: (name) => name === STAGING.stack,
    stagings: JSON.stringify(STAGING.stack),
  },
  {
    path: "account.id",
    found: accounts,
    isStagings: (id) => id === STAGING.accountId,
    stagings: JSON.stringify(STAGING.accountId),
  },
  {
    path: "account.zoneName",
    found: zones,
    isStagings: inZone,
    stagings: `${STAGING.zoneSuffix} and what lies below it`,
  },
  {
    path: "cluster.context",
    found: clusters,
    isStagings: (context) => context === STAGING.clusterContext,
    stagings: `${JSON.stringify(STAGING.clusterContext)}, or none, by which manifests are rendered,`,
    mayBeNone: true,
  },
  {
    path: "observability.grafana",
    found: services,
    isStagings: inZone,
    stagings: `addresses in ${STAGING.zoneSuffix} and below it`,
    mayBeNone: true,
  },
];

/** @returns one problem for each fact that is not staging's, or that was not found at all */
export const strangeFacts = (facts: StackFacts): readonly Problem[] =>
  factsIn(facts).flatMap(({ path, found, isStagings, stagings, mayBeNone = false }) => {
    const strange = found.filter((one) => !isStagings(one));
    if ((mayBeNone || found.length > 0) && strange.length === 0) return [];
    return [
      {
        path,
        got: shown(strange),
        allowed: `${stagings} without a letter: everything else is production`,
        fix: "set it back, or release production by a signed Carta GO of Fase B (B0.1): npm run letter -- --help",
      },
    ];
  });

/**
 * A letter that releases production does not release what production and staging have half each: its update would be judged as the one and
 * reach the other.
 *
 * @returns one problem for each fact of a stack that is not staging which is staging's
 */
export const sharedFacts = (facts: StackFacts): readonly Problem[] =>
  factsIn(facts).flatMap(({ path, found, isStagings, stagings }) => {
    const shared = found.filter(isStagings);
    if (shared.length === 0) return [];
    return [
      {
        path,
        got: shown(shared),
        allowed: `nothing of staging's (${stagings}) for a stack that is not staging by name, account and zone`,
        fix: "give production its own name, account, zone, cluster and Grafana, or staging all of its own",
      },
    ];
  });

const SHOWN = 5;
const shown = (found: readonly string[]): string =>
  found.length === 0
    ? "nothing"
    : found
        .slice(0, SHOWN)
        .map((one) => JSON.stringify(one))
        .join(", ");

export const isStaging = (facts: StackFacts): boolean => strangeFacts(facts).length === 0;
