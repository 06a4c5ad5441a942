/** Grafana's grid: 24 columns; a unit of height is 30 px and the gap under it 8. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
export const COLUMNS = 24;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** What stands side by side: all of one height, and as wide as they say or as there is room. */
export interface Shelf<P extends { readonly width?: number }> {
  /** A heading over it, one unit high. */
  readonly heading?: string;
  readonly height: number;
  readonly panels: readonly P[];
}

export interface Arranged<P> {
  readonly headings: readonly { readonly text: string; readonly place: Place }[];
  readonly panels: readonly { readonly panel: P; readonly place: Place }[];
  readonly height: number;
}

/**
 * Puts shelf under shelf. By construction nothing overlaps and nothing stands out of the grid.
 *
 * @throws Error where a shelf holds more than fits
 */
export function arrange<P extends { readonly title: string; readonly width?: number }>(
  shelves: readonly Shelf<P>[],
): Arranged<P> {
  const headings: { text: string; place: Place }[] = [];
  const panels: { panel: P; place: Place }[] = [];
  let y = 0;
  for (const { heading, height, panels: side } of shelves) {
    if (side.length === 0) continue;
    if (heading !== undefined) {
      headings.push({ text: heading, place: { x: 0, y, w: COLUMNS, h: 1 } });
      y += 1;
    }
    let x = 0;
    for (const [i, w] of widthsOf(side).entries()) {
      const panel = side[i];
      if (!panel) continue;
      panels.push({ panel, place: { x, y, w, h: height } });
      x += w;
    }
    y += height;
  }
  return { headings, panels, height: y };
}

/** Those that say how wide they are get it; the rest share what is left, the first ones the odd columns. */
function widthsOf(side: readonly { readonly title: string; readonly width?: number }[]): number[] {
  const said = side.reduce((sum, { width = 0 }) => sum + width, 0);
  const open = side.filter(({ width }) => width === undefined).length;
  const left = COLUMNS - said;
  if (left < open)
    throw new Error(
      `${side.map(({ title }) => title).join(", ")}: got ${said} columns and ${open} panels without a width; allowed: ${COLUMNS} columns; fix: put some on another shelf`,
    );
  let odd = open === 0 ? 0 : left % open;
  return side.map(({ width }) => width ?? Math.floor(left / open) + (odd-- > 0 ? 1 : 0));
}
