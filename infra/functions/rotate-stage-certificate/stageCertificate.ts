import type { Clock } from "../rotation/clock";
import { ensure } from "../rotation/problem";
import type { GatewayCertificate, Stages } from "./stages";

export interface StageCertificateOptions {
  /** The description of the certificates that this function made: by it they are told from others, the program's too. */
  readonly description: string;
  /** A certificate that is older is replaced. */
  readonly replaceAfterMs: number;
  /** For so long after the stage was changed, the ones before stay. */
  readonly overlapMs: number;
  /** The account's quota of client certificates: 60 until it was raised. */
  readonly quota: number;
}

export interface StageCertificatePorts {
  readonly stages: Stages;
  readonly clock: Clock;
}

/**
 * Gives the stage a new client certificate when the one in use is old, and removes the ones before it. What to do is read off
 * what is there, so that a run may be cut off anywhere and repeated at any time: a new certificate that no stage uses yet is
 * one that an interrupted run made.
 */
export async function replaceStageCertificate(
  { stages, clock }: StageCertificatePorts,
  options: StageCertificateOptions,
): Promise<"done" | "unneeded"> {
  const stage = await stages.stage();
  const all = await stages.certificates();
  const own = all.filter(({ description }) => description === options.description);
  const inUse = all.find(({ id }) => id === stage.certificateId);
  const nowMs = clock.nowMs();
  const isYoung = ({ createdMs }: GatewayCertificate): boolean => nowMs - createdMs < options.replaceAfterMs;

  if (inUse === undefined || !isYoung(inUse)) {
    const waiting = own
      .filter((each) => each.createdMs > (inUse?.createdMs ?? -Infinity) && isYoung(each))
      .toSorted((one, other) => other.createdMs - one.createdMs)[0];
    if (waiting === undefined) await makeRoom(stages, all, own, inUse, options);
    await stages.use((waiting ?? (await stages.generate(options.description))).id);
    return "done";
  }
  if (nowMs - stage.updatedMs < options.overlapMs) return "unneeded";
  const before = own.filter(({ id }) => id !== inUse.id);
  for (const { id } of before) await stages.delete(id);
  return before.length === 0 ? "unneeded" : "done";
}

/** At the quota, certificates of ours that nothing uses go before their time: without room the stage's would run out. */
async function makeRoom(
  stages: Stages,
  all: readonly GatewayCertificate[],
  own: readonly GatewayCertificate[],
  inUse: GatewayCertificate | undefined,
  { quota }: StageCertificateOptions,
): Promise<void> {
  if (all.length < quota) return;
  const [oldest] = own
    .filter(({ id }) => id !== inUse?.id)
    .toSorted((one, other) => one.createdMs - other.createdMs);
  ensure(
    oldest !== undefined,
    "client certificates of the account",
    `${all.length}, none of them unused and this stage's`,
    `fewer than the quota of ${quota}`,
    "remove others, or have the quota raised",
  );
  await stages.delete(oldest.id);
}
