import type { Html } from "../../audit/page/html";
import type { Figure } from "../believed";
import type { Ordered } from "../ordered";
import { drawn, prose, type Part } from "../prose";

export interface Bar {
  readonly label: string;
  /** Nothing where there is no figure: then a sentence says so, and no bar is drawn. */
  readonly amount: Figure | Ordered | undefined;
  readonly look: "before" | "after";
  /** Why there is none. */
  readonly missing?: Part;
}

const WIDTH = 340;
const LEFT = 118;
const ROW = 24;
/** What the widest bar leaves for its figure. */
const RIGHT = 70;

/** Bars beside each other with the limit as a line: before is an outline and after is filled, so that a copy without colours says the same. */
export function barChart(
  caption: Part,
  bars: readonly Bar[],
  limit: { readonly label: string; readonly amount: Ordered },
): Html {
  const values = [limit.amount.value, ...bars.flatMap(({ amount }) => (amount ? [amount.value] : []))];
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(...values, Number.MIN_VALUE);
  const x = (value: number): number => LEFT + Math.max(0, value) * scale;
  const bottom = bars.length * ROW;
  const at = x(limit.amount.value);
  const line = drawn`<line class="limit" x1="${at}" x2="${at}" y1="0" y2="${bottom + 3}"/>`;
  return prose`<figure><figcaption>${caption}</figcaption>${drawn`<svg viewBox="0 0 ${WIDTH} ${bottom + 18}" role="img"><title>${caption}</title>${line}${bars.map(
    ({ label, amount, look, missing }, index) =>
      amount === undefined
        ? drawn`<text x="0" y="${index * ROW + 16}">${label}</text><text x="${LEFT + 4}" y="${index * ROW + 16}">${missing ?? "sin cifra"}</text>`
        : drawn`<text x="0" y="${index * ROW + 16}">${label}</text><rect class="${look}" x="${LEFT}" y="${index * ROW + 5}" width="${Math.max(1, x(amount.value) - LEFT)}" height="15"/><text x="${x(amount.value) + 5}" y="${index * ROW + 16}">${amount}</text>`,
  )}<text x="${at}" y="${bottom + 14}" text-anchor="middle">${limit.label} ${limit.amount}</text></svg>`}</figure>
`;
}
