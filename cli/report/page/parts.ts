import type { Html } from "../../audit/page/html";
import type { State } from "../../audit/model";
import type { Piece } from "../../../infra/evidence/record/verify";
import type { Figure } from "../believed";
import { KIND_NAMES, STATE_NAMES } from "../names";
import { between, prose, referenceName, type Name, type Part } from "../prose";
import type { Lack, Report } from "../report";

/** Pieces that several sections have. */

const LOOKS: Readonly<Record<State, { readonly look: string; readonly sign: string }>> = {
  met: { look: "good", sign: "✓" },
  "not-met": { look: "bad", sign: "✗" },
  unknown: { look: "open", sign: "?" },
};

export const stateMark = (state: State): Html =>
  prose`<span class="${LOOKS[state].look}">${LOOKS[state].sign} ${STATE_NAMES[state]}</span>`;

export function table(caption: Part, columns: readonly string[], rows: readonly (readonly Part[])[]): Html {
  return prose`<table><caption>${caption}</caption><thead><tr>${columns.map((title) => prose`<th scope="col">${title}</th>`)}</tr></thead><tbody>
${rows.map(
  ([head, ...cells]) =>
    prose`<tr><th scope="row">${head}</th>${cells.map((cell) => prose`<td>${cell}</td>`)}</tr>
`,
)}</tbody></table>
`;
}

/** Where a piece stands in the annex. */
export const referenceOf = ({ labels }: Pick<Report, "labels">, { sha256 }: Piece): Name =>
  referenceName(labels.get(sha256) ?? "anexo");

/** A figure and where it stands: `650 ms [E3]`. */
export const sourced = (report: Pick<Report, "labels">, figure: Figure): Html =>
  prose`<span class="tight">${figure}</span> [${referenceOf(report, figure.piece)}]`;

export const LACKS: Readonly<Record<Lack, string>> = {
  none: "no se recogió",
  refused: "la más reciente no se acepta",
  source: "la más reciente es de otro código fuente",
  age: "la más reciente ya no está vigente",
};

/** `falta evidencia de métricas: no se recogió` */
export const lackText = (kind: keyof typeof KIND_NAMES, lack: Lack): string =>
  `falta evidencia de ${KIND_NAMES[kind]}: ${LACKS[lack]}`;

export const listed = (parts: readonly Part[]): readonly Part[] => between(parts, ", ");

/** What a page can hold of a long list. */
export const bounded = <T>(
  all: readonly T[],
  most: number,
): { readonly shown: readonly T[]; readonly left: readonly T[] } => ({
  shown: all.slice(0, most),
  left: all.slice(most),
});
