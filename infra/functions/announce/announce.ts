import type { Context } from "aws-lambda";
import { asUuid } from "../correlation/correlation";
import type { Timing } from "../edge/upstream/timing";
import type { Log, RequestLog } from "../log/log";
import { objectOf, parseFields } from "../rotation/json";
import { RotationProblem } from "../rotation/problem";
import { readEvent, type Announcement } from "./announcements";
import type { AnnounceConfiguration } from "./configuration";
import { annotation, changeEvent } from "./messages";
import { deliver, type Delivery, type Post } from "./post";

export interface AnnouncePorts {
  /** The value in force of a secret, by its name. */
  readonly readSecret: (name: string) => Promise<string>;
  readonly post: Post;
  readonly timing: Timing;
  readonly log: Log;
}

/** How many announcements reached whom; what the program's call of a deployment is answered with. */
export interface Announced {
  readonly announcements: number;
  readonly pager: number;
  readonly grafana: number;
}

/** Thrown to Lambda, which then calls again: its text is ours. */
export class NothingAnnounced extends Error {
  override readonly name = "NothingAnnounced";
}

/** Left for the log's lines. */
const RESERVE_MS = 1_000;
/** An instance remembers so many lines that it has announced. */
const REMEMBERED = 1_000;

type Target = "pager" | "grafana";

/**
 * The announcer as Lambda calls it. What both targets missed is lost where it is a deployment's, since a mark that is missing must not
 * fail the deployment; of a log's lines Lambda is told, which calls again.
 *
 * A line that arrives twice is announced once where the same instance gets it, and may be announced twice where not: neither
 * target can be told that it knows an event already.
 */
export function createAnnounce(
  ports: AnnouncePorts,
  configuration: AnnounceConfiguration,
): (
  event: unknown,
  context: Pick<Context, "awsRequestId" | "getRemainingTimeInMillis">,
) => Promise<Announced> {
  const known = new Set<string>();
  const names: ReadonlySet<unknown> = new Set(configuration.rotatedSecrets);
  const isSecret = (name: unknown): name is string => names.has(name);

  return async (event, context) => {
    const deadlineMs = ports.timing.nowMs() + context.getRemainingTimeInMillis() - RESERVE_MS;
    const invocationId = asUuid(context.awsRequestId);
    const announcements = readEvent(event, isSecret);
    if (announcements === undefined) return refuse(ports.log, invocationId);
    const wanted = announcements.filter((each) => each.kind === "deployment" || !known.has(each.id));
    const count = { pager: 0, grafana: 0 };
    for (const announcement of wanted) {
      const reached = await announce(announcement, ports, configuration, deadlineMs, invocationId);
      for (const target of reached) count[target] += 1;
      if (announcement.kind === "rotation" && reached.length > 0) remember(known, announcement.id);
    }
    const isLost = count.pager + count.grafana === 0 && wanted.some(({ kind }) => kind === "rotation");
    if (isLost)
      throw new NothingAnnounced(
        `announcements: got ${wanted.length} that reached nobody; allowed: one target that takes them; fix: see this function's log for each target's status`,
      );
    return { announcements: wanted.length, ...count };
  };
}

async function announce(
  announcement: Announcement,
  { readSecret, post, timing, log }: AnnouncePorts,
  configuration: AnnounceConfiguration,
  deadlineMs: number,
  invocationId: ReturnType<typeof asUuid>,
): Promise<Target[]> {
  const { grafanaUrl, changeEventsUrl, grafanaTokenSecretName, pagerKeySecretName } = configuration;
  const nowMs = timing.nowMs();
  const targets: readonly { target: Target; secret: string; send: (ms: number) => Promise<number> }[] = [
    {
      target: "pager",
      secret: pagerKeySecretName,
      send: async (ms) => {
        const key = pagerKeyOf(await readSecret(pagerKeySecretName));
        return post(changeEventsUrl, {}, changeEvent(announcement, configuration, key, nowMs), ms);
      },
    },
    {
      target: "grafana",
      secret: grafanaTokenSecretName,
      send: async (ms) => {
        const { token } = parseFields(await readSecret(grafanaTokenSecretName), { token: "string" });
        const headers = { authorization: `Bearer ${token}` };
        return post(
          `${grafanaUrl}/api/annotations`,
          headers,
          annotation(announcement, configuration, nowMs),
          ms,
        );
      },
    },
  ];
  const reached = await Promise.all(
    targets.map(async ({ target, secret, send }): Promise<Target[]> => {
      const line = log.begin();
      // Whose secret it is says which target.
      line.set({ step: "announce", secret: log.secret(secret), invocationId });
      const delivery = await deliver(send, timing, deadlineMs);
      describe(delivery, line);
      return delivery.delivered ? [target] : [];
    }),
  );
  return reached.flat();
}

function describe({ delivered, tries, status, error }: Delivery, line: RequestLog): void {
  line.set({
    outcome: delivered ? "done" : "upstream-failed",
    attempts: tries,
    upstreamStatus: status,
    ...error,
  });
  if (!delivered) line.measure({ Faults: 1 });
  line.end();
}

function refuse(log: Log, invocationId: ReturnType<typeof asUuid>): never {
  const line = log.begin();
  line.set({ step: "announce", outcome: "invalid", invocationId });
  line.measure({ Faults: 1 });
  line.end();
  throw new RotationProblem(
    "event",
    "another form",
    '{"kind": "deployment", "digest": <64 hexadecimal digits>}, or a batch of a log\'s lines',
    "let the program or a log's subscription call the function",
  );
}

function remember(known: Set<string>, id: string): void {
  known.add(id);
  for (const oldest of known) {
    if (known.size <= REMEMBERED) return;
    known.delete(oldest);
  }
}

/** As the program writes it, or as a person has put it: the key in an object, or alone. */
function pagerKeyOf(text: string): string {
  if (PAGER_KEY.test(text)) return text;
  const { integrationKey } = parseFields(JSON.stringify(objectOf(text)), { integrationKey: "string" });
  return String(integrationKey);
}

/** https://support.pagerduty.com/main/docs/services-and-integrations */
const PAGER_KEY = /^[A-Za-z0-9]{20,64}$/;
