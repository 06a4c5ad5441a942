import { ORDERED_P95_MS } from "../../infra/edge/edge.schema";
import { ORDERED } from "../../infra/observability/observability.schema";
import type { Unit } from "./believed";

/** A number that the work order says; outside of this file nobody can make one. */
class OrderedNumber {
  readonly #ordered = true;
  constructor(
    readonly value: number,
    readonly unit: Unit = "",
  ) {}
  /** By which an object of the same shape is told from one. */
  static has(value: unknown): value is OrderedNumber {
    return typeof value === "object" && value !== null && #ordered in value;
  }
}
export type Ordered = OrderedNumber;

export const isOrdered = (value: unknown): value is Ordered => OrderedNumber.has(value);

/** The work order's own figures, by clause. */
export const ordered = {
  /** B8.1: "(before: 800)" and "≤ 700 ms". */
  p95Before: new OrderedNumber(800, "ms"),
  p95Most: new OrderedNumber(ORDERED_P95_MS, "ms"),
  /** B8.2: "(before: 1 %)" and "< 0.7 %". */
  errorsBefore: new OrderedNumber(1, "%"),
  errorsBelow: new OrderedNumber(ORDERED.objectives.errorPercent, "%"),
  /** B8.4: 13 of the 18 agents lacked a certificate, 5 their configuration. */
  certificatesMissing: new OrderedNumber(13),
  configurationsMissing: new OrderedNumber(5),
  agents: new OrderedNumber(18),
} as const;
