import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../infra/settings/settings.schema";
import { roleBoundaryArn } from "../infra/shared/arn";

/**
 * From here on every role is bounded by what the account's own stack lets roles do at most, whoever declares it: without that nobody who deploys
 * may make one.
 */
export const boundRoles = (account: Pick<Settings["account"], "id">): void =>
  pulumi.runtime.registerStackTransformation(bounding(account));

export const bounding =
  ({ id }: Pick<Settings["account"], "id">): pulumi.ResourceTransformation =>
  ({ type, props, opts }) =>
    type === "aws:iam/role:Role"
      ? {
          props: {
            ...(props as Record<string, unknown>),
            permissionsBoundary: roleBoundaryArn({ partition: "aws", accountId: id }),
          },
          opts,
        }
      : undefined;
