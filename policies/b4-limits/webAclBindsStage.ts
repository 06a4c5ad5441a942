import { stackPolicy } from "../lib/policy";
import { names, pointingAt, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, list, object, peek, show, UNKNOWN } from "../lib/values";
import { flatten, rulesOf } from "../lib/webAcl";

export const webAclBindsStage = stackPolicy({
  name: "web-acl-binds-stage",
  severity: "critical",
  clauses: ["B4.3", "B4.4"],
  summary: "Every stage of a REST API stands behind a web ACL of this stack.",
  reads:
    "WebAclAssociation: resourceArn → Stage, webAclArn → WebAcl; WebAcl: scope, defaultAction, rules → IpSet",
  controls: ["FSBP APIGateway.4", "FSBP WAF.10", "CKV_AWS_175", "CKV2_AWS_29", "AwsSolutions-APIG3"],
  remediation:
    "associate the web ACL's arn with the stage's arn by one WebAclAssociation, both taken from the resources.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html#apigateway-4",
  check(stack, report) {
    const associations = stack.ofType(types.webAclAssociation);
    const stages = stack.ofType(types.stage);
    if (stages.length === 0) report({ got: "no stage of a REST API", expected: "one, behind a web ACL" });
    for (const stage of stages) {
      const found = pointingAt(stage, associations, "resourceArn").filter((association) =>
        source(association, "webAclArn", types.webAcl),
      );
      if (found.length !== 1) {
        report({
          resource: stage,
          got: `${found.length} web ACL associations (${join(names(found))})`,
          expected: "exactly one, with a web ACL of this stack",
        });
      }
    }
    for (const acl of stack.ofType(types.webAcl)) {
      if (acl.props.scope !== "REGIONAL") {
        report({
          resource: acl,
          got: `scope ${show(acl.props.scope)}`,
          expected: '"REGIONAL", as the stage is',
        });
      }
      if (list(acl.props.rules).length === 0 || !("allow" in object(acl.props.defaultAction))) {
        report({
          resource: acl,
          got: "no rules, or a default that is not allow",
          expected: "rules before an allow",
        });
      }
      const sets = stack.ofType(types.ipSet);
      const references = rulesOf(acl.props)
        .flatMap((rule) => flatten(object(rule.statement)))
        .filter((statement) => statement.ipSetReferenceStatement !== undefined)
        .map((statement) => peek(() => object(statement.ipSetReferenceStatement).arn));
      const foreign = references.filter((arn) =>
        arn === UNKNOWN
          ? sources(acl, "rules", types.ipSet).length === 0
          : arn === undefined || !sets.some((set) => peek(() => set.props.arn) === arn),
      );
      if (foreign.length > 0) {
        report({ resource: acl, got: `address set ${show(foreign[0])}`, expected: "sets of this stack" });
      }
      // Which set an unknown ARN is nobody can tell yet: each is taken for another one.
      const known = new Set(references.filter((arn) => arn !== UNKNOWN));
      const used = known.size + references.filter((arn) => arn === UNKNOWN).length;
      if (used < sets.length) {
        report({
          resource: acl,
          got: `${used} of ${sets.length} address sets in its rules`,
          expected: "all of them: an address in the others is neither blocked nor exempt",
        });
      }
      if (pointingAt(acl, associations, "webAclArn").length === 0) {
        report({ resource: acl, got: "no association", expected: "one with the stage" });
      }
    }
  },
});
