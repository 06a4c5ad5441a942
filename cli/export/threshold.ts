import type { CloudWatchCondition, Operand } from "../../infra/observability/alerts/alert";

/** An alert's condition in Spanish, for people: the whole formula, and what of it is read at a glance. */

/** What is compared, and whether all of it must hold (`y`) or any (`o`). */
interface Comparisons {
  readonly tests: readonly string[];
  readonly word: "y" | "o";
}

/**
 * `undefined` where the formula is more than that. Grafana is given alternatives in pairs, the last one with the first where it has no
 * partner (`anyOf` says why): to people that one is said once.
 */
function comparisonsOf(math: string): Comparisons | undefined {
  if (math.includes("||") && math.includes("&&")) return undefined;
  const tests = math.split(/\|\||&&/).map((part) => /^\(*([^()]+?)\)*$/.exec(part.trim())?.[1]);
  if (!tests.every((test) => test !== undefined)) return undefined;
  return { tests: [...new Set(tests)], word: math.includes("||") ? "o" : "y" };
}

/** Grafana's math without sigils, and without a bar that a table would take for its own. */
export function formula(math: string): string {
  const { tests, word } = comparisonsOf(math) ?? { tests: [math], word: "y" };
  return tests
    .join(` ${word} `)
    .replaceAll("$", "")
    .replaceAll("&&", "y")
    .replaceAll("||", "o")
    .replace(/\s+/g, " ")
    .trim();
}

export const codes = (names: readonly string[]): string =>
  [...new Set(names)].map((name) => `\`${name}\``).join(", ");

/** What is measured and from where on; against what exactly, and without which values it is silent, stands in the alert's section. */
export function thresholdInWords(
  { math, operands }: CloudWatchCondition,
  windowInWords: (operand: Operand) => string,
): string {
  const whole = `fórmula sobre ${codes(Object.values(operands).map(({ query }) => query.metricName))}`;
  const found = comparisonsOf(math);
  if (found === undefined) return whole;
  const { tests, word } = found;
  const windows = new Map<string, Set<string>>();
  for (const test of tests) {
    // That there is anything at all to be a share of.
    const divisor = /^(\$\w+) > 0$/.exec(test)?.[1];
    if (divisor !== undefined && tests.some((other) => other.includes(`* ${divisor}`))) continue;
    const said = comparisonInWords(test, operands);
    if (said === undefined) return whole;
    windows.set(said.what, (windows.get(said.what) ?? new Set()).add(windowInWords(said.of)));
  }
  return [...windows]
    .map(([what, all]) => [what, [...all].filter((window) => window !== "").join(" y ")].join(" ").trim())
    .join(` ${word} `);
}

/** `$A >= 2`, `100 * $A > 5 * $B`, `$A > 0.3 * $B`, `$A > 3 * $B * 5 / 60` */
const COMPARISON =
  /^(?<percent>100 \* )?\$(?<left>\w+) (?<op>[<>]=?) (?<number>[\d.]+)(?: \* \$(?<right>\w+)(?<scaled> \* [\d.]+ \/ [\d.]+)?)?$/;

function comparisonInWords(
  test: string,
  operands: CloudWatchCondition["operands"],
): { readonly what: string; readonly of: Operand } | undefined {
  const { percent, left = "", op = "", number = "", right, scaled } = COMPARISON.exec(test)?.groups ?? {};
  const of = operands[left];
  if (of === undefined) return undefined;
  const measured = nameOf(of);
  if (right === undefined)
    return percent === undefined ? { what: `${measured} ${op} ${number}`, of } : undefined;
  const other = operands[right];
  if (other === undefined) return undefined;
  if (scaled !== undefined)
    return percent === undefined
      ? { what: `${measured} ${op} ${number} veces lo que es normal`, of }
      : undefined;
  const share = percent === undefined ? Number((100 * Number(number)).toPrecision(12)) : number;
  return { what: `${measured} ${op} ${share} % de ${nameOf(other)}`, of };
}

/** A percentile is another number than the rest of its metric; with a sum or a maximum the name says enough. */
const nameOf = ({ query: { metricName, statistic } }: Operand): string =>
  `${/^p\d/.test(statistic) ? `${statistic} de ` : ""}\`${metricName}\``;
