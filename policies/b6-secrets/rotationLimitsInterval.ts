import { resourcePolicy } from "../lib/policy";
import { intervalOf } from "../lib/schedules";
import { types } from "../lib/types";
import { object, present, show, text } from "../lib/values";

/** The work order: keys rotate in 90 days or less. */
const mostHours = 90 * 24;
/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html */
const leastHours = 4;

const inDays = (hours: number): string => `${Math.round((hours / 24) * 10) / 10} days`;

export const rotationLimitsInterval = resourcePolicy({
  name: "rotation-limits-interval",
  severity: "high",
  clauses: ["B6.1"],
  summary:
    "From one rotation to the next it is never more than 90 days, window included, whatever months and weekdays make of the schedule.",
  reads:
    "aws:secretsmanager/secretRotation:SecretRotation.rotationRules: scheduleExpression, duration, automaticallyAfterDays",
  controls: ["FSBP SecretsManager.4", "CKV_AWS_304"],
  remediation:
    'write scheduleExpression as rate(<n> days) or as cron(0 <hours> …), and duration as "<n>h"; months have different lengths and the window counts.',
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html#secretsmanager-4",
  types: [types.secretRotation],
  check(resource, report) {
    const rules = object(resource.props.rotationRules);
    const { scheduleExpression, duration } = rules;
    if (present(rules, "automaticallyAfterDays") && rules.automaticallyAfterDays !== 0) {
      report({
        resource,
        got: `automaticallyAfterDays ${show(rules.automaticallyAfterDays)}`,
        expected: "one schedule, by scheduleExpression",
      });
    }
    const interval = intervalOf(text(scheduleExpression));
    if (!interval || interval.shortest < leastHours) {
      report({
        resource,
        got: `schedule ${show(scheduleExpression)}`,
        expected: `rate(…) or cron(…) as Secrets Manager takes it, ${leastHours} hours apart at least`,
      });
      return;
    }
    const windowHours = Number(/^([1-9]\d?)h$/.exec(text(duration))?.[1] ?? Number.NaN);
    // A window ends before the next one opens, and with its day.
    const most = Math.min(interval.shortest, 24 - interval.lastHour);
    if (!(windowHours <= most)) {
      report({ resource, got: `a window of ${show(duration)}`, expected: `"1h" to "${most}h"` });
      return;
    }
    const longest = interval.longest + windowHours;
    if (longest > mostHours) {
      report({
        resource,
        got: `${show(scheduleExpression)} in a window of ${windowHours} h, up to ${inDays(longest)} from one rotation to the next`,
        expected: `at most ${inDays(mostHours)}`,
      });
    }
  },
});
