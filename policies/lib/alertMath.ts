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

/** The value; `undefined` where the text, or a name in it, cannot be read. */
export function calculate(expression: string, numbers: Numbers): number | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  const whole = expression.trimEnd();
  while (token.lastIndex < whole.length) {
    const found = token.exec(whole);
    if (!found) return undefined;
    tokens.push(found[1] ?? "");
  }
  let at = 0;
  const unreadable = Symbol("unreadable");
  const fail = (): never => {
    throw unreadable;
  };
  const take = (expected: string): void => {
    if (tokens[at] !== expected) fail();
    at += 1;
  };
  const binary = (level: number): number => {
    const known = operators[level];
    if (!known) return unary();
    let value = binary(level + 1);
    for (let operator = known[tokens[at] ?? ""]; operator; operator = known[tokens[at] ?? ""]) {
      at += 1;
      value = operator(value, binary(level + 1));
    }
    return value;
  };
  const unary = (): number => {
    const next = tokens[at] ?? fail();
    at += 1;
    if (next === "-") return -unary();
    if (next === "!") return truth(unary() === 0);
    if (/^\d/.test(next)) return Number(next);
    if (next.startsWith("$")) return numbers(next.replace(/[${}]/g, "")) ?? fail();
    if (next === "(") {
      const value = binary(0);
      take(")");
      return value;
    }
    const called = functions[next] ?? fail();
    take("(");
    const value = called(binary(0));
    take(")");
    return value;
  };
  try {
    const value = binary(0);
    return at === tokens.length ? value : undefined;
  } catch (error) {
    if (error !== unreadable) throw error;
    return undefined;
  }
}
