import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller, problemOf } from "../local/support/calls";
import { toSvg } from "../local/support/plot";
import { beginProof } from "../local/support/proof";
import { localDir, Running } from "../local/support/running";
import { median, percentile } from "../local/support/statistics";

const FAILING = "chat-01";
const WELL = ["chat-02", "chat-03"] as const;
const ROUNDS = 3;
const PHASE_MS = Number(process.env["LOCAL_PHASE_MS"] ?? 20_000);
/** The breaker opens within this of the first failure; what comes before is no steady state. */
const SETTLING_MS = 6_000;
const SAMPLE_MS = 500;
/** Callers that wait for each answer, for each agent: the load is the same in every phase. */
const CALLERS = 2;
const PAUSE_MS = 100;
const LIMIT_MS = 15 * 60_000;

type Phase = "well" | "failing";
interface Sample {
  readonly atMs: number;
  readonly agent: string;
  readonly phase: Phase;
  /** Past the time in which the breaker may still be closed, or still be open. */
  readonly settled: boolean;
  readonly outcome: string;
  readonly latencyMs: number;
}

let running: Running;
let caller: Caller;

beforeAll(async () => {
  running = await Running.start(["--quiet"]);
  caller = new Caller(running, "web-app");
});

afterAll(async () => {
  caller?.close();
  await running?.stop();
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("B3.3, B8.7: under load with one failing agent", () => {
  it(
    "its breaker opens, spares it more than 95 %, leaves the others their p95, and closes again",
    async () => {
      const proof = beginProof("breaker");
      const samples: Sample[] = [];
      const arrivals: (readonly [seconds: number, perSecond: number])[] = [];
      const events: { seconds: number; label: string }[] = [];
      const loads: Record<Phase, number[]> = { well: [], failing: [] };
      const reopenedMs: number[] = [];
      let phase: Phase = "well";
      let phaseStartMs = performance.now();
      let over = false;

      const requestsAtFailing = async (): Promise<number> => (await running.agent(FAILING)).counted.requests;
      const call = async (agent: string): Promise<Sample> => {
        const [during, sinceMs] = [phase, performance.now() - phaseStartMs];
        const answer = await caller.chat({ domain: `${agent}.staging.example.com` });
        return {
          atMs: performance.now(),
          agent,
          phase: during,
          settled: sinceMs > SETTLING_MS && during === phase,
          outcome: answer.status === 200 ? "200" : String(problemOf(answer)["code"]),
          latencyMs: answer.latencyMs,
        };
      };
      const load = async (agent: string): Promise<void> => {
        while (!over) {
          samples.push(await call(agent));
          await sleep(PAUSE_MS);
        }
      };

      // Instances that are started now are not started in the middle of a measurement.
      for (const agent of [FAILING, ...WELL]) await Promise.all(Array.from({ length: 6 }, () => call(agent)));
      await running.tell("agent", "all", "--heal", "--reset", "--latency", "20-40");
      const startMs = performance.now();
      const secondsOf = (atMs: number): number => (atMs - startMs) / 1000;
      const callers = [FAILING, ...WELL].flatMap((agent) =>
        Array.from({ length: CALLERS }, () => load(agent)),
      );
      const sampling = (async () => {
        let before = await requestsAtFailing();
        while (!over) {
          await sleep(SAMPLE_MS);
          const now = await requestsAtFailing();
          arrivals.push([secondsOf(performance.now()), ((now - before) * 1000) / SAMPLE_MS]);
          before = now;
        }
      })();
      const lasts = async (next: Phase): Promise<void> => {
        phase = next;
        phaseStartMs = performance.now();
        events.push({ seconds: secondsOf(phaseStartMs), label: next });
        await sleep(SETTLING_MS);
        const [before, beforeMs] = [await requestsAtFailing(), performance.now()];
        await sleep(PHASE_MS - SETTLING_MS);
        const perSecond = ((await requestsAtFailing()) - before) / ((performance.now() - beforeMs) / 1000);
        loads[next].push(perSecond);
      };
      try {
        for (let round = 0; round < ROUNDS; round += 1) {
          await lasts("well");
          await running.tell("agent", FAILING, "--fail", "100%");
          await lasts("failing");
          await running.tell("agent", FAILING, "--fail", "0%");
          const healedMs = performance.now();
          phase = "well";
          phaseStartMs = healedMs;
          // Let back in: calls succeed again, several in a row.
          const recovered = (): boolean =>
            samples
              .filter(({ agent, atMs }) => agent === FAILING && atMs > healedMs)
              .slice(-6)
              .filter(({ outcome }) => outcome === "200").length === 6;
          while (!recovered() && performance.now() - healedMs < 90_000) await sleep(100);
          reopenedMs.push(performance.now() - healedMs);
          expect(recovered()).toBe(true);
        }
      } finally {
        over = true;
        await Promise.all([...callers, sampling]);
      }

      const p95 = (which: Phase): number =>
        median(
          WELL.map((agent) =>
            percentile(
              samples
                .filter((s) => s.agent === agent && s.phase === which && s.settled && s.outcome === "200")
                .map((s) => s.latencyMs),
              0.95,
            ),
          ),
        );
      const [wellLoad, failingLoad] = [median(loads.well), median(loads.failing)];
      const report = {
        rounds: ROUNDS,
        requests: samples.length,
        requestsPerSecondAtTheFailingAgent: { well: round(wellLoad), cutOff: round(failingLoad) },
        loadFellByPercent: round(100 * (1 - failingLoad / wellLoad)),
        othersP95Ms: { well: round(p95("well")), whileCutOff: round(p95("failing")) },
        othersP95MovedByPercent: round(100 * (p95("failing") / p95("well") - 1)),
        letBackInAfterMs: reopenedMs.map((ms) => Math.round(ms)),
        otherAgentsRefusals: samples.filter(({ agent, outcome }) => agent !== FAILING && outcome !== "200")
          .length,
      };
      write(report, arrivals, samples, events, secondsOf);
      console.log(JSON.stringify(report));

      const refusals = samples.filter((s) => s.agent === FAILING && s.phase === "failing" && s.settled);
      expect(refusals.filter(({ outcome }) => outcome === "agent-cut-off").length).toBeGreaterThan(
        refusals.length * 0.9,
      );
      expect(report.loadFellByPercent).toBeGreaterThan(95);
      expect(report.othersP95MovedByPercent).toBeLessThan(10);
      // Their p95 is of what was answered: nobody else may be refused for it.
      expect(report.otherAgentsRefusals).toBe(0);
      const cutOff = refusals.filter(({ outcome }) => outcome === "agent-cut-off").length;
      proof.held(
        {
          requests: samples.length,
          rounds: ROUNDS,
          requestsWhileFailing: refusals.length,
          cutOff,
          // Each of them has held above.
          letBackIn: reopenedMs.length,
          loadFellByPercent: report.loadFellByPercent,
          othersP95MovedByPercent: report.othersP95MovedByPercent,
          letBackInAfterMs: Math.max(...report.letBackInAfterMs),
        },
        `in ${ROUNDS} rounds a failing agent was cut off and let back in: its load fell by ${report.loadFellByPercent} %, the others' p95 moved by ${report.othersP95MovedByPercent} %`,
      );
    },
    LIMIT_MS,
  );
});

const round = (value: number): number => Math.round(value * 100) / 100;

/** `.local/reports/breaker.svg` and `.json`, which stay. */
function write(
  report: object,
  arrivals: readonly (readonly [number, number])[],
  samples: readonly Sample[],
  events: readonly { seconds: number; label: string }[],
  secondsOf: (atMs: number) => number,
): void {
  const folder = join(localDir, "reports");
  mkdirSync(folder, { recursive: true });
  const latencies = (agent: string): readonly (readonly [number, number])[] =>
    samples
      .filter((sample) => sample.agent === agent)
      .map(({ atMs, latencyMs }) => [secondsOf(atMs), latencyMs]);
  const svg = toSvg([
    {
      title: `Requests that reach ${FAILING}`,
      unit: "a second",
      series: [{ name: FAILING, color: "#c0392b", points: arrivals }],
      events,
    },
    {
      title: "Latency that callers see",
      unit: "ms",
      series: [
        { name: FAILING, color: "#c0392b", points: latencies(FAILING) },
        ...WELL.map((agent, index) => ({
          name: agent,
          color: ["#2471a3", "#1e8449"][index] ?? "#555",
          points: latencies(agent),
        })),
      ],
      events,
    },
  ]);
  writeFileSync(join(folder, "breaker.svg"), svg);
  writeFileSync(join(folder, "breaker.json"), `${JSON.stringify(report, undefined, 2)}\n`);
}
