import { allowedBy } from "./document";
import type { AccountSettings } from "./account.schema";

/** https://docs.github.com/en/actions/reference/security/oidc */
export const ISSUER = "token.actions.githubusercontent.com";
export const AUDIENCE = "sts.amazonaws.com";

/** The host's places that a job is let into before it gets credentials; who is let in stands in docs/pull-request.md. */
export type Place = "staging-preview" | "staging-drift" | "staging" | "production";

/**
 * Who may take a role: a job in exactly this place of exactly this repository, whatever else it says of itself. Without `sub` every
 * repository of the host could.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 * @param from the branch that the job must run on; a pull request's job runs on none that could be named
 */
export const trustOf = (
  providerArn: string,
  { subject, id }: AccountSettings["repository"],
  place: Place,
  from?: string,
): string =>
  allowedBy([
    {
      sid: "JobsInThisPlace",
      principal: { Federated: providerArn },
      actions: ["sts:AssumeRoleWithWebIdentity"],
      conditions: {
        StringEquals: {
          [`${ISSUER}:aud`]: AUDIENCE,
          [`${ISSUER}:sub`]: `${subject}:environment:${place}`,
          [`${ISSUER}:repository_id`]: id,
          ...(from === undefined ? {} : { [`${ISSUER}:ref`]: `refs/heads/${from}` }),
        },
      },
    },
  ]);
