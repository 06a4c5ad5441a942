/**
 * Filter patterns of JSON log lines, asked which lines they count rather than compared as text.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
export type Line = Readonly<Record<string, string>>;
type Test = (line: Line) => boolean;

const TOKENS = /\s*(?:(\(|\)|&&|\|\|)|\$\.(\w+)\s*(=|!=)\s*(?:"([^"]*)"|%([^%]*)%))/y;

interface Token {
  /** `(`, `)`, `&&`, `||`; undefined for a comparison. */
  readonly sign?: string;
  readonly test?: Test;
}

/** A text, with `*` for anything at its beginning or end. */
function matcher(text: string): RegExp {
  const inner = text.replace(/^\*|\*$/g, "").replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${text.startsWith("*") ? ".*" : ""}${inner}${text.endsWith("*") ? ".*" : ""}$`, "s");
}

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  let end = 0;
  for (let match = TOKENS.exec(text); match !== null; match = TOKENS.exec(text)) {
    end = TOKENS.lastIndex;
    const [, sign, field = "", operator, plain, expression] = match;
    if (sign !== undefined) {
      tokens.push({ sign });
      continue;
    }
    // An expression is found anywhere, a text is the whole.
    const pattern = plain === undefined ? new RegExp(expression ?? "") : matcher(plain);
    // What is not there equals nothing, and differs from nothing either.
    tokens.push({
      test: (line) => field in line && pattern.test(line[field] ?? "") === (operator === "="),
    });
  }
  return text.slice(end).trim() === "" ? tokens : undefined;
}

/** What a pattern says of a line; `undefined` for a pattern that cannot be read here, which then counts nothing. */
export function filterOf(pattern: string): Test | undefined {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(pattern)?.[1];
  try {
    const tokens = inner === undefined ? undefined : tokensOf(inner);
    if (!tokens) return undefined;
    let at = 0;
    const takes = (sign: string): boolean => tokens[at]?.sign === sign && ++at > 0;
    const single = (): Test => {
      if (takes("(")) {
        const test = either();
        if (!takes(")")) throw new SyntaxError("a bracket without an end");
        return test;
      }
      const test = tokens[at]?.test;
      if (!test) throw new SyntaxError("no comparison");
      at += 1;
      return test;
    };
    const joined = (sign: string, part: () => Test, join: (tests: readonly Test[]) => Test) => (): Test => {
      const tests = [part()];
      while (takes(sign)) tests.push(part());
      return join(tests);
    };
    const both = joined("&&", single, (tests) => (line) => tests.every((test) => test(line)));
    const either = joined("||", both, (tests) => (line) => tests.some((test) => test(line)));
    const test = either();
    return at === tokens.length ? test : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
