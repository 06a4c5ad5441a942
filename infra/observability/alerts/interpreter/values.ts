/*
 * What an expression of Grafana's hands to the next one.
 * https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/types.go
 */

export type Labels = Readonly<Record<string, string>>;

export interface Point {
  readonly ms: number;
  readonly value: number | null;
}

export type Value =
  | { readonly kind: "series"; readonly labels: Labels; readonly points: readonly Point[] }
  | { readonly kind: "number"; readonly labels: Labels; readonly value: number | null }
  | { readonly kind: "scalar"; readonly value: number | null }
  | { readonly kind: "no data" };

export type Values = readonly Value[];

export const NO_DATA: Value = { kind: "no data" };

/** The same pairs, in whatever order. */
export const labelKey = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));

export const containsLabels = (whole: Labels, part: Labels): boolean =>
  Object.entries(part).every(([key, value]) => whole[key] === value);
