import { escaped, Html } from "../audit/page/html";
import { dateInSpanish, inMadrid, twoDigits } from "../../infra/shared/madrid";
import { isFigure, type Figure } from "./believed";
import { isOrdered, type Ordered } from "./ordered";

/**
 * The report's text. A digit reaches the paper only by what says whence it is: a figure of evidence, a number of the work order, a count of
 * what the report itself lists, a name, an instant, or somebody's words between quotation marks. Any other digit, in a text or in a
 * template, is refused when the page is made: a number without evidence cannot be printed.
 */

/** How many there are of what stands in the report or in its sources; made of the things themselves. */
export class Tally {
  readonly value: number;
  constructor(things: readonly unknown[]) {
    this.value = things.length;
  }
}
export const tally = (things: readonly unknown[]): Tally => new Tally(things);

/** What is a name by its form, and so no figure: a clause, a commit, a digest, a place. */
class Name {
  constructor(readonly html: Html) {}
}
export type { Name };

const named =
  (form: RegExp, what: string, mark: (text: string) => string) =>
  (text: string): Name => {
    if (!form.test(text)) throw new TypeError(`${what}: got ${JSON.stringify(text.slice(0, 80))}`);
    return new Name(new Html(mark(escaped(text))));
  };

const code = (text: string): string => `<code>${text}</code>`;

export const clauseName = named(/^B\d(\.\d{1,2})?$/, "no clause or block", (text) => `<b>${text}</b>`);
export const commitName = named(/^[0-9a-f]{40}$/, "no commit", (text) => code(text.slice(0, 10)));
export const digestName = named(
  /^[0-9a-f]{64}$/,
  "no digest",
  (text) => `<code class="digest">${text}</code>`,
);
export const pathName = named(/^(?=.*\p{L})\S+$/u, "no path", code);
/** Of a class or an exception: letters, then a number. */
export const idName = named(
  /^[A-Za-z][\w. -]*[:-][\w.:-]+$/,
  "no identifier",
  (text) => `<span class="tight">${text}</span>`,
);
/** Of a finding, as `npm run findings` calls it. */
export const findingName = named(
  /^[0-9a-f]{16}$/,
  "no finding",
  (text) => `<code class="tight">${text}</code>`,
);

/** `25/11/2026`, as Spanish writes it. */
const dayText = (iso: string): string => iso.slice(0, 10).split("-").reverse().join("/");
export const dayName = named(
  /^\d{4}-\d\d-\d\d$/,
  "no day",
  (text) => `<span class="tight">${dayText(text)}</span>`,
);

/** `25/11/2026 18:46 UTC`; seconds where there are some. */
const instantText = (iso: string): string => {
  const seconds = iso.slice(17, 19);
  return `${dayText(iso)} ${iso.slice(11, 16)}${seconds === "00" ? "" : `:${seconds}`} UTC`;
};
const instantOf =
  (text: (iso: string) => string) =>
  (iso: string): Name => {
    const atMs = Date.parse(iso);
    if (Number.isNaN(atMs)) throw new TypeError(`no instant: got ${JSON.stringify(iso.slice(0, 40))}`);
    return new Name(new Html(text(new Date(atMs).toISOString())));
  };
export const instantName = instantOf(instantText);
/** The same for who reads a document's date: `26 de noviembre de 2026, 20:46 CET (26/11/2026 19:46:09 UTC)`. */
export const momentName = instantOf((iso) => {
  const at = inMadrid(Date.parse(iso));
  return `${dateInSpanish(at)}, ${twoDigits(at.hour)}:${twoDigits(at.minute)} ${at.zone} (${instantText(iso)})`;
});
/** Words of the field that have a digit in them. */
export const term = named(/^(p95|5xx|SHA-256)$/, "no term", (text) => text) as (
  text: "p95" | "5xx" | "SHA-256",
) => Name;
/** By which a figure leads to its piece in the annex. */
export const referenceName = (label: string): Name =>
  new Name(new Html(`<a class="reference" href="#${escaped(label)}">${escaped(label)}</a>`));

/** Somebody's own words, in their language: a finding's title, a commit's first line, a reason. They are shown to be that. */
export const quoted = (text: string, language = "en"): Name =>
  new Name(new Html(`<q lang="${escaped(language)}">${escaped(text)}</q>`));

/** What the page can hold of such words. */
export const shortly = (text: string, most: number): string => {
  const line = text.replace(/\s+/g, " ").trim();
  const points = Array.from(line);
  return points.length <= most
    ? line
    : `${points
        .slice(0, most - 1)
        .join("")
        .trimEnd()}…`;
};

export type Part = Html | Figure | Ordered | Tally | Name | string | undefined | readonly Part[];

/** What an attribute may be beside: geometry, and an anchor's name. */
type Drawn = Part | number;

const DIGIT = /\p{N}/u;

/** Words of a page. */
export const prose = (fixed: TemplateStringsArray, ...parts: readonly Part[]): Html => written(fixed, parts);

/** The same for a picture: what stands in its tags may be a number, what stands between them may not. */
export const drawn = (fixed: TemplateStringsArray, ...parts: readonly Drawn[]): Html => written(fixed, parts);

function written(fixed: TemplateStringsArray, parts: readonly Drawn[]): Html {
  let inTag = false;
  const out = fixed.map((text, index) => {
    for (const character of text) {
      if (character === "<") inTag = true;
      else if (character === ">") inTag = false;
      else if (!inTag && DIGIT.test(character)) throw unsourced(text);
    }
    return text + shown(parts[index], inTag);
  });
  return new Html(out.join(""));
}

function shown(part: Drawn, inTag: boolean): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.markup;
  if (part instanceof Name) return part.html.markup;
  if (part instanceof Tally) return number(part.value);
  if (isFigure(part) || isOrdered(part)) return amount(part);
  if (Array.isArray(part)) return (part as readonly Part[]).map((one) => shown(one, inTag)).join("");
  if (typeof part === "string" || typeof part === "number") {
    const text = typeof part === "number" ? String(Math.round(part * 100) / 100) : part;
    if (!inTag && DIGIT.test(text)) throw unsourced(text);
    return escaped(text);
  }
  // An object that only looks like one of these.
  throw unsourced(JSON.stringify(part) ?? String(part));
}

const unsourced = (text: string): TypeError =>
  new TypeError(
    `a number without evidence: got ${JSON.stringify(text.trim().slice(0, 80))}; allowed: a figure of a believed piece, of the work order, a count, a name, or a quotation`,
  );

/** `650 ms`, with a space that does not break. */
export const amount = ({ value, unit }: Figure | Ordered): string =>
  unit === "" ? number(value) : `${number(value)}\u00a0${unit}`;

/**
 * As Spanish writes it: a comma, and from five digits on groups of three. https://www.rae.es/dpd/números
 * What is small keeps three digits of its own, so that no error rate becomes a zero.
 */
export function number(value: number): string {
  const size = Math.abs(value);
  const rounded = size < 1 ? Number(size.toPrecision(3)) : Math.round(size * 1000) / 1000;
  // Without an exponent, which `String` gives from a millionth on.
  const text = rounded < 1e-6 && rounded > 0 ? rounded.toFixed(20).replace(/0+$/, "") : String(rounded);
  const [whole = "", part] = text.split(".");
  const grouped = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${value < 0 ? "−" : ""}${grouped}${part === undefined ? "" : `,${part}`}`;
}

/** With something between them. */
export const between = (parts: readonly Part[], mark: string): readonly Part[] =>
  parts.flatMap((part, index) => (index === 0 ? [part] : [mark, part]));
