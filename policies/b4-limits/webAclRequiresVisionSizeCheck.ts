import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, number, object, text } from "../lib/values";
import { matchedHeaders, rulesOf, takes } from "../lib/webAcl";

/** API Gateway takes no body above 10 MB, and none above 6 MB behind a function: a limit above says nothing. */
const refused = [6 * 1024 * 1024 + 1, 10 * 1024 * 1024, 99_999_999, 10_000_000_000].map(String);
/** An icon must pass, or the route would be closed. */
const passed = ["0", "1", "4096", "65536"];

export const webAclRequiresVisionSizeCheck = resourcePolicy({
  name: "web-acl-requires-vision-size-check",
  severity: "high",
  clauses: ["B4.3"],
  summary: "A /vision request that declares too large a body is answered 413 before the body is read.",
  reads:
    "aws:wafv2/webAcl:WebAcl.rules: the rule on the header Content-Length, its expression and its answer",
  remediation:
    "block /vision requests whose Content-Length is over the limit, by a regular expression, with a custom 413.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-oversize-request-components.html",
  types: [types.webAcl],
  check(resource, report) {
    const checks = rulesOf(resource.props).filter(
      (rule) =>
        number(object(object(object(rule.action).block).customResponse).responseCode) === 413 &&
        matchedHeaders(rule).includes("content-length"),
    );
    const [check] = checks;
    if (!check) {
      report({
        resource,
        got: "no rule that refuses /vision by its Content-Length with 413",
        expected: "one",
      });
      return;
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
