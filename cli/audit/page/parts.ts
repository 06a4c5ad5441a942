import { dueText, SHOWN_STATES, SHOWN_VERDICTS } from "../words";
import type { PolicyVerdict, State } from "../model";
import { markup, type Html } from "./html";

/** Pieces that several sections have. */

type Look = "good" | "bad" | "open" | "none";

const STATE_LOOK: Readonly<Record<State, Look>> = { met: "good", "not-met": "bad", unknown: "open" };
const VERDICT_LOOK: Readonly<Record<PolicyVerdict | "excepted", Look>> = {
  passed: "good",
  violated: "bad",
  advisory: "open",
  excepted: "open",
  "not-applicable": "none",
  disabled: "none",
};
/** Beside the word, so that a verdict is found by its shape in a long column. */
const SIGNS: Readonly<Record<Look, string>> = { good: "✓", bad: "✗", open: "?", none: "–" };

const badge = (look: Look, word: string): Html =>
  markup`<span class="badge ${look}"><span aria-hidden="true">${SIGNS[look]} </span>${word}</span>`;

export const stateBadge = (state: State): Html => badge(STATE_LOOK[state], SHOWN_STATES[state]);
export const verdictBadge = (verdict: PolicyVerdict | "excepted"): Html =>
  badge(VERDICT_LOOK[verdict], SHOWN_VERDICTS[verdict]);
export const validBadge = (valid: boolean, word: string): Html => badge(valid ? "good" : "bad", word);

/** What the filter calls a verdict: the states' words. */
export const verdictFilter = (verdict: PolicyVerdict): string =>
  ({
    passed: "met",
    violated: "not-met",
    advisory: "unknown",
    "not-applicable": "unknown",
    disabled: "unknown",
  })[verdict];

export interface Column {
  readonly title: string;
  /** Not narrower than a sentence needs. */
  readonly wide?: boolean;
}

export interface Row {
  /** Attributes of the row, already markup. */
  readonly attributes?: Html;
  readonly head: Html | string;
  readonly cells: readonly (Html | string | number)[];
}

/** A table whose first column is what each row is about. Its place scrolls by itself where it is wider than the screen. */
export function table(caption: string, columns: readonly Column[], rows: readonly Row[]): Html {
  return markup`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map(({ title, wide }) => markup`<th scope="col" ${wide === true ? markup` class="wide"` : undefined}>${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ attributes, head, cells }) =>
            markup`<tr${attributes}><th scope="row">${head}</th>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`,
        )}
      </tbody>
    </table>
  </div>`;
}

export const due = (hours: number | null, at: string | undefined, overdue: boolean): Html => {
  const text = dueText(hours, at, overdue);
  return overdue ? markup`<span class="badge bad">${text}</span>` : markup`${text === "" ? "–" : text}`;
};

/** The work order's text: what stands between backticks is code. */
export const sentence = (text: string): Html =>
  markup`${text.split("`").map((part, index) => (index % 2 === 0 ? part : markup`<code>${part}</code>`))}`;

/** What a screen can hold of a long list; the rest is in the JSON. */
export function bounded<T>(
  all: readonly T[],
  most: number,
): { readonly shown: readonly T[]; readonly left: number } {
  return { shown: all.slice(0, most), left: Math.max(0, all.length - most) };
}
