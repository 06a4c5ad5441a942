import { connectionsOf, manageConnections } from "../lib/connections";
import { statementsOf, type Statement } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf, arnResource } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

/**
 * Actions that take no resource; who may do those of Grafana is judged by readers-bind-metrics.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 */
const withoutResource = [
  "xray:PutTraceSegments",
  "xray:PutTelemetryRecords",
  "cloudwatch:GetMetricData",
  "cloudwatch:ListMetrics",
];

/** Services whose ARNs begin with the resource's own name; elsewhere its kind stands first, as in `table/name`. */
const withoutKind = ["execute-api", "s3"];

/** Services whose ARNs name no account; the gateway's are paths, which gateway-rights-bind-rotations judges. */
const withoutAccount = ["s3", "apigateway"];

/**
 * True for uses of a key that is named by its alias, since its id is made up by AWS; `rights-bind-data` asks whose it is.
 * https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
 */
const namesKeyByAlias = ({ actions, conditions }: Statement): boolean =>
  actions.every((action) => action.toLowerCase().startsWith("kms:")) &&
  conditions.has("foranyvalue:stringequals kms:resourcealiases");

/** True for the right to answer on connections of a stage by its name; `connection-rights-bind-stages` asks whose it is. */
const namesConnections = ({ actions }: Statement, arn: string, account: string): boolean =>
  actions.every((action) => action.toLowerCase() === manageConnections) &&
  connectionsOf(arn) !== undefined &&
  arn.split(":")[4] === account;

/** True for an ARN of this account that says which resource: no wildcard before its name, nor in place of it. */
function namesResource(arn: string, account: string, anyName = false): boolean {
  const [, , service = "", , owner] = arn.split(":");
  const name = withoutKind.includes(service) ? arnResource(arn) : arnResource(arn).replace(/^[\w-]+[/:]/, "");
  return (
    /^arn:[\w-]+:[\w-]+:[\w-]*:\d*:/.test(arn) &&
    (owner === account || (owner === "" && withoutAccount.includes(service))) &&
    (anyName || /^[^*?]/.test(name))
  );
}

export const rolePolicyForbidsWildcards = resourcePolicy({
  name: "role-policy-forbids-wildcards",
  severity: "high",
  clauses: ["B5.3"],
  summary: "A role's rights name their actions and their resources.",
  reads: "aws:iam/rolePolicy:RolePolicy.policy",
  controls: [
    "FSBP IAM.1",
    "FSBP IAM.21",
    "CKV_AWS_62",
    "CKV_AWS_63",
    "CKV_AWS_286",
    "CKV_AWS_287",
    "CKV_AWS_288",
    "CKV_AWS_289",
    "CKV_AWS_290",
    "CKV_AWS_355",
    "CKV2_AWS_40",
    "AwsSolutions-IAM5",
  ],
  remediation:
    "name each action and each resource's ARN; a new action without a resource goes to the list in this policy.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-21",
  types: [types.rolePolicy],
  check(resource, report) {
    for (const statement of statementsOf(resource, "policy", report)) {
      const { allows, actions, resources, definition } = statement;
      if (!allows) continue;
      const wild = actions.filter((action) => /[*?]/.test(action));
      if (wild.length > 0 || actions.length === 0) {
        report({ resource, got: `actions ${join(actions)}`, expected: "named actions, none with * or ?" });
      }
      if (definition.NotAction !== undefined || definition.NotResource !== undefined) {
        report({ resource, got: "NotAction or NotResource", expected: "what is allowed, not what is left" });
      }
      const everywhere =
        resources.length === 0 ||
        resources.some(
          (arn) =>
            !namesResource(arn, accountOf(resource), namesKeyByAlias(statement)) &&
            !namesConnections(statement, arn, accountOf(resource)),
        );
      const needless = actions.filter((action) => !withoutResource.includes(action));
      if (everywhere && needless.length > 0) {
        report({
          resource,
          got: `${join(needless)} on ${join(resources)}`,
          expected: "the ARNs of named resources",
        });
      }
    }
  },
});
