import { containsLabels, labelKey, NO_DATA, type Labels, type Value, type Values } from "./values";

/*
 * Grafana's mathematics over the results of other expressions.
 * https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/parse/parse.go (the grammar)
 * https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/exp.go (unions, operators)
 */

export type Node =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: string; readonly of: Node }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly kind: "call"; readonly name: string; readonly of: Node };

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?)|\$(?:\{([^}]+)\}|(\w+))|([a-z_]+)(?=\()|(\|\||&&|==|!=|>=|<=|\*\*|[><+\-*/%!()]))/y;

type Token = { readonly kind: "number" | "variable" | "function" | "operator"; readonly text: string };

function tokens(text: string): Token[] {
  const found: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`expr: unexpected character at ${at} of ${text}`);
    const [, number, braced, variable, name, operator] = match;
    if (number !== undefined) found.push({ kind: "number", text: number });
    else if (braced !== undefined || variable !== undefined)
      found.push({ kind: "variable", text: braced ?? variable ?? "" });
    else if (name !== undefined) found.push({ kind: "function", text: name });
    else found.push({ kind: "operator", text: operator ?? "" });
  }
  return found;
}

/** From the loosest to the tightest; each from left to right. */
const LEVELS = [["||"], ["&&"], ["==", "!=", ">", ">=", "<", "<="], ["+", "-"], ["*", "/", "%"], ["**"]];

/** @throws Error where Grafana would not take the expression */
export function parse(text: string): Node {
  const rest = tokens(text);
  const isOperator = (...texts: readonly string[]): boolean => {
    const [next] = rest;
    return next?.kind === "operator" && texts.includes(next.text);
  };
  const expect = (operator: string): void => {
    if (!isOperator(operator)) throw new Error(`expr: expected ${operator} in ${text}`);
    rest.shift();
  };
  const level = (depth: number): Node => {
    const operators = LEVELS[depth];
    if (!operators) return factor();
    let left = level(depth + 1);
    while (isOperator(...operators)) {
      const operator = rest.shift()?.text ?? "";
      left = { kind: "binary", operator, left, right: level(depth + 1) };
    }
    return left;
  };
  const factor = (): Node => {
    const token = rest.shift();
    if (token?.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token?.kind === "variable") return { kind: "variable", name: token.text };
    if (token?.kind === "operator" && (token.text === "!" || token.text === "-"))
      return { kind: "unary", operator: token.text, of: factor() };
    if (token?.kind === "operator" && token.text === "(") {
      const inner = level(0);
      expect(")");
      return inner;
    }
    if (token?.kind === "function") {
      expect("(");
      const of = level(0);
      expect(")");
      return { kind: "call", name: token.text, of };
    }
    throw new Error(`expr: unexpected ${token?.text ?? "end"} in ${text}`);
  };
  const root = level(0);
  if (rest.length > 0) throw new Error(`expr: unexpected ${rest[0]?.text ?? ""} in ${text}`);
  return root;
}

export function evaluate(node: Node, variables: ReadonlyMap<string, Values>): Values {
  switch (node.kind) {
    case "number":
      return [{ kind: "scalar", value: node.value }];
    case "variable": {
      const values = variables.get(node.name);
      if (!values) throw new Error(`could not find dependent node '${node.name}'`);
      return values;
    }
    case "unary":
      return evaluate(node.of, variables).map((value) =>
        mapped(value, (number) => (number === null ? null : unary(node.operator, number))),
      );
    case "call":
      return evaluate(node.of, variables).map((value) => mapped(value, functionOf(node.name)));
    case "binary":
      return union(evaluate(node.left, variables), evaluate(node.right, variables)).map(
        ({ labels, left, right }) => binary(node.operator, labels, left, right),
      );
  }
}

function mapped(value: Value, of: (number: number | null) => number | null): Value {
  switch (value.kind) {
    case "no data":
      return value;
    case "series":
      return {
        ...value,
        points: value.points.map((point) => ({ ...point, value: of(point.value) })),
      };
    default:
      return { ...value, value: of(value.value) };
  }
}

const truth = (is: boolean): number => (is ? 1 : 0);

/** https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/funcs.go */
function functionOf(name: string): (number: number | null) => number {
  switch (name) {
    case "is_null":
      return (number) => truth(number === null);
    case "is_number":
      return (number) => truth(number !== null && Number.isFinite(number));
    default:
      throw new Error(`expr: non existent function ${name}`);
  }
}

function unary(operator: string, number: number): number {
  if (Number.isNaN(number)) return NaN;
  return operator === "!" ? truth(number === 0) : -number;
}

interface Pair {
  readonly labels: Labels;
  readonly left: Value;
  readonly right: Value;
}

const labelsOf = (value: Value): Labels =>
  value.kind === "series" || value.kind === "number" ? value.labels : {};

/**
 * Which of the left meets which of the right: by labels that are equal, or that the other has as well, or none. What meets nothing is
 * dropped; but one on each side always meet, and lose their labels where these differ. No data beside one other is no data.
 */
function union(left: Values, right: Values): Pair[] {
  const [firstLeft] = left;
  const [firstRight] = right;
  if (!firstLeft || !firstRight) return [];
  if (
    (left.length === 1 || right.length === 1) &&
    (firstLeft.kind === "no data" || firstRight.kind === "no data")
  )
    return [{ labels: {}, left: firstLeft, right: firstRight }];
  const pairs = left.flatMap((a) =>
    right.flatMap((b): Pair[] => {
      const labels = meeting(labelsOf(a), labelsOf(b));
      return labels ? [{ labels, left: a, right: b }] : [];
    }),
  );
  if (pairs.length === 0 && left.length === 1 && right.length === 1)
    return [{ labels: {}, left: firstLeft, right: firstRight }];
  return pairs;
}

function meeting(a: Labels, b: Labels): Labels | undefined {
  const [ofA, ofB] = [Object.keys(a).length, Object.keys(b).length];
  if (ofA === 0) return b;
  if (ofB === 0 || labelKey(a) === labelKey(b)) return a;
  if (ofA === ofB) return undefined;
  if (containsLabels(a, b)) return a;
  return containsLabels(b, a) ? b : undefined;
}

function binary(operator: string, labels: Labels, left: Value, right: Value): Value {
  if (left.kind === "no data" || right.kind === "no data") return NO_DATA;
  if (left.kind === "series" || right.kind === "series")
    throw new Error("a series in a calculation: no rule here needs it, so nothing is known of it");
  const value =
    left.value === null || right.value === null ? null : operation(operator, left.value, right.value);
  return left.kind === "scalar" && right.kind === "scalar"
    ? { kind: "scalar", value }
    : { kind: "number", labels, value };
}

/** `||` and `&&` look at the left one alone where that decides, even beside what is not a number. */
function operation(operator: string, a: number, b: number): number {
  if (operator === "||" && a !== 0) return 1;
  if (operator === "&&" && a === 0) return 0;
  if (Number.isNaN(a) || Number.isNaN(b)) return NaN;
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a % b;
    case "**":
      return a ** b;
    case "==":
      return truth(a === b);
    case "!=":
      return truth(a !== b);
    case ">":
      return truth(a > b);
    case ">=":
      return truth(a >= b);
    case "<":
      return truth(a < b);
    case "<=":
      return truth(a <= b);
    case "||":
    case "&&":
      return truth(b !== 0);
    default:
      throw new Error(`expr: unknown operator ${operator}`);
  }
}
