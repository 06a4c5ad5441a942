/**
 * Grafana's arithmetic over the numbers of a rule's other stages.
 * https://grafana.com/docs/grafana/latest/panels-visualizations/query-transform-data/expression-queries/#math
 */

/** What the names in an expression stand for; `undefined` for what is no number. */
export type Numbers = (name: string) => number | undefined;

type Operator = (left: number, right: number) => number;
const truth = (holds: boolean): number => (holds ? 1 : 0);

/** By how strongly they bind, the weakest first. */
const operators: readonly Readonly<Record<string, Operator>>[] = [
  { "||": (left, right) => truth(left !== 0 || right !== 0) },
  { "&&": (left, right) => truth(left !== 0 && right !== 0) },
  {
    "==": (left, right) => truth(left === right),
    "!=": (left, right) => truth(left !== right),
    ">=": (left, right) => truth(left >= right),
    "<=": (left, right) => truth(left <= right),
    ">": (left, right) => truth(left > right),
    "<": (left, right) => truth(left < right),
  },
  { "+": (left, right) => left + right, "-": (left, right) => left - right },
  {
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
    "%": (left, right) => left % right,
  },
  { "**": (left, right) => left ** right },
];

const functions: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  log: Math.log,
  round: Math.round,
  ceil: Math.ceil,
  floor: Math.floor,
  is_inf: (value) => truth(Math.abs(value) === Infinity),
  is_nan: (value) => truth(Number.isNaN(value)),
  is_number: (value) => truth(Number.isFinite(value)),
  is_null: () => 0,
};

const token = /\s*(\d+(?:\.\d+)?|\$\{\w+\}|\$\w+|[a-z_]+(?=\s*\()|\|\||&&|==|!=|>=|<=|\*\*|[-+*/%<>!()])/y;

const unreadable = Symbol("unreadable");
const fail = (): never => {
  throw unreadable;
};

/** What an expression comes to once its names are known. */
type Formula = (numbers: Numbers) => number;

/** `undefined` for a text that cannot be read. */
function formulaOf(expression: string): Formula | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const whole = expression.trimEnd();
  while (token.lastIndex < whole.length) {
    const found = token.exec(whole);
    if (!found) return undefined;
    tokens.push(found[1] ?? "");
  }
  let at = 0;
  const take = (expected: string): void => {
    if (tokens[at] !== expected) fail();
    at += 1;
  };
  const binary = (level: number): Formula => {
    const known = operators[level];
    if (!known) return unary();
    let value = binary(level + 1);
    for (let operator = known[tokens[at] ?? ""]; operator; operator = known[tokens[at] ?? ""]) {
      at += 1;
      value = joined(operator, value, binary(level + 1));
    }
    return value;
  };
  const unary = (): Formula => {
    const next = tokens[at] ?? fail();
    at += 1;
    if (next === "-" || next === "!") {
      const value = unary();
      return next === "-" ? (numbers) => -value(numbers) : (numbers) => truth(value(numbers) === 0);
    }
    if (/^\d/.test(next)) return () => Number(next);
    if (next.startsWith("$")) {
      const name = next.replace(/[${}]/g, "");
      return (numbers) => numbers(name) ?? fail();
    }
    if (next === "(") {
      const value = binary(0);
      take(")");
      return value;
    }
    const called = functions[next] ?? fail();
    take("(");
    const value = binary(0);
    take(")");
    return (numbers) => called(value(numbers));
  };
  const formula = readably(() => binary(0));
  return at === tokens.length ? formula : undefined;
}

const joined =
  (operator: Operator, left: Formula, right: Formula): Formula =>
  (numbers) =>
    operator(left(numbers), right(numbers));

function readably<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error !== unreadable) throw error;
    return undefined;
  }
}

/** A rule is asked about thousands of moments: its expression is read once. */
const formulas = new Map<string, Formula | undefined>();

/** The value; `undefined` where the text, or a name in it, cannot be read. */
export function calculate(expression: string, numbers: Numbers): number | undefined {
  if (!formulas.has(expression)) formulas.set(expression, formulaOf(expression));
  const formula = formulas.get(expression);
  return formula && readably(() => formula(numbers));
}
