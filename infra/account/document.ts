/** One statement of an IAM document; whole names, no stars in actions. */
export interface DocumentStatement {
  readonly sid: string;
  /** @default Allow */
  readonly effect?: "Allow" | "Deny";
  readonly principal?: Readonly<Record<string, string>>;
  readonly actions: readonly string[];
  /** None in a document that says who may take a role. */
  readonly resources?: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/**
 * An IAM document, as JSON; everything in it is known at preview.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export const allowedBy = (statements: readonly DocumentStatement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ sid, effect = "Allow", principal, actions, resources, conditions }) => ({
      Sid: sid,
      Effect: effect,
      ...(principal === undefined ? {} : { Principal: principal }),
      Action: actions,
      ...(resources === undefined ? {} : { Resource: resources }),
      ...(conditions === undefined ? {} : { Condition: conditions }),
    })),
  });
