import { firewallSteps } from "../../../infra/firewall/firewallRules";
import type { Verdict } from "../../../infra/evidence/record/predicates";
import type { CloudWatchQuery } from "../../../infra/observability/telemetry/query";
import { every, telemetry, type Telemetry } from "../../../infra/observability/telemetry/telemetry";
import type { Settings } from "../../../infra/settings/settings.schema";
import { UsageError } from "../../usageError";
import type { Collector, CollectorContext } from "../collector";
import { PROOF_RUNS, readProofRun, type FoundRun, type ProofRunName } from "../proofRun";
import { HOUR_MS, type Asked, type Window } from "../sources/answer";
import { singled, type MetricsSource } from "../sources/cloudWatchMetrics";
import { SETTLED_MS } from "../sources/cloudWatchRequests";
import { sentence, sourcesOf } from "./words";

/** What the deployed stack counts in the same sense, by the name under which evidence says it. */
type Observed = Readonly<Record<string, readonly CloudWatchQuery[]>>;

const edgeRoutes = ({ routes }: Telemetry): readonly string[] => routes.map(({ route }) => route);

export const observedOf: Readonly<
  Record<ProofRunName, (telemetry: Telemetry, settings: Settings) => Observed>
> = {
  idempotency: (stack) => {
    const edge = { functionName: "edge", route: edgeRoutes(stack) } as const;
    const ofEdge = (metric: "Replays" | "Conflicts" | "Mismatches" | "Takeovers"): CloudWatchQuery[] =>
      singled(stack.own(metric, "Sum", edge));
    return {
      answered: singled(stack.own("Outcomes", "Sum", { ...edge, outcome: "answered" })),
      replays: ofEdge("Replays"),
      conflicts: ofEdge("Conflicts"),
      mismatches: ofEdge("Mismatches"),
      takeovers: ofEdge("Takeovers"),
    };
  },
  breaker: (stack, { agents }) => {
    const agentId = agents.filter(({ upstream }) => upstream !== undefined).map(({ id }) => id);
    const ofAgents = (metric: "BreakerOpenings" | "Retries"): CloudWatchQuery[] =>
      singled(stack.own(metric, "Sum", { functionName: "edge", agentId }));
    return { breakerOpenings: ofAgents("BreakerOpenings"), retries: ofAgents("Retries") };
  },
  "rate-limit": (stack, { firewall }) => {
    const steps = firewallSteps(firewall);
    const ofStep = (step: "warn" | "slowDown" | "block"): CloudWatchQuery[] =>
      steps
        .filter((each) => each.step === step && (each.mode === "block" || step === "warn"))
        .flatMap(({ metricName }) =>
          singled(stack.firewall(step === "warn" ? "CountedRequests" : "BlockedRequests", [metricName])),
        );
    return {
      warned: ofStep("warn"),
      slowedDown: ofStep("slowDown"),
      blocked: ofStep("block"),
      throttled: [stack.fromLogs("Throttled")],
    };
  },
};

/** A proof holds for the source that it ran, and for no other. */
export function judgeProof(
  name: ProofRunName,
  found: FoundRun,
  { sourceDigest, nowMs }: { readonly sourceDigest: string; readonly nowMs: number },
): { readonly verdict: Verdict; readonly because: string } {
  const again = `run ${PROOF_RUNS[name]}`;
  if (found.kind === "none")
    return { verdict: "unknown", because: `there is no report of the run ${name}: ${again}` };
  if (found.kind === "broken")
    return {
      verdict: "unknown",
      because: `the report of the run ${name} says nothing: ${found.because}; ${again}`,
    };
  const { report } = found;
  if (report.sourceDigest !== sourceDigest)
    return {
      verdict: "unknown",
      because: `the run ${name} of ${report.endedAt} was of another source (${report.sourceDigest.slice(0, 12)}…): ${again}`,
    };
  if (Date.parse(report.endedAt) > nowMs)
    return {
      verdict: "unknown",
      because: `the run ${name} ends in the future, at ${report.endedAt}: ${again}`,
    };
  return { verdict: report.verdict, because: report.because };
}

/** A proof that was run, and what the deployed stack counted in the same sense (B8.6, B8.7, B8.8). */
export const proofCollector =
  (clause: "B8.6" | "B8.7" | "B8.8", name: ProofRunName, metrics: MetricsSource): Collector =>
  async (context) => {
    const { projectDir, sourceDigest, nowMs } = context;
    const found = readProofRun(projectDir, name);
    const { verdict, because } = judgeProof(name, found, { sourceDigest, nowMs: nowMs() });
    const observed = await observe(context, name, metrics);
    const report = found.kind === "run" ? found.report : undefined;
    return [
      {
        kind: "proofRun",
        predicate: {
          clause,
          verdict,
          because: sentence(
            because,
            observed.silence === undefined ? "" : `; the deployed stack: ${observed.silence}`,
          ),
          sources: sourcesOf([{ system: "proof-run", asked: PROOF_RUNS[name] }, ...observed.asked]),
          ...(found.kind === "run"
            ? {
                run: {
                  name,
                  startedAt: found.report.startedAt,
                  endedAt: found.report.endedAt,
                  reportSha256: found.sha256,
                  sourceDigest: found.report.sourceDigest,
                },
              }
            : {}),
          figures: report?.figures ?? {},
          observed: observed.figures,
        },
      },
    ];
  };

/**
 * Of a metric without a value in the window nothing is said: a stack that nobody calls has none. But where the edge wrote that agents
 * answered, a key that was taken over, or replayed, would stand in the same lines: that there is none is a zero.
 */
async function observe(
  { settings, contract, nowMs, progress }: CollectorContext,
  name: ProofRunName,
  metrics: MetricsSource,
): Promise<{
  readonly figures: Readonly<Record<string, number>>;
  readonly asked: readonly Asked[];
  readonly silence?: string;
}> {
  const toMs = Math.floor((nowMs() - SETTLED_MS) / HOUR_MS) * HOUR_MS;
  const window: Window = { fromMs: toMs - settings.evidence.metrics.windowHours * HOUR_MS, toMs };
  const named = Object.entries(observedOf[name](telemetry(settings, contract), settings)).flatMap(
    ([figure, queries]) => queries.map((query) => ({ figure, query: every(query, HOUR_MS / 1_000) })),
  );
  if (named.length === 0) return { figures: {}, asked: [] };
  let answer;
  try {
    answer = await metrics.series(
      named.map(({ query }) => query),
      window,
    );
  } catch (error) {
    // The proof stands by itself, also on a machine without a session; that nobody asked the stack is said with it.
    if (!(error instanceof UsageError)) throw error;
    progress(error.message);
    return { figures: {}, asked: [], silence: "it was not asked, for want of a session or a right" };
  }
  if (!answer.known) return { figures: {}, asked: answer.asked, silence: answer.because };
  const figures: Record<string, number> = {};
  answer.value.forEach((points, index) => {
    const figure = named[index]?.figure;
    if (figure === undefined || points.length === 0) return;
    figures[figure] = (figures[figure] ?? 0) + points.reduce((total, { value }) => total + value, 0);
  });
  if ((figures["answered"] ?? 0) > 0) for (const { figure } of named) figures[figure] ??= 0;
  return { figures, asked: answer.asked };
}
