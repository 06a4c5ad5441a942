/** Text in a page: nothing of it is markup, and nothing of it makes the text around it look like something else. */

/** A piece of a page. A text cannot be told from markup, so that markup is an object. */
export class Html {
  constructor(readonly markup: string) {}
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

// Controls, and what turns the direction of what follows (https://trojansource.codes); new lines and tabs may stay.
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]|\p{Surrogate}/gu;

const spelled = (character: string): string =>
  `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;

export const escaped = (text: string): string =>
  text.replace(HIDDEN, spelled).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

type Part = Html | string | number | undefined | readonly Part[];

/** Joins parts of a page: what is no {@link Html} is text, and escaped; `undefined` is nothing. */
export const markup = (fixed: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(fixed.map((text, index) => text + markupOf(parts[index])).join(""));

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return part.map(markupOf).join("");
}

/** With something between them. */
export const joined = (parts: readonly Part[], between: string): Html =>
  markup`${parts.flatMap((part, index) => (index === 0 ? [part] : [between, part]))}`;
