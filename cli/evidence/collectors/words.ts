import type { Asked, Window } from "../sources/answer";

/** What the record takes. */
const LONGEST_REASON = 500;
const LONGEST_QUESTION = 4_000;
const MOST_SOURCES = 50;

/** One sentence that fits; what is said with it is not what is cut off. */
export function sentence(text: string, saidWithIt = ""): string {
  const end = cut(oneLine(saidWithIt), LONGEST_REASON / 2);
  return cut(oneLine(text), LONGEST_REASON - end.length) + end;
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** What was asked, as the record takes it; what does not fit is counted. */
export function sourcesOf(asked: readonly Asked[]): Asked[] {
  const unique = [...new Map(asked.map((each) => [`${each.system} ${each.asked}`, each])).values()];
  const fitting = unique.map(({ system, asked: text }) => ({ system, asked: cut(text, LONGEST_QUESTION) }));
  if (fitting.length <= MOST_SOURCES) return fitting;
  const rest = fitting.slice(MOST_SOURCES - 1);
  const last = { system: rest[0]?.system ?? "", asked: `and ${rest.length} more of the same kind` };
  return [...fitting.slice(0, MOST_SOURCES - 1), last];
}

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

export const windowOf = ({ fromMs, toMs }: Window): { from: string; to: string } => ({
  from: instant(fromMs),
  to: instant(toMs),
});

export const instant = (ms: number): string => new Date(ms).toISOString();

/** Of binary fractions the tail that nobody wants to read; judged is what was measured. */
export const rounded = (value: number): number => Number(value.toFixed(6));
