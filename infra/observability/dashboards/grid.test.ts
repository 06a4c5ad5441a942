import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrange, COLUMNS } from "./grid";

const panel = fc.record({
  title: fc.string(),
  width: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
});
const shelves = fc.array(
  fc.record({
    heading: fc.option(fc.string(), { nil: undefined }),
    height: fc.integer({ min: 1, max: 12 }),
    panels: fc.array(panel, { maxLength: 3 }),
  }),
  { maxLength: 6 },
);
/** Without keys that are undefined. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe("arrange", () => {
  it("leaves nothing overlapping, nothing outside, and no panel out", () => {
    fc.assert(
      fc.property(shelves, (given) => {
        const { panels, headings, height } = arrange(
          plain(given) as { heading?: string; height: number; panels: { title: string; width?: number }[] }[],
        );
        const places = [...panels, ...headings].map(({ place }) => place);
        const cells = new Set<string>();
        for (const { x, y, w, h } of places)
          for (let column = x; column < x + w; column++)
            for (let row = y; row < y + h; row++) cells.add(`${column},${row}`);
        expect(cells.size).toBe(places.reduce((sum, { w, h }) => sum + w * h, 0));
        expect(places.every(({ x, y, w, h }) => x >= 0 && w > 0 && x + w <= COLUMNS && y + h <= height)).toBe(
          true,
        );
        expect(panels.length).toBe(given.reduce((sum, shelf) => sum + shelf.panels.length, 0));
      }),
    );
  });

  it("fills a shelf to its end where a width is open", () => {
    const { panels } = arrange([
      { height: 4, panels: [{ title: "a", width: 5 }, { title: "b" }, { title: "c" }] },
    ]);
    expect(panels.map(({ place }) => [place.x, place.w])).toEqual([
      [0, 5],
      [5, 10],
      [15, 9],
    ]);
  });

  it("refuses a shelf that holds more than fits", () => {
    expect(() =>
      arrange([
        {
          height: 4,
          panels: [
            { title: "wide", width: 20 },
            { title: "more", width: 5 },
          ],
        },
      ]),
    ).toThrow(/wide, more: got 25 columns/);
  });
});
