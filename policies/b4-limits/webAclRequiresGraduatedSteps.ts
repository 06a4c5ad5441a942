import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { number, object, present, show, text, within, type Props } from "../lib/values";
import { isProblem, isRateRule, rateSteps, rulesOf, takes, type RateStep } from "../lib/webAcl";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const accountRequestsPerSecond = 10_000;

const ladders = [
  { vision: true, keyedBy: "client key", warns: true },
  { vision: true, keyedBy: "address", warns: false },
  { vision: false, keyedBy: "client key", warns: true },
  { vision: false, keyedBy: "address", warns: false },
] as const;

const hasRetryAfter = ({ headers }: RateStep): boolean =>
  [...headers].some(([name, value]) => /retry-after(-seconds)?$/.test(name) && /^\d+$/.test(value));

/** True when a rule before all steps refuses whoever stands in an address set, whatever is asked for, and nobody else. */
function blocksListed(props: Props, steps: readonly RateStep[]): boolean {
  const first = Math.min(...steps.map(({ priority }) => priority));
  return rulesOf(props).some(
    (rule) =>
      object(rule.action).block !== undefined &&
      !isRateRule(rule) &&
      number(rule.priority) < first &&
      ["/vision", "/chat"].every((path) =>
        [true, false].every(
          (listed) => takes(props, rule, object(rule.statement), { path, listed }) === listed,
        ),
      ),
  );
}

/** The one thing that a rule of ours, or a group of the vendor's, does with a request. */
const allowed = ["block", "count", "override none", "override count"];
const doneBy = ({ action, overrideAction }: Props): string =>
  [
    ...Object.keys(object(action)),
    ...Object.keys(object(overrideAction)).map((override) => `override ${override}`),
  ].join();

export const webAclRequiresGraduatedSteps = resourcePolicy({
  name: "web-acl-requires-graduated-steps",
  severity: "high",
  clauses: ["B4.3", "B4.4"],
  summary:
    "By client key the firewall warns, slows down and blocks, by address it slows down and blocks, for /vision and for the rest apart.",
  reads:
    "aws:wafv2/webAcl:WebAcl: rules (rate statements, their scope, limit, action, answer and priority, and the rules that label requests or block addresses), customResponseBodies",
  remediation:
    "for each ladder give the strictest step the first priority and the highest limit, refuse with 429, Retry-After and a problem of its own, count with an inserted header to warn, and block an address set before them all.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html",
  types: [types.webAcl],
  check(resource, report) {
    const steps = rateSteps(resource.props);
    for (const { vision, keyedBy, warns } of ladders) {
      const ladder = steps.filter((step) => step.vision === vision && step.keyedBy === keyedBy);
      const where = `${vision ? "/vision" : "the rest"} by ${keyedBy}`;
      const most =
        accountRequestsPerSecond * Math.max(0, ...ladder.map(({ windowSeconds }) => windowSeconds));
      for (const step of ladder.filter(({ limit }) => !within(limit, 10, most))) {
        report({
          resource,
          got: `'${step.rule}' with the limit ${show(step.limit)}`,
          expected: `10 to ${most}, what the account takes in its window: a higher one limits nobody`,
        });
      }
      const refusing = ladder.filter(({ action }) => action === "refuse");
      const warning = ladder.filter(({ action, headers }) => action === "count" && headers.size > 0);
      if (refusing.length < 2) {
        report({
          resource,
          got: `${refusing.length} refusing steps for ${where}`,
          expected: "two: one that slows down and one that blocks",
        });
      }
      if (warns && warning.length === 0) {
        report({
          resource,
          got: `no warning step for ${where}`,
          expected: "a counting step that inserts a header",
        });
      }
      if (ladder[0]?.sparesListed) {
        report({
          resource,
          got: `'${ladder[0].rule}' without the callers of an address set`,
          expected: "a blocking step for everybody",
        });
      }
      for (const step of refusing.filter(({ status }) => status !== 429)) {
        report({ resource, got: `'${step.rule}' answers ${show(step.status)}`, expected: "429" });
      }
      for (const step of refusing.filter(({ answer, status }) => !isProblem(answer, status))) {
        report({
          resource,
          got: `'${step.rule}' answers ${show(step.answer)}`,
          expected: `a problem of this web ACL as JSON, with its type and the status ${show(step.status)}`,
        });
      }
      for (const step of [...refusing, ...warning].filter((candidate) => !hasRetryAfter(candidate))) {
        report({
          resource,
          got: `'${step.rule}' without Retry-After`,
          expected: "Retry-After in whole seconds",
        });
      }
      // A terminating rule hides the request from those after it, so a milder step in front would starve a stricter.
      const ordered = ladder.filter((step) => refusing.includes(step) || warning.includes(step));
      ordered.slice(1).forEach((step, at) => {
        const before = ordered[at];
        if (before && !(before.limit > step.limit && before.windowSeconds >= step.windowSeconds)) {
          report({
            resource,
            got: `'${before.rule}' (${before.limit} in ${before.windowSeconds} s) before '${step.rule}' (${step.limit} in ${step.windowSeconds} s)`,
            expected: "the step with the higher limit first",
          });
        }
      });
      const lastRefusal = ordered.findLastIndex((step) => refusing.includes(step));
      const firstWarning = ordered.findIndex((step) => warning.includes(step));
      if (firstWarning >= 0 && firstWarning < lastRefusal) {
        report({ resource, got: `${where} warned before it is refused`, expected: "the warning step last" });
      }
    }
    if (present(resource.props, "ruleJson")) {
      report({ resource, got: "ruleJson", expected: "rules, which are judged" });
    }
    for (const rule of rulesOf(resource.props)) {
      if (allowed.includes(doneBy(rule))) continue;
      report({
        resource,
        got: `rule '${text(rule.name)}' with the action ${doneBy(rule) || "nothing"}`,
        expected: "block or count: an allow ends the judgement before the steps",
      });
    }
    if (!blocksListed(resource.props, steps)) {
      report({
        resource,
        got: "nobody blocked by address before the steps",
        expected: "a rule that blocks an address set: who never stops is to be kept out for good",
      });
    }
    for (const step of steps.filter(
      (candidate) => candidate.keyedBy === "something else" || candidate.vision === undefined,
    )) {
      report({
        resource,
        got: `rate rule '${step.rule}' outside the ladders`,
        expected: `rules keyed by the header x-api-key alone or by address, scoped by path, or by labels put on before, to exactly /vision or exactly the rest`,
      });
    }
  },
});
