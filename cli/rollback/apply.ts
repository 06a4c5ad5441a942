import { liveValues } from "../../infra/secrets/liveValues";
import { callUntilGood, type Call, type Calls, type CallTiming } from "./call";
import type { Gateway } from "./gateway";
import type { CallOptions } from "./options";
import type { Known, Plan } from "./plan";
import { RollbackError } from "./problem";
import type { Rollback } from "./record";

export interface Applied {
  readonly rollback: Rollback;
  readonly calls: Calls | undefined;
}

export interface ApplyInput {
  readonly gateway: Gateway;
  readonly plan: Plan;
  /** Undefined where nobody can call it. */
  readonly call: { readonly how: Call; readonly domain: string; readonly options: CallOptions } | undefined;
  readonly timing: CallTiming;
  readonly place: { readonly apiName: string; readonly stageName: string };
  readonly who: Pick<Rollback, "by" | "reason">;
}

const READ_BACK_TRIES = 5;
const READ_BACK_PAUSE_MS = 1_000;

/**
 * Points the stage back, reads it back, and calls it.
 *
 * @throws RollbackError where nothing was changed, or nobody knows whether it was
 */
export async function applyPlan({ gateway, plan, call, timing, place, who }: ApplyInput): Promise<Applied> {
  const { from, to } = plan;
  const startedAt = new Date(timing.nowMs()).toISOString();
  // The gateway knows no condition on a change: what comes between this look and the change is nobody's to see.
  await demandInForce(gateway, from.id);
  try {
    await gateway.point(to.id);
  } catch (error) {
    // A call whose answer was lost may have had its effect: the stage says.
    if ((await gateway.stage()).deploymentId !== to.id) throw error;
  }
  await readBack(gateway, to.id, timing);
  const calls =
    call === undefined
      ? undefined
      : await callUntilGood(call.how, { ...call.options, domain: call.domain }, timing);
  const { verdict, because } = judged(to.id, calls);
  return {
    calls,
    rollback: {
      clause: "B7.4",
      verdict,
      because,
      startedAt,
      endedAt: new Date(timing.nowMs()).toISOString(),
      api: place.apiName,
      stageName: place.stageName,
      from: kept(from),
      to: kept(to),
      ...who,
      ...(calls === undefined ? {} : { calls: counted(calls) }),
      leftAlone: Object.keys(liveValues),
      warnings: [...plan.warnings],
    },
  };
}

async function demandInForce(gateway: Gateway, id: string): Promise<void> {
  const { deploymentId } = await gateway.stage();
  if (deploymentId === id) return;
  throw new RollbackError({
    what: "the deployment in force",
    got: deploymentId,
    allowed: `${id}, of which the plan is`,
    fix: "somebody else changes the stage now: speak with each other, then plan again",
  });
}

async function readBack(gateway: Gateway, id: string, { sleep }: CallTiming): Promise<void> {
  let found = "";
  for (let tries = 0; tries < READ_BACK_TRIES; tries += 1) {
    if (tries > 0) await sleep(READ_BACK_PAUSE_MS);
    found = (await gateway.stage()).deploymentId;
    if (found === id) return;
  }
  throw new RollbackError({
    what: "the stage after it was pointed back",
    got: found,
    allowed: id,
    fix: "somebody else, or an update, has changed it meanwhile: stop that, then run it again",
  });
}

function judged(id: string, calls: Calls | undefined): Pick<Rollback, "verdict" | "because"> {
  if (calls === undefined)
    return { verdict: "unknown", because: `the stage points at ${id}; nobody called it` };
  const { answered, made, failed, domain, route, answers } = calls;
  const counts = Object.entries(answers)
    .map(([said, count]) => `${count} × ${said}`)
    .join(", ");
  return answered
    ? {
        verdict: "met",
        because: `the stage points at ${id}; ${route} on ${domain} answers: ${counts}, ${failed} of ${made} failed`,
      }
    : {
        verdict: "not-met",
        because: `the stage points at ${id}; ${route} on ${domain} does not answer: ${counts}`,
      };
}

const kept = ({ id, createdMs, digest, commit }: Known): Rollback["from"] => ({
  id,
  createdAt: new Date(createdMs).toISOString(),
  ...(digest === undefined ? {} : { modelSha256: digest }),
  ...(commit.known ? { commit: commit.value } : {}),
});

const counted = ({ domain, route, made, failed, answers }: Calls): NonNullable<Rollback["calls"]> => ({
  domain,
  route,
  made,
  failed,
  answers: { ...answers },
});
