import { blocks } from "../../../policies/clauses";
import type { ArchitectureNode } from "../model";
import { markup, type Html } from "../page/html";
import { plural, truncate } from "../../style";
import { BOX, layoutOf, WIDTH, type Layout } from "./layout";

const TITLES: ReadonlyMap<string, string> = new Map(blocks.map(({ id, title }) => [id, title]));
/** What fits into a box, in characters of the widest common font; what is longer is cut, and the table has it whole. */
const FITS = { title: 24, small: 30 } as const;

/** The picture; the table beside it says the same to whoever does not see it. */
export function pictureOf(nodes: readonly ArchitectureNode[]): Html {
  const { width, height, bands, boxes, curves } = layoutOf(nodes);
  return markup`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="picture-title picture-text">
<title id="picture-title">The stack's components by the work order's blocks</title>
<desc id="picture-text">${plural(nodes.length, "kind")} of components in ${plural(bands.length, "band")}, one a block, and ${plural(curves.length, "arrow")} from those whose resources refer to another's. The table below names each.</desc>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${bands.map(bandOf)}${curves.map(({ path }) => markup`<path class="edge" d="${path}" marker-end="url(#arrow)"/>\n`)}${bands.map(bandTitle)}${boxes.map(boxOf)}</svg>`;
}

type Band = Layout["bands"][number];

const bandOf = ({ y, height }: Band): Html =>
  markup`<rect class="band" x="4" y="${y}" width="${WIDTH - 8}" height="${height}" rx="6"/>\n`;
const bandTitle = ({ block, y }: Band): Html =>
  markup`<text class="title" x="14" y="${y + 18}">${block} ${TITLES.get(block)}</text>\n`;

/** A picture in the picture, so that a name that is wider than any we know ends with its box. */
function boxOf({ node, x, y, usedBy }: Layout["boxes"][number]): Html {
  const lines = [countsOf(node), usedBy > 0 ? `used by ${usedBy} kinds` : node.clauses.join(", ")].map(
    (line) => truncate(line, FITS.small),
  );
  return markup`<svg class="node" x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}"><rect class="box" x="0.5" y="0.5" width="${BOX.width - 1}" height="${BOX.height - 1}" rx="4"/><text class="title" x="8" y="18">${truncate(titleOf(node), FITS.title)}</text>${lines.map(
    (line, index) => markup`<text class="small" x="8" y="${33 + 14 * index}">${line}</text>`,
  )}</svg>\n`;
}

export const titleOf = ({ type, names }: ArchitectureNode): string =>
  names.length > 1 ? `${type} × ${names.length}` : type;

const countsOf = ({ names, resources }: ArchitectureNode): string =>
  `${names.length === 1 ? `${names[0] ?? ""}, ` : ""}${plural(resources, "resource")}`;
