/**
 * An expression for the decimal numerals of whole numbers above a threshold. The access log's values are texts, which a filter
 * pattern compares as texts: of a number in quotes it can only say how its digits look.
 *
 * Written in what filter patterns take: no groups, so that each alternative has its own anchors.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 *
 * @throws RangeError for what is no whole number of milliseconds
 */
export function numeralsAbove(threshold: number): string {
  if (!Number.isSafeInteger(threshold) || threshold < 0 || threshold >= 10 ** (LONGEST_DIGITS - 1))
    throw new RangeError(
      `threshold: got ${threshold}; allowed: a whole number from 0 to ${10 ** (LONGEST_DIGITS - 1) - 1}; fix: write whole milliseconds`,
    );
  const digits = String(threshold);
  const alternatives = [`[1-9][0-9]{${digits.length},${LONGEST_DIGITS - 1}}`];
  for (const [at, digit] of [...digits].entries()) {
    if (digit === "9") continue;
    const rest = digits.length - at - 1;
    alternatives.push(`${digits.slice(0, at)}${digitAbove(Number(digit))}${"[0-9]".repeat(rest)}`);
  }
  return alternatives.map((alternative) => `^${alternative}$`).join("|");
}

/** No request takes a thousand million milliseconds. */
const LONGEST_DIGITS = 9;

const digitAbove = (digit: number): string => (digit === 8 ? "9" : `[${digit + 1}-9]`);
