import { describe, expect, it, type TestContext } from "vitest";
import {
  agentExpressions,
  agentMetrics,
  agentsJob,
} from "../../infra/observability/telemetry/agentExpressions";
import { valuesOf, type Series } from "./support/alerts";
import { VARIABLES } from "./support/tools";

function promtool(context: TestContext): string {
  const path = process.env[VARIABLES.promtool];
  if (path === undefined) context.skip("no promtool: npm run test:prober says why");
  return path ?? "";
}

const place = { namePrefix: "fase-b-staging", namespace: "fase-b-agents" };
const { cpuCores, memoryBytes, memoryPercent, nobodyMeasures } = agentExpressions(
  place.namePrefix,
  place.namespace,
);

const of = (
  metric: keyof typeof agentMetrics,
  pod: string,
  values: string,
  { container = "agent", namespace = place.namespace, job = agentsJob(place.namePrefix), node = "a" } = {},
): Series => ({
  series: `${agentMetrics[metric]}{job="${job}",namespace="${namespace}",pod="${pod}",container="${container}",node="${node}"}`,
  values,
});

describe("what agents use", () => {
  const series = [
    // Half a core, and a second container with a tenth.
    of("cpu", "chat-01", "0+30x20"),
    of("cpu", "chat-01", "0+6x20", { container: "sidecar" }),
    of("memory", "chat-01", "900+0x20"),
    of("memory", "chat-01", "50+0x20", { container: "sidecar" }),
    of("memoryLimit", "chat-01", "1000+0x20"),
    of("memoryLimit", "chat-01", "0+0x20", { container: "sidecar" }),
    // Without a limit.
    of("memory", "vision-01", "700+0x20"),
    of("memoryLimit", "vision-01", "0+0x20"),
    // Another's.
    of("memory", "stranger", "5000+0x20", { namespace: "default" }),
    of("memory", "stranger", "5000+0x20", { job: "kubelet" }),
  ];

  it("is by pod: cores, bytes, and the share of the fullest container's limit, where there is one", (context) => {
    const path = promtool(context);
    expect(valuesOf(path, series, cpuCores, "10m")).toEqual(["chat-01 0.6"]);
    expect(valuesOf(path, series, memoryBytes, "10m")).toEqual(["chat-01 950", "vision-01 700"]);
    expect(valuesOf(path, series, memoryPercent, "10m")).toEqual(["chat-01 90"]);
  });

  it("is not counted twice while a pod's last series of another node is still there", (context) => {
    const moved = [...series, of("memory", "chat-01", "880+0x20", { node: "b" })];
    expect(valuesOf(promtool(context), moved, memoryBytes, "10m")).toEqual(["chat-01 950", "vision-01 700"]);
  });

  it("survives a counter that begins anew", (context) => {
    const [value = ""] = valuesOf(
      promtool(context),
      [of("cpu", "chat-01", "0+30x5 0+30x10")],
      cpuCores,
      "10m",
    );
    expect(Number(value.replace("chat-01 ", ""))).toBeGreaterThan(0.3);
    expect(Number(value.replace("chat-01 ", ""))).toBeLessThanOrEqual(0.6);
  });

  it("is measured by nobody: said when the last series of the agents is gone, and not before", (context) => {
    const path = promtool(context);
    const ends = [
      of("memory", "chat-01", "900+0x10 _x20"),
      of("memory", "stranger", "1+0x30", { namespace: "default" }),
    ];
    expect(valuesOf(path, ends, nobodyMeasures, "12m")).toEqual([]);
    expect(valuesOf(path, ends, nobodyMeasures, "20m")).toEqual(["all 1"]);
    expect(valuesOf(path, [], nobodyMeasures, "1m")).toEqual(["all 1"]);
  });
});
