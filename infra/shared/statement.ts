/** One thing that a role may do. Everything in it is known at preview, so that a policy can judge it. */
export interface Statement {
  /** Letters and digits. */
  readonly sid: string;
  /** Whole names: the policy pack refuses wildcards. */
  readonly actions: readonly [string, ...string[]];
  /** ARNs. */
  readonly resources: readonly [string, ...string[]];
  /** By operator and key, e.g. `{ StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } }`. */
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * An IAM document that allows these, as JSON.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export const allowing = (statements: readonly Statement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ sid, actions, resources, conditions }) => ({
      Sid: sid,
      Effect: "Allow",
      Action: actions,
      Resource: resources,
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })),
  });
