/** Reads the plain commands of a runbook: words, quotes, `$(…)`, assignments. Not a shell: what it does not know is an error. */

export interface ShellCommand {
  readonly words: readonly string[];
}

/** Where a command stands inside another, its output is not known. */
export const SUBSTITUTED = "<output>";

/** The commands of a text, those inside `$(…)` too. @throws Error for what is more than plain commands */
export const commandsIn = (text: string): readonly ShellCommand[] =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => lineOf(line));

function lineOf(line: string): readonly ShellCommand[] {
  const words: string[] = [];
  const inner: ShellCommand[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (quote !== "'" && line.startsWith("$(", at)) {
      const end = closing(line, at + 1);
      inner.push(...lineOf(line.slice(at + 2, end)));
      word = `${word ?? ""}${SUBSTITUTED}`;
      at = end;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = `${word ?? ""}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (character === " ") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[|&;`\\#]/.test(character)) {
      throw new Error(`"${character}" in "${line}": one plain command a line`);
    } else {
      word = `${word ?? ""}${character}`;
    }
  }
  if (quote !== "") throw new Error(`a quote is open in "${line}"`);
  if (word !== undefined) words.push(word);
  const own = words.filter((each, at) => at > 0 || !/^[A-Z_]+=/.test(each));
  return own.length === 0 ? inner : [...inner, { words: own }];
}

function closing(line: string, open: number): number {
  let depth = 0;
  for (let at = open; at < line.length; at += 1) {
    if (line.charAt(at) === "(") depth += 1;
    if (line.charAt(at) === ")") depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error(`a bracket is open in "${line}"`);
}
