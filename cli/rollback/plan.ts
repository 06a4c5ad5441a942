import type { Committed } from "./committed";
import {
  type Deployment,
  type Domain,
  type Route,
  type StageNow,
  type Throttle,
  type UsagePlan,
} from "./gateway";
import type { Answer } from "./history";
import type { PartId } from "./parts";
import { RollbackError } from "./problem";

/** A deployment, and what is known of it beside what AWS keeps. */
export interface Known extends Deployment {
  readonly digest: string | undefined;
  readonly commit: Answer<string>;
  readonly who: Answer<string>;
  readonly inForce: boolean;
  /** A rollback went away from it: it is known to be no good. */
  readonly left: boolean;
}

export interface Situation {
  readonly stage: StageNow;
  /** Newest first. */
  readonly deployments: readonly Known[];
  /** Undefined where they could not be read: they stay whatever they are, and hold up nothing. */
  readonly plans: readonly UsagePlan[] | undefined;
  readonly domains: readonly Domain[];
  /** Records of rollbacks that say nothing any more. */
  readonly unreadable: readonly string[];
}

/** What one part is now, and what it is after the rollback, or what it was in the program of that day where it stays. */
export interface Row {
  readonly part: PartId;
  readonly about: string;
  readonly now: string;
  readonly then: string;
}

export interface Plan {
  readonly from: Known;
  readonly to: Known;
  readonly changes: readonly Row[];
  /** What differs from the program of that day and stays as it is now. */
  readonly differs: readonly Row[];
  /** What stays and could not be compared, with why. */
  readonly uncompared: readonly string[];
  readonly warnings: readonly string[];
  /** With the truststores' versions, which stay. */
  readonly domains: readonly Domain[];
}

export const newestFirst = <T extends Deployment>(deployments: readonly T[]): readonly T[] =>
  [...deployments].sort((one, other) => other.createdMs - one.createdMs || (one.id < other.id ? -1 : 1));

/**
 * The deployment that a rollback leads to: the newest before the one in force that the program made, that has another model, and that no
 * rollback went away from.
 */
export function lastGood(deployments: readonly Known[]): Known | undefined {
  const current = deployments.find(({ inForce }) => inForce);
  if (current === undefined) return undefined;
  const before = newestFirst(deployments).filter(({ createdMs }) => createdMs < current.createdMs);
  return before.find(({ digest, left }) => digest !== undefined && digest !== current.digest && !left);
}

/** @throws RollbackError where there is nothing to go from or to */
export function endsOf(
  deployments: readonly Known[],
  inForceId: string,
  to: string | undefined,
): { readonly from: Known; readonly to: Known } {
  const from = deployments.find(({ id }) => id === inForceId);
  if (from === undefined)
    throw new RollbackError({
      what: "the deployment in force",
      got: `${JSON.stringify(inForceId)}, which is none of the API's`,
      allowed: "one of its deployments",
      fix: "look at the stage in the console; somebody has removed the deployment",
    });
  if (to === undefined) {
    const good = lastGood(deployments);
    if (good === undefined)
      throw new RollbackError({
        what: "the last good deployment",
        got: "none before the one in force that the program made, with another model, that no rollback went away from",
        allowed: "one to go back to",
        fix: "npm run rollback -- list shows all; name one with --to, or update to an earlier commit",
      });
    return { from, to: good };
  }
  const named = deployments.find(({ id }) => id === to);
  if (named === undefined)
    throw new RollbackError({
      what: "--to",
      got: JSON.stringify(to),
      allowed: deployments.map(({ id }) => id).join(", ") || "none: the API has no deployment",
      fix: "name one of these",
    });
  if (named.inForce)
    throw new RollbackError({
      what: "--to",
      got: `${to}, which is in force`,
      allowed: "another one",
      fix: "nothing is to be done, or name another",
    });
  return { from, to: named };
}

/**
 * Whoever runs it a second time, after a rollback of theirs or of somebody else's, would go further back than anybody has looked.
 *
 * @throws RollbackError where it was rolled back already, and nobody said from where or where to
 */
export function demandMeant(
  { deployments, stage }: Pick<Situation, "deployments" | "stage">,
  { from, to }: Pick<Plan, "from" | "to">,
): void {
  const [newest] = deployments;
  if (newest === undefined || newest.id === from.id) return;
  throw new RollbackError({
    what: "the deployment in force",
    got: `${from.id}, since ${new Date(stage.updatedMs).toISOString()}, though ${newest.id} is newer: it was rolled back already`,
    allowed: "a second rollback that says where to",
    fix: `look whether it answers by now; to go further back name it: --to ${to.id}`,
  });
}

export interface PlanInput {
  readonly situation: Situation;
  readonly from: Known;
  readonly to: Known;
  readonly routes: { readonly from: readonly Route[]; readonly to: readonly Route[] };
  readonly committed: { readonly from: Answer<Committed>; readonly to: Answer<Committed> };
}

