import * as pulumi from "@pulumi/pulumi";
import { boundaryArn } from "../infra/account/boundary";
import type { Settings } from "../infra/settings/settings.schema";

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
            permissionsBoundary: boundaryArn({ partition: "aws", accountId: id }),
          },
          opts,
        }
      : undefined;
