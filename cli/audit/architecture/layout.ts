import type { ArchitectureNode } from "../model";

/** Where the picture's parts lie: a band a block, boxes in rows, relations as curves between them. Pure, and the same on every run. */

export interface Box {
  readonly node: ArchitectureNode;
  readonly x: number;
  readonly y: number;
  /** How many others refer to it, where that many are not drawn. */
  readonly usedBy: number;
}

export interface Band {
  readonly block: string;
  readonly y: number;
  readonly height: number;
}

export interface Curve {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly bands: readonly Band[];
  readonly boxes: readonly Box[];
  readonly curves: readonly Curve[];
}

export const BOX = { width: 228, height: 54 } as const;
const PER_ROW = 4;
const GAP_X = 24;
const GAP_Y = 34;
const MARGIN = 16;
const TITLE = 26;
const BAND_GAP = 26;
export const WIDTH = 2 * MARGIN + PER_ROW * BOX.width + (PER_ROW - 1) * GAP_X;
/** What more than this many refer to would hide the picture under its arrows: the box says how many instead. */
const MOST_ARROWS = 7;
const SWEEPS = 4;

/** @param nodes by block, in the work order's order */
export function layoutOf(nodes: readonly ArchitectureNode[]): Layout {
  const blocks = [...new Set(nodes.map(({ block }) => block))];
  const users = usersOf(nodes);
  const isHub = (id: string): boolean => (users.get(id)?.length ?? 0) > MOST_ARROWS;
  const drawn = nodes.flatMap((node) =>
    node.uses.filter((other) => users.has(other) && !isHub(other)).map((other) => [node.id, other] as const),
  );
  const order = ordered(
    blocks.map((block) => nodes.filter((node) => node.block === block)),
    drawn,
  );

  const bands: Band[] = [];
  const boxes: Box[] = [];
  let y = MARGIN;
  order.forEach((row, index) => {
    const rows = Math.ceil(row.length / PER_ROW);
    const height = TITLE + rows * BOX.height + (rows - 1) * GAP_Y + MARGIN;
    bands.push({ block: blocks[index] ?? "", y, height });
    row.forEach((node, place) => {
      const inRow = Math.min(PER_ROW, row.length - Math.floor(place / PER_ROW) * PER_ROW);
      const left = (WIDTH - inRow * BOX.width - (inRow - 1) * GAP_X) / 2;
      boxes.push({
        node,
        x: left + (place % PER_ROW) * (BOX.width + GAP_X),
        y: y + TITLE + Math.floor(place / PER_ROW) * (BOX.height + GAP_Y),
        usedBy: isHub(node.id) ? (users.get(node.id)?.length ?? 0) : 0,
      });
    });
    y += height + BAND_GAP;
  });

  const at = new Map(boxes.map((box) => [box.node.id, box]));
  return {
    width: WIDTH,
    height: Math.max(y - BAND_GAP + MARGIN, 2 * MARGIN),
    bands,
    boxes,
    curves: drawn.flatMap(([from, to]): Curve[] => {
      const [start, end] = [at.get(from), at.get(to)];
      return start && end ? [{ from, to, path: curve(start, end) }] : [];
    }),
  };
}

function usersOf(nodes: readonly ArchitectureNode[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>(nodes.map(({ id }) => [id, []]));
  for (const { id, uses } of nodes) for (const other of uses) users.get(other)?.push(id);
  return users;
}

/** Each band's boxes by where, on average, what they are related to lies: fewer lines cross. */
function ordered(
  bands: readonly (readonly ArchitectureNode[])[],
  edges: readonly (readonly [string, string])[],
): readonly (readonly ArchitectureNode[])[] {
  let order = bands;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const column = new Map(
      order.flatMap((band) => band.map((node, place) => [node.id, (place % PER_ROW) / PER_ROW] as const)),
    );
    const middle = ({ id }: ArchitectureNode): number => {
      const related = edges.flatMap(([from, to]) => (from === id ? [to] : to === id ? [from] : []));
      const places = related.map((other) => column.get(other) ?? 0.5);
      return places.length === 0 ? 0.5 : places.reduce((a, b) => a + b, 0) / places.length;
    };
    order = order.map((band) => {
      const keyed = band.map((node) => ({ node, key: middle(node) }));
      // Rows of a band are filled one after the other; within each, from the left to the right.
      return chunks(
        keyed.map(({ node }) => node),
        PER_ROW,
      ).flatMap((row) =>
        [...row].sort((a, b) => keyOf(keyed, a) - keyOf(keyed, b) || (a.id < b.id ? -1 : 1)),
      );
    });
  }
  return order;
}

const keyOf = (keyed: readonly { node: ArchitectureNode; key: number }[], node: ArchitectureNode): number =>
  keyed.find((one) => one.node === node)?.key ?? 0.5;

const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );

/** From the side of a box that looks at the other one to that one's. */
function curve(from: Box, to: Box): string {
  const [x1, x2] = [from.x + BOX.width / 2, to.x + BOX.width / 2];
  if (from.y === to.y) {
    const top = from.y;
    return `M${n(x1)} ${n(top)}C${n(x1)} ${n(top - GAP_Y)} ${n(x2)} ${n(top - GAP_Y)} ${n(x2)} ${n(top - 4)}`;
  }
  const down = to.y > from.y;
  const y1 = down ? from.y + BOX.height : from.y;
  const y2 = down ? to.y - 4 : to.y + BOX.height + 4;
  const bend = Math.min(60, Math.abs(y2 - y1) / 2) * (down ? 1 : -1);
  return `M${n(x1)} ${n(y1)}C${n(x1)} ${n(y1 + bend)} ${n(x2)} ${n(y2 - bend)} ${n(x2)} ${n(y2)}`;
}

const n = (value: number): string => String(Math.round(value * 10) / 10);
