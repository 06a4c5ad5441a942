import { namespaceOf, objectName, specOf } from "../lib/cluster";
import { stackPolicy } from "../lib/policy";
import { isUnpinned, orderedScans, scanJobs } from "../lib/scans";
import { longestHoursOfCronJob } from "../lib/schedules";
import { podOf } from "../lib/pods";
import { types } from "../lib/types";
import { number, object, show, text, within } from "../lib/values";

/** A day's scan is what the evidence of a day needs. */
const longestHours = 24;
const [leastSeconds, mostSeconds] = [300, 3 * 3_600];

export const scansRequireSchedule = stackPolicy({
  name: "scans-require-schedule",
  severity: "high",
  clauses: ["B2.1", "B2.2", "B8.5"],
  summary:
    "ZAP's baseline and authenticated scans and the fuzzer run every day, one at a time, for a limited time, once each, and their runs are kept to be looked at.",
  reads:
    "CronJob: metadata.name, spec.schedule, timeZone, suspend, concurrencyPolicy, startingDeadlineSeconds, history limits, jobTemplate.spec: activeDeadlineSeconds, backoffLimit, restartPolicy; ResourceQuota.spec.hard of its namespace; Scanning.unpinned",
  remediation:
    "declare zap-baseline, zap-authenticated and fuzz as CronJobs that are due once a day at least, forbid two of one, bound their time, allow one pod at a time by a quota, and keep 1 to 10 runs.",
  url: "https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/",
  check(stack, report) {
    const jobs = scanJobs(stack);
    for (const scan of Object.keys(orderedScans)) {
      const found = jobs.filter((job) => objectName(job) === scan);
      if (found.length === 1 || (found.length === 0 && isUnpinned(stack, scan))) continue;
      report({ got: `${found.length} CronJobs ${scan}`, expected: "one" });
    }
    const quotas = stack.ofType(types.resourceQuota);
    for (const job of jobs) {
      const spec = specOf(job);
      const run = object(object(spec.jobTemplate).spec);
      const hours = longestHoursOfCronJob(text(spec.schedule));
      if (hours === undefined || hours > longestHours) {
        report({
          resource: job,
          got: `schedule ${show(spec.schedule)}, ${hours === undefined ? "which is none" : `at times ${hours} hours apart`}`,
          expected: `at most ${longestHours} hours from one run to the next`,
        });
      }
      const expected: readonly (readonly [string, unknown, boolean, string])[] = [
        ["timeZone", spec.timeZone, spec.timeZone === "Etc/UTC", '"Etc/UTC"'],
        ["suspend", spec.suspend, (spec.suspend ?? false) === false, "false"],
        [
          "concurrencyPolicy",
          spec.concurrencyPolicy,
          spec.concurrencyPolicy === "Forbid",
          '"Forbid": two of one would ask twice what they may',
        ],
        [
          "startingDeadlineSeconds",
          spec.startingDeadlineSeconds,
          within(spec.startingDeadlineSeconds, 60, 43_200),
          "60 to 43200: a run that was missed is made up for on the same day, or never",
        ],
        ...["successfulJobsHistoryLimit", "failedJobsHistoryLimit"].map(
          (name) => [name, spec[name], within(spec[name], 1, 10), "1 to 10"] as const,
        ),
        [
          "activeDeadlineSeconds",
          run.activeDeadlineSeconds,
          within(run.activeDeadlineSeconds, leastSeconds, mostSeconds),
          `${leastSeconds} to ${mostSeconds}`,
        ],
        [
          "backoffLimit",
          run.backoffLimit,
          number(run.backoffLimit) === 0,
          "0: a second try would say passed of what failed once",
        ],
        ["restartPolicy", podOf(job).restartPolicy, podOf(job).restartPolicy === "Never", '"Never"'],
      ];
      for (const [name, value, holds, what] of expected) {
        if (!holds) report({ resource: job, got: `${name} ${show(value)}`, expected: what });
      }
      const pods = quotas
        .filter((quota) => namespaceOf(quota) === namespaceOf(job))
        .map((quota) => text(object(specOf(quota).hard).pods));
      if (!pods.includes("1")) {
        report({
          resource: job,
          got: `a namespace with a quota of pods of ${show(pods)}`,
          expected: '"1": scans that run at once would ask together more than they may',
        });
      }
    }
  },
});
