import { resourcePolicy } from "../lib/policy";
import { accountOf, ownArnResource } from "../lib/relations";
import { types } from "../lib/types";
import { peek, present, show, text, UNKNOWN } from "../lib/values";

/** True when an asterisk stands only behind a whole name: a log group's streams, an API's stages and routes. */
const isWhole = (arn: string, name: string): boolean =>
  arn.includes(":execute-api:")
    ? /^[a-z0-9]+\//.test(name)
    : /^(?:log-group:[^*?:]+:\*|[\w-][^*?]*)$/.test(name);

export const functionPermissionRequiresSource = resourcePolicy({
  name: "function-permission-requires-source",
  severity: "high",
  clauses: ["B5.3"],
  summary: "A function's alias is invoked by one source of this account, a service's, and by nobody else.",
  reads:
    "aws:lambda/permission:Permission: principal, sourceAccount, qualifier, functionUrlAuthType, and sourceArn where it is known",
  controls: ["FSBP Lambda.1", "CKV_AWS_301", "CKV_AWS_364"],
  remediation:
    "set principal to the service, sourceArn to the API's execution ARN and qualifier to the alias.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-1",
  types: [types.functionPermission],
  check(resource, report) {
    const { principal, sourceAccount, qualifier, functionUrlAuthType, action } = resource.props;
    if (!/^[a-z0-9-]+\.amazonaws\.com$/.test(text(principal))) {
      report({ resource, got: `principal ${show(principal)}`, expected: "one AWS service" });
    }
    if (action !== "lambda:InvokeFunction") {
      report({ resource, got: `action ${show(action)}`, expected: '"lambda:InvokeFunction"' });
    }
    if (!present(resource.props, "sourceArn")) {
      report({ resource, got: "sourceArn not set", expected: "the ARN of one source in this account" });
    }
    // The ARN holds the account. Not every service says its account beside it, so it need not be set.
    if (sourceAccount !== undefined && sourceAccount !== accountOf(resource)) {
      report({ resource, got: `sourceAccount ${show(sourceAccount)}`, expected: "this account, or none" });
    }
    const arn = peek(() => text(resource.props.sourceArn));
    // Taken from a resource it is unknown yet; written down it must say which one of this account.
    if (arn !== UNKNOWN && arn !== "" && !isWhole(arn, ownArnResource(resource, arn))) {
      report({ resource, got: `sourceArn ${show(arn)}`, expected: "the ARN of one source in this account" });
    }
    if (text(qualifier) === "" || qualifier === "$LATEST") {
      report({ resource, got: `qualifier ${show(qualifier)}`, expected: "the alias that callers invoke" });
    }
    if (functionUrlAuthType !== undefined) {
      report({ resource, got: "a function URL", expected: "none: it is a way around the gateway" });
    }
  },
});
