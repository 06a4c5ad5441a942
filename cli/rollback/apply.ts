import { liveValues } from "../../infra/secrets/liveValues";
import { callUntilGood, type Call, type Calls, type CallTiming } from "./call";
import type { Gateway } from "./gateway";
import type { CallOptions } from "./options";
import type { Known, Plan } from "./plan";
import { RollbackError } from "./problem";
import { MAX_BECAUSE, type Rollback } from "./record";

export interface Applied {
  readonly rollback: Rollback;
  readonly calls: Calls | undefined;
  /** Whether all is as it was asked for: the stage as it should be, and whoever was to call it answered. */
  readonly settled: boolean;
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
 * Points the stage back, reads it back, and calls it. From the moment at which it may have been changed there is a record, whatever else
 * happens.
 *
 * @throws RollbackError, or what the gateway answered, where nothing was changed
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
    if ((await inForce(gateway)) === from.id) throw error;
  }
  const found = await readBack(gateway, to.id, timing);
  const elsewhere = found !== undefined && found !== to.id;
  const calls =
    call === undefined || elsewhere
      ? undefined
      : await callUntilGood(call.how, { ...call.options, domain: call.domain }, timing);
  const { verdict, because } = judged(plan, found, calls);
  return {
    calls,
    settled: verdict === "met" || (verdict === "unknown" && call === undefined && found === to.id),
    rollback: {
      clause: "B7.4",
      verdict,
      because: because.slice(0, MAX_BECAUSE),
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

/** Undefined where the gateway does not say. */
async function inForce(gateway: Gateway): Promise<string | undefined> {
  try {
    return (await gateway.stage()).deploymentId;
  } catch {
    return undefined;
  }
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

async function readBack(
  gateway: Gateway,
  id: string,
  { sleep, interrupted }: CallTiming,
): Promise<string | undefined> {
  let found: string | undefined;
  for (let tries = 0; tries < READ_BACK_TRIES; tries += 1) {
    if (tries > 0) await sleep(READ_BACK_PAUSE_MS);
    found = await inForce(gateway);
    if (found === id || interrupted?.aborted === true) break;
  }
  return found;
}

function judged(
  { from, to }: Plan,
  found: string | undefined,
  calls: Calls | undefined,
): Pick<Rollback, "verdict" | "because"> {
  if (found !== undefined && found !== to.id)
    return {
      verdict: "not-met",
      because: `the stage was pointed at ${to.id} and is at ${found}: somebody else, or an update, has changed it meanwhile`,
    };
  const stage =
    found === undefined
      ? `the stage was to be pointed at ${to.id}, and nobody could read whether it is, or still at ${from.id}`
      : `the stage points at ${to.id}`;
  if (calls === undefined) return { verdict: "unknown", because: `${stage}; nobody called it` };
  const { answered, cutShort, made, failed, domain, route, answers } = calls;
  const counts =
    Object.entries(answers)
      .map(([said, count]) => `${count} × ${said}`)
      .join(", ") || "not once";
  if (cutShort) return { verdict: "unknown", because: `${stage}; its calls were cut short: ${counts}` };
  const of = `${stage}; ${route} on ${domain}`;
  if (!answered) return { verdict: "not-met", because: `${of} does not answer: ${counts}` };
  return {
    verdict: found === undefined ? "unknown" : "met",
    because: `${of} answers: ${counts}, ${failed} of ${made} failed`,
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
