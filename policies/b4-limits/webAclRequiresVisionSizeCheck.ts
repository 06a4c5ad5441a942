import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, number, object, objects, text } from "../lib/values";
import { answerOf, isProblem, matchedHeaders, rulesOf, takes } from "../lib/webAcl";

/** API Gateway takes no body above 10 MB, and none above 6 MB behind a function: a limit above says nothing. */
const refused = [6 * 1024 * 1024 + 1, 10 * 1024 * 1024, 99_999_999, 10_000_000_000].map(String);
/** An icon must pass, or the route would be closed. */
const passed = ["0", "1", "4096", "65536"];

/**
 * The vendor's rule by which no body is over 8 KB, which every image is.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
const [commonGroup, bodySize] = ["AWSManagedRulesCommonRuleSet", "SizeRestrictions_BODY"];

export const webAclRequiresVisionSizeCheck = resourcePolicy({
  name: "web-acl-requires-vision-size-check",
  severity: "high",
  clauses: ["B4.3"],
  summary: "A /vision request that declares too large a body is answered 413 before the body is read.",
  reads:
    "aws:wafv2/webAcl:WebAcl: rules (the one on the header Content-Length, its expression and its answer; the vendor's SizeRestrictions_BODY), customResponseBodies",
  remediation:
    "block /vision requests whose Content-Length is over the limit, by a regular expression, with a problem of its own as 413, and count the vendor's SizeRestrictions_BODY.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html",
  types: [types.webAcl],
  check(resource, report) {
    const checks = rulesOf(resource.props).filter(
      (rule) =>
        number(object(object(object(rule.action).block).customResponse).responseCode) === 413 &&
        matchedHeaders(rule).includes("content-length"),
    );
    for (const rule of rulesOf(resource.props)) {
      const group = object(object(rule.statement).managedRuleGroupStatement);
      const counted = objects(group.ruleActionOverrides).some(
        ({ name, actionToUse }) => name === bodySize && object(actionToUse).count !== undefined,
      );
      if (group.name !== commonGroup || counted || object(rule.overrideAction).count !== undefined) continue;
      report({
        resource,
        got: `${bodySize} of '${text(rule.name)}' refusing`,
        expected: "that it counts: by it no image passes",
      });
    }
    const [check] = checks;
    if (!check) {
      report({
        resource,
        got: "no rule that refuses /vision by its Content-Length with 413",
        expected: "one",
      });
      return;
    }
    if (!isProblem(answerOf(resource.props, check), 413)) {
      report({
        resource,
        got: `'${text(check.name)}' without an answer of its own`,
        expected: "a problem of this web ACL as JSON, with its type and the status 413",
      });
    }
    for (const listed of [false, true]) {
      const answer = (path: string, contentLength: string): boolean | undefined =>
        takes(resource.props, check, object(check.statement), { path, contentLength, listed });
      const lets = refused.filter((length) => answer("/vision", length) !== true);
      const stops = passed.filter((length) => answer("/vision", length) !== false);
      if (lets.length > 0) {
        report({
          resource,
          got: `'${text(check.name)}' lets ${join(lets)} bytes pass`,
          expected: "413 for them",
        });
      }
      if (refused.some((length) => answer("/chat", length) !== false)) {
        report({
          resource,
          got: `'${text(check.name)}' for other routes too`,
          expected: "/vision's limit for /vision alone",
        });
      }
      if (stops.length > 0) {
        report({
          resource,
          got: `'${text(check.name)}' refuses ${join(stops)} bytes`,
          expected: "that they pass",
        });
      }
    }
  },
});
