/** What the data plane's benchmark holds its measurements against; pure. */
import { UsageError } from "../cli/usageError";
import { percentiles, quantile } from "./latency";
import type { CallKind, LoadSeries } from "./loadDriver";
import { median, type Comparison } from "./statistics";

/** Milliseconds since each process began. */
export interface ColdStart {
  readonly name: string;
  readonly loadedMs: readonly number[];
  readonly answeredMs: readonly number[];
  /** Processor time until then, of all its threads: what else the machine does is not in it. */
  readonly cpuMs: readonly number[];
}

export interface Measurements {
  readonly series: readonly LoadSeries[];
  readonly cold: readonly ColdStart[];
  /** The functions as the program deploys them. */
  readonly deployed: readonly {
    readonly name: string;
    readonly kilobytes: number;
    readonly loadedMs: readonly number[];
    /** Empty where no request was made. */
    readonly answeredMs: readonly number[];
    readonly cpuMs: readonly number[];
  }[];
  /** Kilobytes of each side's bundle. */
  readonly sizes: { readonly edge: number; readonly powertools: number };
}

/** The edge's idempotency around the same handler as Powertools'. */
const OURS_ALONE = "claims";
const OURS = "edge";
const OURS_LOCKED = "edge, with lock";
/** Writes as much as ours: claim, count, answer. */
const THEIRS = "powertools, with count";

const kinds: readonly CallKind[] = ["first call", "replay"];

/** @throws Error where a series is missing: a target must not be met by not being measured */
export function targetsOf({ series, cold, deployed, sizes }: Measurements): Comparison[] {
  const of = (subject: string, kind: CallKind, atOnce: number): LoadSeries => {
    const found = series.find(
      (each) => each.subject === subject && each.kind === kind && each.atOnce === atOnce,
    );
    if (found === undefined) throw new Error(`no measurement of ${subject}, ${kind}, ${atOnce} at once`);
    return found;
  };
  const atMost = (what: string, value: number, unit: Comparison["unit"], target: number): Comparison => ({
    ...{ what, value, unit, target },
    direction: "at most",
  });
  const levels = [...new Set(series.map(({ atOnce }) => atOnce))];

  const latency = kinds.flatMap((kind) =>
    [0.5, 0.95, 0.99].map((share) => {
      const [ours, theirs] = [OURS_ALONE, THEIRS].map((subject) => quantile(of(subject, kind, 1).ms, share));
      const value = (ours ?? Number.NaN) / (theirs ?? Number.NaN);
      return atMost(`${kind}, p${share * 100}: claims beside Powertools with the count`, value, "×", 1);
    }),
  );
  const throughput = kinds.flatMap((kind) =>
    levels.map((atOnce): Comparison => {
      const theirs = of(THEIRS, kind, atOnce).perSecond;
      // Round by round: what slows the machine down for a while slows both sides of its round down.
      const ratios = of(OURS_ALONE, kind, atOnce).perSecond.map(
        (ours, round) => ours / (theirs[round] ?? Number.NaN),
      );
      return {
        what: `${kind}, ${atOnce} at once: requests a second, claims beside Powertools with the count`,
        value: median(ratios),
        ...{ unit: "×", target: 1, direction: "at least" },
      };
    }),
  );
  const roundTrips = [OURS, OURS_LOCKED].flatMap((subject) =>
    kinds.map((kind) =>
      atMost(
        `${subject}, ${kind}: round trips in sequence`,
        of(subject, kind, 1).roundTrips,
        "round trips",
        kind === "replay" ? 1 : 3,
      ),
    ),
  );
  const own = [OURS, OURS_LOCKED].flatMap((subject) =>
    kinds.map((kind) =>
      atMost(
        `${subject}, ${kind}: the edge's own time, p95`,
        quantile(of(subject, kind, 1).edgeMs, 0.95),
        "ms",
        2,
      ),
    ),
  );
  const coldStart = cold
    .filter(({ name }) => name === OURS)
    .map(({ name, answeredMs }) =>
      atMost(`${name}: from a fresh process to the first answer, median`, median(answeredMs), "ms", 200),
    );
  if (coldStart.length === 0) throw new Error("no measurement of the edge's cold start");
  return [
    ...latency,
    ...throughput,
    ...roundTrips,
    ...own,
    atMost("the edge's bundle", sizes.edge, "kB", 500),
    ...coldStart,
    ...deployed.flatMap(({ name, kilobytes, loadedMs, answeredMs }) => [
      atMost(`${name} as deployed: bundle`, kilobytes, "kB", 500),
      answeredMs.length > 0
        ? atMost(
            `${name} as deployed: from a fresh process to the first answer, median`,
            median(answeredMs),
            "ms",
            200,
          )
        : atMost(`${name} as deployed: a fresh process has loaded it, median`, median(loadedMs), "ms", 200),
    ]),
  ];
}

