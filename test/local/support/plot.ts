export interface Series {
  readonly name: string;
  readonly color: string;
  /** Seconds from the start, and the value there. */
  readonly points: readonly (readonly [seconds: number, value: number])[];
}

export interface Plot {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** What happened when, drawn as upright lines. */
  readonly events: readonly { readonly seconds: number; readonly label: string }[];
}

const WIDTH = 900;
const HEIGHT = 260;
const MARGIN = { left: 60, right: 20, top: 40, bottom: 40 };

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Plots below each other, as one SVG. */
export function toSvg(plots: readonly Plot[]): string {
  const height = HEIGHT * plots.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    ...plots.map((plot, index) => `<g transform="translate(0 ${index * HEIGHT})">${draw(plot)}</g>`),
    "</svg>",
    "",
  ].join("\n");
}

function draw({ title, unit, series, events }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const lastSecond = Math.max(1, ...points.map(([seconds]) => seconds));
  const highest = Math.max(1, ...points.map(([, value]) => value));
  const x = (seconds: number): string =>
    (MARGIN.left + (seconds / lastSecond) * (WIDTH - MARGIN.left - MARGIN.right)).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - MARGIN.bottom - (value / highest) * (HEIGHT - MARGIN.top - MARGIN.bottom)).toFixed(1);
  const ticks = [0, 0.5, 1];
  return [
    `<text x="${MARGIN.left}" y="16" font-size="14">${escaped(title)} (${escaped(unit)})</text>`,
    ...ticks.map(
      (share) =>
        `<line x1="${x(0)}" x2="${x(lastSecond)}" y1="${y(share * highest)}" y2="${y(share * highest)}" stroke="#ddd"/>` +
        `<text x="${MARGIN.left - 6}" y="${y(share * highest)}" text-anchor="end">${(share * highest).toFixed(0)}</text>` +
        `<text x="${x(share * lastSecond)}" y="${HEIGHT - 20}" text-anchor="middle">${(share * lastSecond).toFixed(0)} s</text>`,
    ),
    ...events.map(
      ({ seconds, label }) =>
        `<line x1="${x(seconds)}" x2="${x(seconds)}" y1="${y(highest)}" y2="${y(0)}" stroke="#999" stroke-dasharray="4 3"/>` +
        `<text x="${x(seconds)}" y="${MARGIN.top - 6}" text-anchor="middle" fill="#555">${escaped(label)}</text>`,
    ),
    ...series.map(
      ({ name, color, points: line }, index) =>
        `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${line
          .map(([seconds, value]) => `${x(seconds)},${y(value)}`)
          .join(" ")}"/>` +
        `<text x="${WIDTH - MARGIN.right}" y="${16 + index * 14}" text-anchor="end" fill="${color}">${escaped(name)}</text>`,
    ),
  ].join("\n");
}
