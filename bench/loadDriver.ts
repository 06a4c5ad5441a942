/**
 * Runs the load, in a process of its own that holds nothing but the bundles: `bench/dataPlane.ts` bundles this too and
 * starts it by plain `node`. Its one argument is a {@link LoadPlan} as JSON, its output a {@link LoadResult}.
 */
import { coveredMs, sequentialDepth } from "./latency";
import { requestEvent, type BenchPath, type CreateSubject, type Subject, type WireCall } from "./subject";

export interface SubjectPlan {
  readonly name: string;
  /** File that exports `create`. */
  readonly bundle: string;
  readonly table: string;
  readonly path: BenchPath;
  readonly countsMonthly: boolean;
  readonly claimsAlone?: boolean;
  /** What its answers have. */
  readonly status: number;
  /** Not at the other levels. */
  readonly onlyOneAtATime?: boolean;
}

export interface LoadPlan {
  readonly endpoint: string;
  readonly clientIds: readonly string[];
  readonly subjects: readonly SubjectPlan[];
  readonly rounds: number;
  /** Of all rounds, those of other processes included. */
  readonly firstRound: number;
  /** Of requests that no other process has sent. */
  readonly firstIndex: number;
  /** Requests of each subject in a round, by how many run at once. */
  readonly levels: readonly { readonly atOnce: number; readonly requests: number }[];
  readonly warmUps: number;
}

export type CallKind = "first call" | "replay";

/** Of one subject, one kind and one level, all rounds together. */
export interface LoadSeries {
  readonly subject: string;
  readonly kind: CallKind;
  readonly atOnce: number;
  /** From the handler's call to its answer. */
  readonly ms: number[];
  /** Requests a second, a value for each round. */
  readonly perSecond: number[];
  /** What of it went neither to the store's wire nor, for want of one, to the agent's; one at a time only. */
  readonly ownMs: number[];
  /** What the edge's log line says (`EdgeLatency`); one at a time only. */
  readonly edgeMs: number[];
  /** The most round trips in sequence that one request took; one at a time only. */
  roundTrips: number;
  /** Operations of the request that took the most, in order. */
  operations: readonly string[];
}

export interface LoadResult {
  readonly series: readonly LoadSeries[];
}

interface Running {
  readonly plan: SubjectPlan;
  readonly subject: Subject;
  readonly wire: WireCall[];
  readonly lines: string[];
  /** Index of the next request that was never sent. */
  next: number;
}

function start(plan: SubjectPlan, { endpoint, clientIds, firstIndex }: LoadPlan): Running {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a bundle, known only when it runs
  const { create } = require(plan.bundle) as { create: CreateSubject };
  const wire: WireCall[] = [];
  const lines: string[] = [];
  const subject = create({
    endpoint,
    table: plan.table,
    countsMonthly: plan.countsMonthly,
    claimsAlone: plan.claimsAlone ?? false,
    clientIds,
    onWire: (call) => void wire.push(call),
    onLine: (line) => void lines.push(line),
  });
  return { plan, subject, wire, lines, next: firstIndex };
}

/** Requests of a subject before the next one's turn: many times as many as run at once, and over in a tenth of a second. */
const SLICE = 75;

class Load {
  readonly #series = new Map<string, LoadSeries>();

  constructor(private readonly plan: LoadPlan) {}

  async run(): Promise<LoadResult> {
    const all = this.plan.subjects.map((subject) => start(subject, this.plan));
    const { warmUps, rounds, firstRound, levels } = this.plan;
    await this.#oneByOne(all, warmUps, () => undefined);
    for (let round = firstRound; round < firstRound + rounds; round += 1) {
      // Whoever comes first in one round comes later in the next.
      const turned = [...all.slice(round % all.length), ...all.slice(0, round % all.length)];
      for (const { atOnce, requests } of levels)
        if (atOnce === 1) await this.#oneByOne(turned, requests, (...what) => this.#seriesOf(...what));
        else
          await this.#manyAtOnce(
            turned.filter(({ plan }) => plan.onlyOneAtATime !== true),
            atOnce,
            requests,
          );
    }
    for (const running of all) this.#checkEffects(running);
    for (const { subject } of all) subject.close();
    return { series: [...this.#series.values()] };
  }

  /** Request by request through all subjects. */
  async #oneByOne(
    all: readonly Running[],
    requests: number,
    seriesOf: (running: Running, kind: CallKind, atOnce: number) => LoadSeries | undefined,
  ): Promise<void> {
    for (const kind of ["first call", "replay"] as const) {
      const spent = new Map(all.map((running) => [running, 0]));
      const from = new Map(
        all.map((running) => [running, kind === "first call" ? running.next : running.next - requests]),
      );
      for (let done = 0; done < requests; done += 1)
        for (const running of all) {
          running.wire.length = 0;
          running.lines.length = 0;
          const startMs = performance.now();
          await this.#call(running, (from.get(running) ?? 0) + done);
          const ms = performance.now() - startMs;
          spent.set(running, (spent.get(running) ?? 0) + ms);
          const series = seriesOf(running, kind, 1);
          if (series !== undefined) note(series, running, ms);
        }
      for (const running of all) {
        if (kind === "first call") running.next += requests;
        seriesOf(running, kind, 1)?.perSecond.push((1_000 * requests) / (spent.get(running) ?? Number.NaN));
      }
    }
  }