/** The same series of several processes as one, round after round. */
export function joined(parts: readonly (readonly LoadSeries[])[]): LoadSeries[] {
  const series = new Map<string, LoadSeries>();
  for (const part of parts.flat()) {
    const key = `${part.subject}, ${part.kind}, ${part.atOnce}`;
    const before = series.get(key);
    const most = before === undefined || part.roundTrips > before.roundTrips ? part : before;
    series.set(key, {
      ...most,
      ms: [...(before?.ms ?? []), ...part.ms],
      perSecond: [...(before?.perSecond ?? []), ...part.perSecond],
      ownMs: [...(before?.ownMs ?? []), ...part.ownMs],
      edgeMs: [...(before?.edgeMs ?? []), ...part.edgeMs],
    });
  }
  return [...series.values()];
}

const cell = (value: number, width = 8): string => value.toFixed(2).padStart(width);

export function seriesTable({ series, cold, deployed, sizes }: Measurements): string[] {
  const title = (first: string, ...more: readonly string[]): string =>
    first.padEnd(26) + more.map((text) => text.padStart(8)).join("");
  const lines: string[] = [];
  for (const atOnce of [...new Set(series.map((each) => each.atOnce))])
    for (const kind of kinds) {
      const own = atOnce === 1 ? ["own p50", "own p95", "trips"] : [];
      lines.push(title(`${kind}, ${atOnce} at once`, "p50 ms", "p95", "p99", "max", "per s", ...own));
      for (const each of series.filter((one) => one.kind === kind && one.atOnce === atOnce)) {
        const { p50, p95, p99, max } = percentiles(each.ms);
        const ownCells =
          each.ownMs.length === 0
            ? []
            : [
                cell(quantile(each.ownMs, 0.5)),
                cell(quantile(each.ownMs, 0.95)),
                String(each.roundTrips).padStart(8),
              ];
        lines.push(
          `  ${each.subject}`.padEnd(26) +
            [p50, p95, p99, max, median(each.perSecond)].map((value) => cell(value)).join("") +
            ownCells.join(""),
        );
      }
      lines.push("");
    }
  lines.push(title("a fresh process", "loaded", "answered", "slowest", "cpu ms"));
  const asDeployed = deployed.map((each) => ({ ...each, name: `${each.name}, deployed` }));
  for (const { name, loadedMs, answeredMs, cpuMs } of [...cold, ...asDeployed]) {
    const answered = answeredMs.length > 0 ? answeredMs : loadedMs;
    lines.push(
      `  ${name}`.padEnd(26) +
        [median(loadedMs), median(answered), Math.max(...answered), median(cpuMs)]
          .map((value) => cell(value))
          .join(""),
    );
  }
  lines.push(
    "",
    `bundles: the edge ${sizes.edge.toFixed(0)} kB, Powertools ${sizes.powertools.toFixed(0)} kB`,
  );
  return lines;
}

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * @returns the address without a slash at its end
 * @throws UsageError for anything that is not on this machine: what is sent there is load
 */
export function loopbackEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || !loopback.has(url.hostname))
    throw new UsageError(
      `--endpoint: got ${text}; allowed: http://127.0.0.1, http://localhost or http://[::1] with a port; fix: start the store on this machine`,
    );
  return url.origin;
}
