import { every, telemetry } from "../../../infra/observability/telemetry/telemetry";
import { declaredLogGroups, spokenLogGroups } from "../../../infra/evidence/record/logGroups";
import type { Verdict } from "../../../infra/evidence/record/predicates";
import type { Collector } from "../collector";
import type { Asked } from "../sources/answer";
import type { MetricsSource } from "../sources/cloudWatchMetrics";
import { SETTLED_MS } from "../sources/cloudWatchRequests";
import type { GatewaySource } from "../sources/gateway";
import type { LogsSource, Sampling } from "../sources/logs";
import { personalDataIn, type DataKind } from "./personalData";
import { sentence, sourcesOf, windowOf } from "./words";

const HOUR_MS = 3_600_000;

/** 480 lines a group, from every hour of the day. */
export const SAMPLING: Sampling = { slices: 24, linesOfSlice: 20 };

export interface ScannedGroup {
  readonly logGroup: string;
  readonly lines: number;
  readonly found: ReadonlyMap<DataKind, number>;
}

/** B8.3: nothing found by the masking nor in what was read, and enough was read. */
export function judgeLogs(
  protectionFindings: number | undefined,
  groups: readonly ScannedGroup[],
  silent: readonly string[],
  mustSpeak: readonly string[],
): { readonly verdict: Verdict; readonly because: string } {
  const lines = groups.reduce((total, group) => total + group.lines, 0);
  const kinds = new Map<string, number>();
  for (const { found } of groups)
    for (const [kind, count] of found) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  const masked = `the masking of the logs reported ${protectionFindings ?? "nobody knows how many"} finds`;
  const read = `${lines} lines of ${groups.length} log groups were read`;
  if (kinds.size > 0) {
    const counts = [...kinds].map(([kind, count]) => `${count} of ${kind}`).join(", ");
    return { verdict: "not-met", because: `${read} and hold personal data: ${counts}; ${masked}` };
  }
  if (protectionFindings !== undefined && protectionFindings > 0)
    return { verdict: "not-met", because: `${masked}, in lines of which ${read} held none` };
  if (protectionFindings === undefined)
    return { verdict: "unknown", because: `${masked}; ${read} and hold none` };
  const [unread] = silent;
  if (unread !== undefined)
    return {
      verdict: "unknown",
      because: `${silent.length} reasons why not all was looked through, the first: ${unread}; ${read}`,
    };
  const empty = mustSpeak.find(
    (name) => (groups.find(({ logGroup }) => logGroup === name)?.lines ?? 0) === 0,
  );
  if (empty !== undefined)
    return {
      verdict: "unknown",
      because: `${empty} has no line in the window, so nothing was looked through; ${read}`,
    };
  return {
    verdict: "met",
    because: `${masked}; ${read}, spread over the window, and hold no e-mail, IP address, phone, account, card, document, token or key`,
  };
}

/** What the masking found, and a look through samples of every declared log (B8.3). */
export const logScanCollector =
  (metrics: MetricsSource, logs: LogsSource, gateway: GatewaySource, sampling = SAMPLING): Collector =>
  async ({ settings, contract, nowMs, progress }) => {
    const { namePrefix } = settings;
    const toMs = Math.floor((nowMs() - SETTLED_MS) / HOUR_MS) * HOUR_MS;
    const window = { fromMs: toMs - settings.evidence.metrics.windowHours * HOUR_MS, toMs };
    const asked: Asked[] = [];
    const silent: string[] = [];

    const masking = await metrics.series(
      [every(telemetry(settings, contract).fromLogs("LogFindings"), 3_600)],
      window,
    );
    asked.push(...masking.asked);
    // While nothing is found there is no line of it, and so no value. That its silence means so is asked of each group: is it masked?
    const [finds = []] = masking.known ? masking.value : [];
    const protectionFindings = masking.known
      ? finds.reduce((total, { value }) => total + value, 0)
      : undefined;

    const execution = await gateway.executionLogGroups();
    asked.push(...execution.asked);
    if (!execution.known) silent.push(`the gateway's execution logs (${execution.because})`);
    const names = [...declaredLogGroups(namePrefix), ...(execution.known ? execution.value : [])];
    const groups: ScannedGroup[] = [];
    for (const logGroup of names) {
      const found = new Map<DataKind, number>();
      const answer = await logs.sample(logGroup, window, sampling, (line) => {
        for (const [kind, count] of personalDataIn(line)) found.set(kind, (found.get(kind) ?? 0) + count);
      });
      asked.push(...answer.asked);
      if (!answer.known) silent.push(`${logGroup} (${answer.because})`);
      const masked = await logs.isMasked(logGroup);
      asked.push(...masked.asked);
      if (!masked.known) silent.push(`${logGroup} (${masked.because})`);
      else if (!masked.value) silent.push(`${logGroup} (nothing masks it, so its silence says nothing)`);
      groups.push({ logGroup, lines: answer.known ? answer.value.lines : 0, found });
      progress(`${logGroup}: ${answer.known ? `${answer.value.lines} lines` : answer.because}`);
    }
    const judged = judgeLogs(protectionFindings, groups, silent, spokenLogGroups(namePrefix));
    return [
      {
        kind: "logScan",
        predicate: {
          clause: "B8.3",
          verdict: judged.verdict,
          because: sentence(judged.because),
          sources: sourcesOf(asked),
          window: windowOf(window),
          ...(protectionFindings === undefined ? {} : { protectionFindings }),
          groups: groups.map(({ logGroup, lines, found }) => ({
            logGroup,
            lines,
            found: Object.fromEntries(found),
          })),
        },
      },
    ];
  };
