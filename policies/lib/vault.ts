/** Secrets of Secrets Manager: their names, policies, versions, and who rotates them. */
import { statementsOf, type Statement } from "./iam";
import type { Report, ResourceView, Stack, StackResource } from "./policy";
import { accountOf, groupBy, ownArnResource, source } from "./relations";
import { types } from "./types";
import { text } from "./values";

/** The rights of the four steps of a rotation. */
export const rotatingActions = [
  "secretsmanager:describesecret",
  "secretsmanager:getsecretvalue",
  "secretsmanager:putsecretvalue",
  "secretsmanager:updatesecretversionstage",
] as const;

export const readingAction = "secretsmanager:getsecretvalue";

/**
 * The name in a secret's ARN as a role's rights name it: the service adds a dash and six characters of its own. Question
 * marks stand for exactly these; an asterisk there would take in secrets whose names begin alike. One whole
 * step in the middle of a path may be an asterisk: it then means every secret of the stack that is called so.
 */
export const secretNameOf = (resource: ResourceView, arn: string): string =>
  arn.includes(":secretsmanager:")
    ? (/^secret:([^*?]+(?:\/\*\/[^*?]+)?)-\?{6}$/.exec(ownArnResource(resource, arn))?.[1] ?? "")
    : "";

/** What a role's rights say of secrets: small-letter actions, and the secrets of this stack by their names. */
export interface SecretRight {
  readonly rights: StackResource;
  readonly actions: readonly string[];
  /** `undefined` for what is no secret of this stack. */
  readonly secrets: readonly (StackResource | undefined)[];
  readonly statement: Statement;
}

export function secretRightsOf(stack: Stack, report: Report): readonly SecretRight[] {
  const byName = new Map(stack.ofType(types.secret).map((secret) => [text(secret.props.name), secret]));
  return stack.ofType(types.rolePolicy).flatMap((rights) =>
    statementsOf(rights, "policy", report).flatMap((statement): SecretRight[] => {
      const actions = statement.actions
        .map((action) => action.toLowerCase())
        .filter((action) => action.startsWith("secretsmanager:"));
      if (!statement.allows || actions.length === 0) return [];
      const secrets = statement.resources.flatMap((arn): readonly (StackResource | undefined)[] => {
        const [before = "", after] = secretNameOf(rights, arn).split("*");
        if (after === undefined) return [byName.get(before)];
        const meant = [...byName].filter(([name]) => name.startsWith(before) && name.endsWith(after));
        return meant.length === 0 ? [undefined] : meant.map(([, secret]) => secret);
      });
      return [{ rights, actions, secrets, statement }];
    }),
  );
}

/** Whom a statement of a secret's policy leaves in: ARNs of anybody. */
export const leftIn = (statement: Statement): readonly string[] =>
  statement.conditions.get("arnnotequals aws:principalarn") ?? [];

/** The name of a role of this account by its ARN; empty for everybody else. */
export const roleNameOf = (resource: ResourceView, arn: string): string =>
  new RegExp(`^arn:[\\w-]+:iam::${accountOf(resource)}:role/([\\w+=,.@/-]+)$`).exec(arn)?.[1] ?? "";

/** The alias that an ARN of a function names, when it is one of this stack. */
export const aliasOf = (stack: Stack, resource: ResourceView, arn: string): StackResource | undefined => {
  const named = /:lambda:/.test(arn) ? ownArnResource(resource, arn) : "";
  return stack
    .ofType(types.functionAlias)
    .find(({ props }) => `function:${text(props.functionName)}:${text(props.name)}` === named);
};

/** Rotations by the secret that they are about. */
export const rotationsBySecret = (stack: Stack): ReadonlyMap<StackResource, readonly StackResource[]> =>
  groupBy(stack.ofType(types.secretRotation), (rotation) => source(rotation, "secretId", types.secret));
