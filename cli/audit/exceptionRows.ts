import { defectOf, type ControlException, type PolicyException } from "../../policies/lib/exceptions";
import type { AuditedResource, ExceptionRow } from "./model";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What is left open on purpose in a stack, and until when; the next to end first. */
export function exceptionRowsOf(
  { policies, controls }: { policies: readonly PolicyException[]; controls: readonly ControlException[] },
  stack: string,
  resources: readonly AuditedResource[],
  at: Date,
): readonly ExceptionRow[] {
  const dated = (
    one: PolicyException | ControlException,
    rest: Pick<ExceptionRow, "lifts" | "of" | "resource" | "resources">,
  ): ExceptionRow => {
    const defect = defectOf(one, at);
    return {
      id: one.id,
      ...rest,
      reason: one.reason,
      recorded: one.recorded,
      expires: one.expires,
      // The last day counts whole.
      daysLeft: Math.max(
        0,
        Math.ceil((Date.parse(`${one.expires}T00:00:00Z`) + DAY_MS - at.getTime()) / DAY_MS),
      ),
      state: defect === undefined ? "in-force" : "void",
      ...(defect === undefined ? {} : { defect }),
    };
  };
  return [
    ...policies
      .filter((one) => one.stack === stack)
      .map((one) =>
        dated(one, {
          lifts: [one.policy],
          of: "policy",
          resource: one.resource,
          resources: resources.filter(({ type, name }) => `${type}::${name}` === one.resource).length,
        }),
      ),
    ...controls.map((one) =>
      dated(one, {
        lifts: one.controls,
        of: "controls",
        resource: one.resourceType,
        resources: resources.filter(({ type }) => type === one.resourceType).length,
      }),
    ),
  ].sort((a, b) => byText(a.expires, b.expires) || byText(a.id, b.id));
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