/** Pure: what pointing the stage at another deployment changes, and what differs and stays. */
export function planOf({ situation, from, to, routes, committed }: PlanInput): Plan {
  const { stage, domains } = situation;
  const then = committed.to;
  const uncompared: string[] = [];
  if (!then.known)
    uncompared.push(`throttles, usage plans and web ACL with the program of that day: ${then.because}`);
  if (situation.plans === undefined) uncompared.push("usage plans: nobody could read them");
  if (!then.known || !committed.from.known)
    uncompared.push(
      "integrations and the authorizer's declaration: AWS shows of a deployment only its routes",
    );
  if (domains.some(({ truststore }) => truststore !== undefined))
    uncompared.push("the truststore's version of that day: no preview knows it");
  return {
    from,
    to,
    domains,
    changes: [
      { part: "deployment", about: "deploymentId", now: shown(from), then: shown(to) },
      ...routeRows(routes.from, routes.to),
      ...authorizerRows(committed),
    ],
    differs: then.known ? differing(situation, then.value) : [],
    uncompared,
    warnings: [
      ...(to.digest === undefined ? [`${to.id} was not made by the program: nobody reviewed its model`] : []),
      ...(to.left ? [`a rollback went away from ${to.id} before: it is known to be no good`] : []),
      ...(to.createdMs > from.createdMs
        ? [`${to.id} is newer than the one in force: this goes forward`]
        : []),
      ...situation.unreadable.map(unreadableText),
      ...(stage.hasCanary
        ? ["the stage has a canary, which keeps its share of the calls on its own deployment"]
        : []),
      ...(stage.webAclArn === undefined ? ["the stage has no web ACL now"] : []),
      ...defaulted(routes.to, stage.throttles),
      ...domains
        .filter(({ truststore }) => truststore === undefined)
        .map(({ name }) => `${name} asks for no client certificate now`),
      ...domains.flatMap(({ name, warnings }) =>
        warnings.map((one) => `${name}: the gateway says of its truststore: ${one}`),
      ),
      ...(domains.length === 0 ? ["no custom domain leads to this stage: nobody can call it"] : []),
    ],
  };
}

export const unreadableText = (name: string): string =>
  `stacks/<stack>/rollbacks/${name} can't be read: whether a rollback went away from a deployment is known no further than the others say`;

const shown = ({ id, digest, createdMs }: Known): string =>
  `${id} of ${new Date(createdMs).toISOString()}${digest === undefined ? "" : `, model ${digest.slice(0, 12)}`}`;

function routeRows(now: readonly Route[], then: readonly Route[]): readonly Row[] {
  const names = [...new Set([...now, ...then].map(({ name }) => name))].sort();
  return names.flatMap((name): readonly Row[] => {
    const [one, other] = [now, then].map((routes) => routes.find((route) => route.name === name));
    const [said, meant] = [routeText(one), routeText(other)];
    return said === meant ? [] : [{ part: "deployment", about: name, now: said, then: meant }];
  });
}

const routeText = (route: Route | undefined): string =>
  route === undefined
    ? "no route"
    : `authorization ${route.authorizationType}, API key ${route.apiKeyRequired ? "required" : "not asked for"}`;

function authorizerRows({ from, to }: PlanInput["committed"]): readonly Row[] {
  if (!from.known || !to.known) return [];
  const [now, then] = [from, to].map(({ value }) => value.authorizers.join("; ") || "none");
  return now === then || now === undefined || then === undefined
    ? []
    : [{ part: "authorizer", about: "declaration", now, then }];
}

function differing({ stage, plans }: Situation, then: Committed): readonly Row[] {
  const rows: Row[] = [];
  const compare = (part: PartId, about: string, now: string, was: string): void => {
    if (now !== was) rows.push({ part, about, now, then: was });
  };
  for (const name of namesOf(stage.throttles, then.throttles))
    compare(
      "throttles",
      name,
      throttleText(stage.throttles.get(name)),
      throttleText(then.throttles.get(name)),
    );
  const live = new Map((plans ?? []).map((plan) => [plan.name, plan]));
  for (const name of plans === undefined ? [] : namesOf(live, then.plans)) {
    const [now, was] = [live.get(name), then.plans.get(name)];
    if (now === undefined || was === undefined) {
      compare(
        "plans",
        name,
        now === undefined ? "no plan" : "a plan",
        was === undefined ? "no plan" : "a plan",
      );
      continue;
    }
    compare("plans", `${name}: quota`, now.quota ?? "none", was.quota ?? "none");
    compare("plans", `${name}: throttle`, throttleText(now.throttle), throttleText(was.throttle));
    for (const route of namesOf(now.throttles, was.throttles))
      compare(
        "plans",
        `${name}: ${route}`,
        throttleText(now.throttles.get(route)),
        throttleText(was.throttles.get(route)),
      );
  }
  compare("webAcl", "bound to the stage", aclName(stage.webAclArn) ?? "none", then.webAcl ?? "none");
  return rows;
}

const namesOf = (...maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] =>
  [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();

const throttleText = (throttle: Throttle | undefined): string =>
  throttle === undefined ? "none of its own" : `${throttle.requestsPerSecond}/s, burst ${throttle.burst}`;

/** `arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/<name>/<id>` */
export const aclName = (arn: string | undefined): string | undefined => arn?.split("/")[2];

/** The route is in the snapshot and its throttle is the stage's: an older route may have lost its own since. */
const defaulted = (routes: readonly Route[], throttles: ReadonlyMap<string, Throttle>): readonly string[] =>
  routes
    .filter(({ name }) => !throttles.has(name))
    .map(({ name }) =>
      throttles.has("* *")
        ? `${name} has no throttle of its own on the stage now: the default holds for it`
        : `${name} has no throttle on the stage now, not even a default`,
    );