  /** Slice by slice through all subjects, so that whatever slows the machine down for a while slows all of them down. */
  async #manyAtOnce(all: readonly Running[], atOnce: number, requests: number): Promise<void> {
    for (const kind of ["first call", "replay"] as const) {
      const spent = new Map(all.map((running) => [running, 0]));
      for (let done = 0; done < requests; done += SLICE)
        for (const running of all) {
          const { ms } = this.#seriesOf(running, kind, atOnce);
          const from = running.next + done;
          const begunMs = performance.now();
          await this.#slice(running, atOnce, [from, from + Math.min(SLICE, requests - done)], ms);
          spent.set(running, (spent.get(running) ?? 0) + performance.now() - begunMs);
          running.wire.length = 0;
          running.lines.length = 0;
        }
      for (const running of all)
        this.#seriesOf(running, kind, atOnce).perSecond.push(
          (1_000 * requests) / (spent.get(running) ?? Number.NaN),
        );
    }
    for (const running of all) running.next += requests;
  }

  async #slice(
    running: Running,
    atOnce: number,
    [from, until]: readonly [number, number],
    ms: number[],
  ): Promise<void> {
    let index = from;
    const worker = async (): Promise<void> => {
      while (index < until) {
        const startMs = performance.now();
        await this.#call(running, index++);
        ms.push(performance.now() - startMs);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  /** @throws Error for any answer but the agent's: what fails fast is not fast */
  async #call({ plan, subject }: Running, index: number): Promise<void> {
    const { clientIds } = this.plan;
    const event = requestEvent(plan.path, clientIds[index % clientIds.length] ?? "", index);
    const { statusCode, body } = await subject.call(event);
    if (statusCode !== plan.status)
      throw new Error(
        `${plan.name}: request ${index} was answered ${statusCode}, not ${plan.status}: ${body}`,
      );
  }

  /** @throws Error where a replay reached the agent, or a first call did not */
  #checkEffects({ plan, subject, next }: Running): void {
    const sent = next - this.plan.firstIndex;
    if (subject.effects() !== sent)
      throw new Error(`${plan.name}: ${sent} first calls and their replays had ${subject.effects()} effects`);
  }

  #seriesOf({ plan }: Running, kind: CallKind, atOnce: number): LoadSeries {
    const key = `${plan.name}, ${kind}, ${atOnce}`;
    const series = this.#series.get(key) ?? {
      subject: plan.name,
      kind,
      atOnce,
      ms: [],
      perSecond: [],
      ownMs: [],
      edgeMs: [],
      roundTrips: 0,
      operations: [],
    };
    this.#series.set(key, series);
    return series;
  }
}

function note(series: LoadSeries, { wire, lines }: Running, ms: number): void {
  series.ms.push(ms);
  series.ownMs.push(ms - coveredMs(wire));
  const depth = sequentialDepth(wire);
  if (depth > series.roundTrips) {
    series.roundTrips = depth;
    series.operations = wire.map(({ operation }) => operation.replace(/Command$/, ""));
  }
  for (const line of lines) {
    const { EdgeLatency } = JSON.parse(line) as { EdgeLatency?: unknown };
    if (typeof EdgeLatency !== "number") throw new Error(`the edge's line has no EdgeLatency: ${line}`);
    series.edgeMs.push(EdgeLatency);
  }
}

new Load(JSON.parse(process.argv[2] ?? "") as LoadPlan).run().then(
  (result) => process.stdout.write(JSON.stringify(result)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
