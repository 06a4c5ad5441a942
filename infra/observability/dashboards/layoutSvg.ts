import type { DashboardModel, PlacedPanel } from "./dashboard";
import { COLUMNS } from "./grid";
import { isDataPanel, type DataPanel, type Panel, type Threshold } from "./panel";

/*
 * A dashboard's layout as a picture, to scale: what stands where, what it shows, in which unit, where its threshold is, and which
 * alerts are about it. The lines in it are sketches and mean nothing.
 */

const COLUMN = 48;
const UNIT = 34;
const GAP = 4;
const MARGIN = 16;
const HEADER = 46;
const LINE = 15;

/** Colours that are read on white as on black. */
const STYLE = `
.page{fill:#ffffff}.box{fill:#f4f5f7;stroke:#c7cbd4}.title,.head{fill:#1f2329}.note{fill:#5a616c}.sketch{stroke:#3871dc;fill:none}
.fill{fill:#3871dc;opacity:.35}.limit{stroke:#c4162a;stroke-dasharray:5 4}.limit-text{fill:#c4162a}.bell{fill:#b35a00}.good{fill:#1a7f4b}
@media (prefers-color-scheme:dark){.page{fill:#111217}.box{fill:#1c1e24;stroke:#41454f}.title,.head{fill:#e3e4e8}.note{fill:#9aa0ab}
.sketch{stroke:#6e9fff}.fill{fill:#6e9fff}.limit{stroke:#ff7383}.limit-text{fill:#ff7383}.bell{fill:#ffb357}.good{fill:#6ccf8e}}
text{font-family:Inter,Helvetica,Arial,sans-serif;font-size:12px}.head{font-size:18px;font-weight:600}.title{font-weight:600}`
  .trim()
  .replaceAll("\n", "");

/** Pure: the same model gives the same bytes. */
export function layoutSvg({ title, description, headings, panels, height }: DashboardModel): string {
  const width = 2 * MARGIN + COLUMNS * COLUMN;
  const full = MARGIN + HEADER + height * UNIT + MARGIN;
  const top = MARGIN + HEADER;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${full}" width="${width}" height="${full}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${full}"/>`,
    text(MARGIN, MARGIN + 16, "head", title, width - 2 * MARGIN, 10),
    text(MARGIN, MARGIN + 34, "note", description, width - 2 * MARGIN),
    ...headings.map((heading) =>
      text(MARGIN + 2, top + heading.place.y * UNIT + 22, "title", `▾ ${heading.text}`, width - 2 * MARGIN),
    ),
    ...panels.map((placed) => panelBox(placed, top)),
    "</svg>",
    "",
  ].join("\n");
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

function panelBox({ id, panel, place }: PlacedPanel, top: number): string {
  const box: Box = {
    x: MARGIN + place.x * COLUMN + GAP / 2,
    y: top + place.y * UNIT + GAP / 2,
    w: place.w * COLUMN - GAP,
    h: place.h * UNIT - GAP,
  };
  const { alerts = [] } = panel;
  const bottom = box.y + box.h - 8;
  const alertsTop = bottom - alerts.length * LINE;
  const inner: Box = {
    x: box.x + 10,
    y: box.y + 44,
    w: box.w - 20,
    h: alertsTop - (alerts.length > 0 ? 6 : 0) - (box.y + 44),
  };
  return [
    `<g id="panel-${id}">`,
    `<title>${escaped(panel.description)}</title>`,
    `<rect class="box" x="${box.x}" y="${box.y}" width="${box.w}" height="${box.h}" rx="3"/>`,
    text(box.x + 8, box.y + 18, "title", panel.title, box.w - 16),
    text(box.x + 8, box.y + 33, "note", caption(panel), box.w - 16),
    sketch(panel, inner),
    ...alerts.map((name, i) => {
      const y = alertsTop + (i + 1) * LINE - 3;
      return `${bell(box.x + 8, y)}${text(box.x + 24, y, "bell", name, box.w - 32)}`;
    }),
    "</g>",
  ].join("\n");
}

/** Drawn, since not everybody has a font with one. */
const bell = (x: number, y: number): string =>
  `<path class="bell" d="M${x + 1} ${y - 1}h10l-1.5-2.5v-3a3.5 3.5 0 0 0-7 0v3zM${x + 4.5} ${y}a1.5 1.5 0 0 0 3 0z"/>`;

const caption = (panel: Panel): string =>
  isDataPanel(panel)
    ? `${panel.kind} · ${panel.unit}${panel.lookBack ? ` · ${panel.lookBack}` : ""}`
    : panel.kind;

/** Heights of a line that means nothing, as shares. */
const SHAPE = [0.35, 0.42, 0.3, 0.5, 0.44, 0.6, 0.38, 0.46, 0.33, 0.52, 0.4, 0.48];

