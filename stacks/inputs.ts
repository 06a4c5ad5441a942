import * as pulumi from "@pulumi/pulumi";

export type Inputs = Readonly<Record<string, unknown>>;

/**
 * Judges an input: at once where all of it is known, and else when it becomes known, since what waits for an input is not registered
 * before. What only the deployment tells is judged in the deployment.
 *
 * @returns the inputs, of which the judged one may have become an output
 */
export function judged(props: Inputs, key: string, judge: (value: unknown) => void): Inputs {
  const value = props[key];
  if (isKnown(value)) {
    judge(value);
    return props;
  }
  const later = pulumi.output(value as pulumi.Input<object>).apply((known) => {
    judge(known);
    return known;
  });
  return { ...props, [key]: later };
}

function isKnown(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isKnown);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isKnown);
}
