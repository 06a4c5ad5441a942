/**
 * Interprets the part of CloudWatch Logs' filter patterns for JSON that is used here, and refuses every other.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
 */
import { jsonOf } from "../../../shared/json";

export interface FilterOptions {
  /** The documents do not say whether `!=` holds for a field that is not there: no pattern may depend on it. */
  readonly absentDiffers: boolean;
}

type Condition = (event: unknown, options: FilterOptions) => boolean;

export interface FilterPattern {
  readonly expressions: readonly string[];
  matches(line: string, options: FilterOptions): boolean;
}

const MAX_CHARACTERS = 1024;
const MAX_EXPRESSIONS = 2;
/** Letters, digits, some signs and operators; no groups. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html */
const EXPRESSION = /^[A-Za-z0-9:_#=@/;,\-^$?[\]{}|\\*+.]+$/;

const TOKEN = /\s*(\{|\}|\(|\)|&&|\|\||!=|=|"[^"]*"|%[^%]*%|\$(?:\.[A-Za-z]\w*|\[\d+\])+)/y;

/** @throws Error for a pattern that is not understood, or that the service would refuse */
export function readFilterPattern(pattern: string): FilterPattern {
  const fail = (why: string): never => {
    throw new Error(`filter pattern ${JSON.stringify(pattern)}: ${why}`);
  };
  if (pattern.length > MAX_CHARACTERS) fail(`${pattern.length} characters`);
  const tokens: string[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < pattern.trimEnd().length;) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(pattern)?.[1];
    if (token === undefined) return fail(`not understood from ${at}`);
    tokens.push(token);
  }
  const expressions: string[] = [];
  let at = 0;
  const next = (): string => tokens[at++] ?? fail("ends too soon");
  const expect = (token: string): void => {
    if (next() !== token) fail(`no ${token}`);
  };

  const readComparison = (): Condition => {
    if (tokens[at] === "(") {
      at += 1;
      const inner = readEither();
      expect(")");
      return inner;
    }
    const selector = next();
    if (!selector.startsWith("$")) fail(`${selector} is no field`);
    const operator = next();
    if (operator !== "=" && operator !== "!=") fail(`${operator} is no comparison`);
    const wanted = next();
    const agrees = wanted.startsWith("%") ? expression(wanted.slice(1, -1)) : textual(wanted.slice(1, -1));
    if (!/^["%]/.test(wanted)) fail(`${wanted} is no value`);
    return (event, { absentDiffers }) => {
      const value = select(event, selector);
      if (value === undefined) return operator === "!=" && absentDiffers;
      return (typeof value === "string" && agrees(value)) === (operator === "=");
    };
  };
  const expression = (source: string): ((text: string) => boolean) => {
    if (!EXPRESSION.test(source)) fail(`the expression ${source} has characters that are not taken`);
    if (expressions.push(source) > MAX_EXPRESSIONS) fail(`more than ${MAX_EXPRESSIONS} expressions`);
    const compiled = new RegExp(source);
    return (text) => compiled.test(text);
  };
  const textual = (wanted: string): ((text: string) => boolean) => {
    if (/.\*./.test(wanted)) fail("a * inside of a text");
    if (wanted === "*") return () => true;
    if (wanted.endsWith("*")) return (text) => text.startsWith(wanted.slice(0, -1));
    if (wanted.startsWith("*")) return (text) => text.endsWith(wanted.slice(1));
    return (text) => text === wanted;
  };
  const readAll = (): Condition => {
    const parts = [readComparison()];
    while (tokens[at] === "&&") {
      at += 1;
      parts.push(readComparison());
    }
    return (event, options) => parts.every((part) => part(event, options));
  };
  const readEither = (): Condition => {
    const parts = [readAll()];
    while (tokens[at] === "||") {
      at += 1;
      parts.push(readAll());
    }
    return (event, options) => parts.some((part) => part(event, options));
  };

  expect("{");
  const condition = readEither();
  expect("}");
  if (at !== tokens.length) fail("something after its end");
  return {
    expressions,
    matches: (line, options) => {
      // What is no JSON matches no pattern for JSON.
      const event = jsonOf(line);
      return typeof event === "object" && event !== null && condition(event, options);
    },
  };
}

export function select(event: unknown, selector: string): unknown {
  const steps = selector.match(/\.\w+|\[\d+\]/g) ?? [];
  return steps.reduce<unknown>((value, step) => {
    const key = step.replace(/[.[\]]/g, "");
    return typeof value === "object" && value !== null && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, unknown>>)[key]
      : undefined;
  }, event);
}
