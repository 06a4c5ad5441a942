import type { Problem } from "../shared/problem";

/**
 * By these AWS' SDKs and the provider ask another host than AWS' own. Which account is deployed to is what STS answers: a host that says
 * `allowedAccountIds` back would let everything through.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 * https://github.com/hashicorp/terraform-provider-aws/issues/23052 (`TF_AWS_STS_ENDPOINT`, and `AWS_STS_ENDPOINT` before it)
 */
const ENDPOINT = /^(AWS_ENDPOINT_URL(_.*)?|(TF_)?AWS_[A-Z0-9]+_ENDPOINT)$/;

/** What an environment says of it; its value may hold a password and is not shown. */
export const divertedEndpoints = (environment: NodeJS.ProcessEnv): readonly Problem[] =>
  Object.keys(environment)
    .filter((name) => ENDPOINT.test(name) && environment[name] !== "")
    .sort()
    .map((name) => ({
      path: name,
      got: "another endpoint than AWS' own",
      allowed: "none, since whoever answers there says which account it is",
      fix: `unset ${name}`,
    }));
