import { beforeAll, describe, expect, it } from "vitest";
import { readContract } from "../../../infra/contract/contract";
import { dashboards, type DashboardModel } from "../../../infra/observability/dashboards/dashboards";
import { stagingSettings } from "../../support/staging";
import { schemaProblems } from "./validate";

type Json = { [key: string]: unknown };
type Broken = (dashboard: { panels: { [key: string]: unknown }[]; [key: string]: unknown }) => void;

let all: readonly DashboardModel[];
beforeAll(() => {
  all = dashboards(stagingSettings(), readContract());
});

describe("Grafana's own schemas", () => {
  it("take every dashboard", () => {
    expect(all.length).toBeGreaterThan(0);
    for (const { id, json } of all) expect([id, schemaProblems(JSON.parse(json))]).toEqual([id, []]);
  });

  const breakages: readonly (readonly [string, Broken, RegExp])[] = [
    ["a panel's key that does not exist", ({ panels }) => (at(panels, 0)["gridpos"] = {}), /additional/],
    ["a place without a height", ({ panels }) => delete (at(panels, 0)["gridPos"] as Json)["h"], /'h'/],
    ["a title that is a number", ({ panels }) => (at(panels, 0)["title"] = 7), /string/],
    ["no schema version", (dashboard) => delete dashboard["schemaVersion"], /schemaVersion/],
    ["a query without a namespace", ({ panels }) => delete targetOf(panels)["namespace"], /namespace/],
    [
      "a dimension that is a number",
      ({ panels }) => ((targetOf(panels)["dimensions"] as Json)["Stage"] = 1),
      /Stage/,
    ],
    [
      "a look that the panel does not have",
      ({ panels }) => ((at(panels, 0)["options"] as Json)["colour"] = "red"),
      /additional/,
    ],
    ["a panel of an unknown type", ({ panels }) => (at(panels, 0)["type"] = "graph"), /no schema/],
    [
      "a query of an unknown source",
      ({ panels }) => (targetOf(panels)["datasource"] = { type: "loki" }),
      /no schema/,
    ],
  ];
  it.each(breakages)("refuse %s", (_what, breakIt, complaint) => {
    const [first] = all;
    const dashboard = JSON.parse(first?.json ?? "{}") as Parameters<Broken>[0];
    breakIt(dashboard);
    expect(schemaProblems(dashboard).join("\n")).toMatch(complaint);
  });
});

function at<T>(list: readonly T[], i: number): T {
  const found = list[i];
  if (found === undefined) throw new Error(`nothing at ${i}`);
  return found;
}

const targetOf = (panels: readonly Json[]): Json => at(at(panels, 0)["targets"] as Json[], 0);
