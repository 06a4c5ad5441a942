import { deliver, postJson, type Post } from "../../infra/functions/announce/post";
import type { Timing } from "../../infra/functions/edge/upstream/timing";

/** https://developer.pagerduty.com/docs/send-change-event */
const MAX_SUMMARY_CHARACTERS = 1_024;
const LIMIT_MS = 20_000;

export interface Change {
  readonly namePrefix: string;
  readonly stageName: string;
  readonly from: string;
  readonly to: string;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}

/** Of the form that the function `announce` sends of deployments and rotations: it stands beside the incidents of its time. */
export const changeEvent = (change: Change, routingKey: string): object => ({
  routing_key: routingKey,
  payload: {
    summary:
      `Rollback of ${change.namePrefix}: stage ${change.stageName} from ${change.from} to ${change.to}: ${change.reason}`.slice(
        0,
        MAX_SUMMARY_CHARACTERS,
      ),
    source: change.namePrefix,
    timestamp: new Date(change.atMs).toISOString(),
    custom_details: { kind: "rollback", from: change.from, to: change.to, by: change.by },
  },
});

/**
 * Tells the pager. Nothing of it can undo or hold up a rollback.
 *
 * @returns why it was not told, where it was not
 */
export async function tellPager(
  change: Change,
  { url, secretText }: { readonly url: string; readonly secretText: () => Promise<string> },
  timing: Timing,
  post: Post = postJson,
): Promise<string | undefined> {
  let routingKey: string;
  try {
    routingKey = keyIn(await secretText());
  } catch (error) {
    return `its key could not be read (${error instanceof Error ? error.name : typeof error})`;
  }
  const event = changeEvent(change, routingKey);
  const { delivered, status } = await deliver(
    (timeoutMs) => post(url, {}, event, timeoutMs),
    timing,
    timing.nowMs() + LIMIT_MS,
  );
  return delivered ? undefined : `it ${status === undefined ? "gave no answer" : `answered ${status}`}`;
}

function keyIn(text: string): string {
  const { integrationKey } = JSON.parse(text) as { readonly integrationKey?: unknown };
  if (typeof integrationKey !== "string" || integrationKey === "") throw new TypeError("no key");
  return integrationKey;
}
