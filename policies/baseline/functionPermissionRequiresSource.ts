import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { present, show, text } from "../lib/values";

export const functionPermissionRequiresSource = resourcePolicy({
  name: "function-permission-requires-source",
  severity: "high",
  clauses: ["B5.3"],
  summary: "A function's alias is invoked by one API of this account, and by nobody else.",
  reads:
    "aws:lambda/permission:Permission: principal, sourceAccount, qualifier, functionUrlAuthType, and whether sourceArn is set",
  controls: ["FSBP Lambda.1", "CKV_AWS_301", "CKV_AWS_364"],
  remediation:
    "set principal to the service, sourceArn to the API's execution ARN, sourceAccount to the account and qualifier to the alias.",
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
    if (!/^\d{12}$/.test(text(sourceAccount)) || !present(resource.props, "sourceArn")) {
      report({
        resource,
        got: `sourceAccount ${show(sourceAccount)}, sourceArn ${present(resource.props, "sourceArn") ? "set" : "not set"}`,
        expected: "both: names of APIs can be taken again, in another account",
      });
    }
    if (text(qualifier) === "" || qualifier === "$LATEST") {
      report({ resource, got: `qualifier ${show(qualifier)}`, expected: "the alias that callers invoke" });
    }
    if (functionUrlAuthType !== undefined) {
      report({ resource, got: "a function URL", expected: "none: it is a way around the gateway" });
    }
  },
});
