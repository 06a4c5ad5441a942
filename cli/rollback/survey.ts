import { modelDigestOf, type Gateway } from "./gateway";
import { unknown, type History } from "./history";
import { endsOf, newestFirst, planOf, type Known, type Plan, type Situation } from "./plan";
import { UsageError } from "../usageError";
import { RollbackError } from "./problem";

export interface Sources {
  readonly gateway: Gateway;
  readonly history: History;
  /** Ids of deployments that a rollback went away from. */
  readonly left: ReadonlySet<string>;
  /** Files that are no record, by name. */
  readonly unreadable?: readonly string[];
}

/** What is there, with what repository and trail know of it. */
export async function survey({ gateway, history, left, unreadable = [] }: Sources): Promise<Situation> {
  // Another program asks another service; it never rejects, and is waited for last.
  const asked = history.creators();
  // One after the other: the gateway's control plane takes ten requests a second from the whole account.
  const stage = await gateway.stage();
  const deployments = await gateway.deployments();
  const plans = await gateway.usagePlans().catch(unread);
  const domains = await gateway.domains();
  const creators = await asked;
  const known: Known[] = [];
  for (const deployment of deployments) {
    const digest = modelDigestOf(deployment);
    const who = creators.known ? creators.value.get(deployment.id) : undefined;
    known.push({
      ...deployment,
      digest,
      commit: digest === undefined ? unknown("not made by the program") : await history.commitOf(digest),
      who: !creators.known
        ? creators
        : who === undefined
          ? unknown("not in the trail of 90 days")
          : { known: true, value: who },
      inForce: deployment.id === stage.deploymentId,
      left: left.has(deployment.id),
    });
  }
  return { stage, deployments: newestFirst(known), plans, domains, unreadable };
}

/** What nobody could look at and a rollback leaves alone is said, and is no reason against it. */
function unread(error: unknown): undefined {
  if (!(error instanceof UsageError)) throw error;
}

/** @throws RollbackError where there is nothing to go back to, or it is gone */
export async function planFrom(sources: Sources, situation: Situation, target?: string): Promise<Plan> {
  const { from, to } = endsOf(situation.deployments, situation.stage.deploymentId, target);
  const routes = { from: await routesOf(sources.gateway, from), to: await routesOf(sources.gateway, to) };
  if (routes.to.length === 0)
    throw new RollbackError({
      what: `deployment ${to.id}`,
      got: "no route in it",
      allowed: "one that serves something",
      fix: "name another with --to",
    });
  const committedOf = (known: Known): ReturnType<History["committed"]> =>
    known.commit.known ? sources.history.committed(known.commit.value) : Promise.resolve(known.commit);
  return planOf({
    situation,
    from,
    to,
    routes,
    committed: { from: await committedOf(from), to: await committedOf(to) },
  });
}

async function routesOf(
  gateway: Gateway,
  { id }: Known,
): Promise<NonNullable<Awaited<ReturnType<Gateway["routes"]>>>> {
  const routes = await gateway.routes(id);
  if (routes !== undefined) return routes;
  throw new RollbackError({
    what: `deployment ${id}`,
    got: "none: it was removed a moment ago",
    allowed: "one that is there",
    fix: "run it again",
  });
}
