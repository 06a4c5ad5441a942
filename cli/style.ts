/** How text is painted: with ANSI codes on a terminal, not at all elsewhere. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const code =
  (open: number, close: number) =>
  (text: string): string =>
    text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`;

const same = (text: string): string => text;

export const plainStyle: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };

export const ansiStyle: Style = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  green: code(32, 39),
  yellow: code(33, 39),
  cyan: code(36, 39),
};

/** A stream as a command sees it: what it says is written in order. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export type ColorChoice = "always" | "never" | "auto";

/**
 * Whether to paint. The option wins over `FORCE_COLOR` (https://force-color.org), that over `NO_COLOR`
 * (https://no-color.org), that over what the stream is.
 */
export function wantsColor(
  choice: ColorChoice,
  stream: { readonly isTTY?: boolean },
  env: NodeJS.ProcessEnv,
): boolean {
  if (choice !== "auto") return choice === "always";
  const force = env["FORCE_COLOR"];
  if (force !== undefined && force !== "") return force !== "0" && force !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

// Everything that could move the cursor or change the terminal's state; new lines and tabs may stay.
// eslint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
// eslint-disable-next-line no-control-regex
const ansiSequences = /\u001b\[[0-9;]*[A-Za-z]/g;

// What is not seen, and what turns the order of what is: a name could read as another one (https://trojansource.codes).
const formatCharacters = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/**
 * The text without what a terminal would obey: ANSI sequences go, other control characters are shown as `\xNN`, and what nobody sees as
 * `\uNNNN`.
 */
export function printable(text: string): string {
  return text
    .replace(ansiSequences, "")
    .replace(controlCharacters, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`)
    .replace(formatCharacters, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The text cut to so many characters, with `…` where something is missing. */
export function truncate(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const points = Array.from(text);
  return points.length <= characters ? text : `${points.slice(0, Math.max(0, characters - 1)).join("")}…`;
}

/** How many characters the text takes on a line. */
export const width = (text: string): number =>
  /[\ud800-\udfff]/.test(text) ? Array.from(text).length : text.length;

export const padEnd = (text: string, characters: number): string =>
  text + " ".repeat(Math.max(0, characters - width(text)));

/** `1 policy`, `2 policies`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
