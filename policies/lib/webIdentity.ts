/** Roles that a service account of a cluster takes on. */
import type { Statement } from "./iam";

export const tokenAudience = "sts.amazonaws.com";
export const assumeByWebIdentity = "sts:AssumeRoleWithWebIdentity";

/**
 * `system:serviceaccount:<namespace>:<name>`, where exactly that account of exactly one cluster is trusted, for tokens that were made for AWS;
 * otherwise nothing. A pattern would be more than one account, and a token without an audience may be of anybody's API.
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export function trustedServiceAccount(
  { allows, actions, principals, conditions }: Statement,
  account: string,
): { readonly namespace: string; readonly name: string } | undefined {
  const [, issuer] =
    new RegExp(`^Federated:arn:[\\w-]+:iam::${account}:oidc-provider/([A-Za-z0-9.-]+(?:/[\\w.-]+)*)$`).exec(
      principals[0] ?? "",
    ) ?? [];
  if (!allows || account === "" || issuer === undefined || principals.length !== 1) return undefined;
  if (actions.length !== 1 || actions[0] !== assumeByWebIdentity || conditions.size !== 2) return undefined;
  const key = `stringequals ${issuer.toLowerCase()}`;
  const [subjects = [], audiences = []] = [conditions.get(`${key}:sub`), conditions.get(`${key}:aud`)];
  if (audiences.length !== 1 || audiences[0] !== tokenAudience || subjects.length !== 1) return undefined;
  const [, namespace, name] =
    /^system:serviceaccount:([a-z0-9][a-z0-9-]*):([a-z0-9][a-z0-9.-]*)$/.exec(subjects[0] ?? "") ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
