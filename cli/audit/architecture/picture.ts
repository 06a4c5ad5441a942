import { blocks } from "../../../policies/clauses";
import type { ArchitectureNode } from "../model";
import { markup, type Html } from "../page/html";
import { plural, truncate } from "../../style";
import { BOX, layoutOf } from "./layout";

const TITLES: ReadonlyMap<string, string> = new Map(blocks.map(({ id, title }) => [id, title]));
/** What fits into a box, in characters. */
const FITS = 25;

/** The picture; the table beside it says the same to whoever does not see it. */
export function pictureOf(nodes: readonly ArchitectureNode[]): Html {
  const { width, height, bands, boxes, curves } = layoutOf(nodes);
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="picture-title picture-text">
    <title id="picture-title">The stack's components by the work order's blocks</title>
    <desc id="picture-text">
      ${plural(nodes.length, "kind")} of components in ${plural(bands.length, "band")}, one a block, and
      ${plural(curves.length, "arrow")} from those whose resources refer to another's. The table below names
      each.
    </desc>
    <defs>
      <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
        <path d="M0 0L8 4L0 8z" />
      </marker>
    </defs>
    ${bands.map(
      (band) =>
        markup`<rect class="band" x="4" y="${band.y}" width="${width - 8}" height="${band.height}" rx="6" /> `,
    )}${curves.map(
      ({ path }) => markup`<path class="edge" d="${path}" marker-end="url(#arrow)" /> `,
    )}${bands.map(
      (band) =>
        markup`<text class="title" x="14" y="${band.y + 18}">${band.block} ${TITLES.get(band.block)}</text> `,
    )}${boxes.map(
      ({ node, x, y, usedBy }) =>
        markup`<g
          ><rect class="box" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4" /><text
            class="title"
            x="${x + 8}"
            y="${y + 18}"
            >${truncate(titleOf(node), FITS)}</text
          ><text class="small" x="${x + 8}" y="${y + 33}">${truncate(countsOf(node), FITS + 6)}</text
          ><text class="small" x="${x + 8}" y="${y + 46}"
            >${usedBy > 0 ? `used by ${usedBy} kinds` : truncate(node.clauses.join(", "), FITS + 6)}</text
          ></g
        > `,
    )}
  </svg>`;
}

export const titleOf = ({ type, names }: ArchitectureNode): string =>
  names.length > 1 ? `${type} × ${names.length}` : type;

const countsOf = ({ names, resources }: ArchitectureNode): string =>
  `${names.length === 1 ? `${names[0] ?? ""}, ` : ""}${plural(resources, "resource")}`;
