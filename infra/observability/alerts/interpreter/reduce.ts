import type { Point, Value, Values } from "./values";

/** As the model of a `reduce` expression has it. */
export interface ReduceModel {
  readonly reducer: string;
  readonly settings?: { readonly mode?: string; readonly replaceWithValue?: number };
}

/**
 * Each series becomes a number. In the mode `dropNN` what is no number is left out before, and null after; in `replaceNN` it is the
 * value that is given, both times; without a mode one null makes NaN of a sum.
 * https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/reduce.go
 * https://github.com/grafana/grafana/blob/main/pkg/expr/commands.go (`ReduceCommand.Execute`)
 */
export const reduce = (values: Values, model: ReduceModel): Values =>
  values.flatMap((value): Value[] => {
    switch (value.kind) {
      case "no data":
        return [value];
      case "number": {
        const { mode, replaceWithValue = 0 } = model.settings ?? {};
        if (mode === undefined || isNumber(value.value)) return [value];
        return mode === "dropNN" ? [] : [{ ...value, value: replaceWithValue }];
      }
      case "series":
        return [{ kind: "number", labels: value.labels, value: reduced(value.points, model) }];
      case "scalar":
        throw new Error("can only reduce type series, got type scalar");
    }
  });

function reduced(points: readonly Point[], { reducer, settings }: ReduceModel): number | null {
  const { mode, replaceWithValue = 0 } = settings ?? {};
  const all = points.map(({ value }) => value);
  if (mode === undefined) return reducerOf(reducer)(all);
  if (mode === "dropNN") {
    const result = reducerOf(reducer)(all.filter(isNumber));
    return result !== null && Number.isNaN(result) ? null : result;
  }
  if (mode !== "replaceNN")
    throw new Error(`reducer mode '${mode}' is not supported. Supported only: [dropNN,replaceNN]`);
  const result = reducerOf(reducer)(all.map((value) => (isNumber(value) ? value : replaceWithValue)));
  return result !== null && Number.isNaN(result) ? replaceWithValue : result;
}

const isNumber = (value: number | null): value is number => value !== null && Number.isFinite(value);

type Reducer = (values: readonly (number | null)[]) => number | null;

const sum = (values: readonly (number | null)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? NaN), 0);

/** Nothing, or a null in it, is not a number. */
const extreme =
  (of: (...values: number[]) => number): Reducer =>
  (values) =>
    values.length === 0 || values.includes(null) ? NaN : of(...values.map((value) => value ?? NaN));

function reducerOf(name: string): Reducer {
  switch (name) {
    case "sum":
      return sum;
    case "mean":
      return (values) => sum(values) / values.length;
    case "min":
      return extreme(Math.min);
    case "max":
      return extreme(Math.max);
    case "count":
      return ({ length }) => length;
    case "last":
      return (values) => (values.length === 0 ? NaN : (values.at(-1) ?? null));
    default:
      // Grafana refuses it as well: the rule is in error.
      throw new Error(
        `reduction: got ${name}; allowed: sum, mean, min, max, count, last; fix: take one of these`,
      );
  }
}
