/**
 * Whether the provider was told to ask another host than AWS: which account that is, STS says, and a false one says what is wanted.
 *
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html;
 * https://github.com/hashicorp/terraform-provider-aws/issues/23052
 */
const everyService = "AWS_ENDPOINT_URL";
const oneService = /^(?:TF_)?AWS_[A-Z0-9]+_ENDPOINT$/;

/** @returns the name of one such variable, the first in their order */
export function divertedBy(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const names = Object.entries(environment).flatMap(([name, value]) => (value ? [name] : []));
  return names
    .filter((name) => name === everyService || name.startsWith(`${everyService}_`) || oneService.test(name))
    .sort()[0];
}