function sketch(panel: Panel, box: Box): string {
  if (box.h < 8) return "";
  if (!isDataPanel(panel)) return listSketch(box);
  switch (panel.kind) {
    case "stat":
      return statSketch(panel, box);
    case "time series":
      return panel.draw === "bars" ? barsSketch(panel, box) : lineSketch(panel, box);
    case "bar gauge":
      return gaugeSketch(panel, box);
    case "states":
      return statesSketch(box);
  }
}

function lineSketch(panel: DataPanel, box: Box): string {
  const step = box.w / (SHAPE.length - 1);
  const points = SHAPE.map((share, i) => `${round(box.x + i * step)},${round(box.y + box.h * (1 - share))}`);
  return `<polyline class="sketch" points="${points.join(" ")}"/>${limit(panel, box)}`;
}

function barsSketch(panel: DataPanel, box: Box): string {
  const step = box.w / SHAPE.length;
  const bars = SHAPE.map(
    (share, i) =>
      `<rect class="fill" x="${round(box.x + i * step)}" y="${round(box.y + box.h * (1 - share * 0.8))}" width="${round(step * 0.6)}" height="${round(box.h * share * 0.8)}"/>`,
  );
  return `${bars.join("")}${limit(panel, box)}`;
}

function gaugeSketch(panel: DataPanel, box: Box): string {
  const rows = Math.min(5, Math.floor(box.h / 22));
  const bars = Array.from(
    { length: rows },
    (_, i) =>
      `<rect class="fill" x="${box.x}" y="${round(box.y + i * 22)}" width="${round(box.w * (0.25 + (SHAPE[i] ?? 0)))}" height="14"/>`,
  );
  if (!panel.threshold) return bars.join("");
  const x = round(box.x + box.w * 0.8);
  return `${bars.join("")}<line class="limit" x1="${x}" y1="${box.y}" x2="${x}" y2="${round(box.y + rows * 22)}"/><text class="limit-text" x="${x + 4}" y="${box.y + 10}">${escaped(thresholdText(panel))}</text>`;
}

function statesSketch(box: Box): string {
  const rows = Math.min(8, Math.floor(box.h / 18));
  return Array.from(
    { length: rows },
    (_, i) =>
      `<rect class="good" x="${box.x}" y="${round(box.y + i * 18)}" width="${box.w}" height="11" opacity=".5"/>`,
  ).join("");
}

const statSketch = (panel: DataPanel, box: Box): string =>
  [
    `<text class="good" x="${round(box.x + box.w / 2)}" y="${round(box.y + box.h / 2 + 6)}" text-anchor="middle" style="font-size:26px;font-weight:600">${panel.meanings ? "●" : "123"}</text>`,
    panel.threshold
      ? `<text class="limit-text" x="${round(box.x + box.w / 2)}" y="${round(box.y + box.h - 1)}" text-anchor="middle">${escaped(thresholdText(panel))}</text>`
      : "",
  ].join("");

function listSketch(box: Box): string {
  const rows = Math.min(6, Math.floor(box.h / 20));
  return Array.from(
    { length: rows },
    (_, i) =>
      `<rect class="fill" x="${box.x}" y="${round(box.y + i * 20)}" width="${round(box.w * (0.5 + (SHAPE[i] ?? 0) / 2))}" height="8" rx="4"/>`,
  ).join("");
}

/** Where the threshold stands in a panel that is well. */
function limit(panel: DataPanel, box: Box): string {
  if (!panel.threshold) return "";
  const y = round(box.y + box.h * (panel.threshold.bad === "above" ? 0.22 : 0.86));
  return `<line class="limit" x1="${box.x}" y1="${y}" x2="${box.x + box.w}" y2="${y}"/><text class="limit-text" x="${box.x + box.w}" y="${round(y - 4)}" text-anchor="end">${escaped(thresholdText(panel))}</text>`;
}

const signs: Partial<Record<DataPanel["unit"], string>> = {
  milliseconds: " ms",
  seconds: " s",
  days: " d",
  percent: " %",
  times: " ×",
};

const signOf = ({ bad, including }: Threshold): string =>
  bad === "below" ? (including ? "≤" : "<") : including ? "≥" : ">";

const thresholdText = ({ threshold, unit }: DataPanel): string =>
  threshold ? `${signOf(threshold)} ${threshold.value}${signs[unit] ?? ""}` : "";

/** Half an em a character, which is more than most take: what is too long ends in an ellipsis. */
function text(x: number, y: number, className: string, words: string, room: number, character = 6.6): string {
  const fit = Math.max(1, Math.floor(room / character));
  const characters = [...words];
  const shown = characters.length <= fit ? words : `${characters.slice(0, fit - 1).join("")}…`;
  return `<text class="${className}" x="${x}" y="${y}">${escaped(shown)}</text>`;
}

const round = (value: number): number => Number(value.toFixed(1));

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escaped = (words: string): string =>
  words
    // What XML has no place for.
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[&<>"']/g, (character) => entities[character] ?? character);
