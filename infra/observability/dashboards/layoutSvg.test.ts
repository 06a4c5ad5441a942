import { beforeAll, describe, expect, it } from "vitest";
import { stagingSettings } from "../../../test/support/staging";
import { readContract } from "../../contract/contract";
import { dashboards, type DashboardModel } from "./dashboards";
import { layoutSvg } from "./layoutSvg";

let all: readonly DashboardModel[];
beforeAll(() => {
  all = dashboards(stagingSettings(), readContract());
});

/** Names of open elements as they are read; throws where the text is not well-formed. */
function elements(svg: string): string[] {
  const open: string[] = [];
  const seen: string[] = [];
  let rest = svg;
  while (rest !== "") {
    const tag = /^<(\/?)([a-z]+)((?: [a-zA-Z][a-zA-Z0-9-]*="[^"<&]*")*)(\/?)>/.exec(rest);
    const text = /^(?:[^<&]|&(?:amp|lt|gt|quot|#39);)+/.exec(rest);
    const [whole = "", closing, name = "", , alone] = tag ?? text ?? [];
    if (whole === "") throw new Error(`not well-formed: ${rest.slice(0, 60)}`);
    if (tag && closing) expect(open.pop()).toBe(name);
    else if (tag) {
      seen.push(name);
      if (!alone) open.push(name);
    }
    rest = rest.slice(whole.length);
  }
  expect(open).toEqual([]);
  return seen;
}

const edited = (change: (model: DashboardModel) => DashboardModel): string => {
  const [overview] = all;
  if (!overview) throw new Error("no dashboard");
  return layoutSvg(change(overview));
};

describe("a dashboard's picture", () => {
  it("is well-formed, the same each time, and has a box for each panel", () => {
    for (const model of all) {
      const svg = layoutSvg(model);
      expect(elements(svg).filter((name) => name === "g")).toHaveLength(model.panels.length);
      expect(layoutSvg(model)).toBe(svg);
    }
  });

  it("shows titles, units, thresholds and alerts", () => {
    const latency = all.find(({ id }) => id === "latency");
    const svg = latency ? layoutSvg(latency) : "";
    expect(svg).toContain(">p95 of POST /chat<");
    expect(svg).toContain("time series · milliseconds");
    expect(svg).toContain("&gt; 800 ms");
    expect(svg).toContain(">ChatLatencyHigh<");
  });

  it("is to scale: boxes lie within the picture and do not overlap", () => {
    for (const model of all) {
      const svg = layoutSvg(model);
      const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg) ?? [];
      const boxes = [
        ...svg.matchAll(/class="box" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g),
      ].map(([, ...numbers]) => numbers.map(Number));
      expect(boxes).toHaveLength(model.panels.length);
      for (const [i, [x = 0, y = 0, w = 0, h = 0]] of boxes.entries()) {
        expect(x + w <= Number(width) && y + h <= Number(height)).toBe(true);
        for (const [x2 = 0, y2 = 0, w2 = 0, h2 = 0] of boxes.slice(i + 1))
          expect(x + w <= x2 || x2 + w2 <= x || y + h <= y2 || y2 + h2 <= y).toBe(true);
      }
    }
  });

  it("has its own colours for a dark page", () => {
    for (const model of all) expect(layoutSvg(model)).toContain("@media (prefers-color-scheme:dark)");
  });

  it("takes hostile names for words", () => {
    const hostile = `</text><script>alert("1")</script>&'\u0000\u0007`;
    const svg = edited((model) => ({
      ...model,
      title: hostile,
      description: hostile,
      headings: [{ text: hostile, place: { x: 0, y: 0, w: 24, h: 1 } }],
      panels: model.panels.map((each) => ({
        ...each,
        panel: { ...each.panel, title: hostile, description: hostile, alerts: [hostile as never] },
      })),
    }));
    expect(elements(svg)).not.toContain("script");
    // eslint-disable-next-line no-control-regex
    expect(svg).not.toMatch(/[\u0000\u0007]/);
    expect(svg).toContain("&lt;/text&gt;&lt;script&gt;alert(&quot;1&quot;)");
  });

  it("cuts what is too long, between characters", () => {
    const svg = edited((model) => ({ ...model, title: "\u{1f600}".repeat(500) }));
    expect(svg).toMatch(/<text class="head"[^>]*>(\u{1f600})+…<\/text>/u);
  });
});
