/** Scans: when they are due, where they may go, as whom they run. */
import { mutant, nearMiss, type Mutant, type NearMiss } from "../mutant";

const POD = "spec.jobTemplate.spec.template.spec";

export const mutants: readonly Mutant[] = [
  mutant(
    "scans-require-schedule",
    "weaker threshold",
    "a scan rests at the weekend",
    "CronJob::scanning-cron-job-fuzz",
    { set: "spec.schedule", to: "17 5 * * 1-5" },
  ),
  mutant("scans-require-schedule", "missing resource", "nobody fuzzes", "CronJob::scanning-cron-job-fuzz", {
    remove: true,
  }),
  mutant("scans-require-schedule", "wrong value", "a scan is suspended", "CronJob::scanning-cron-job-fuzz", {
    set: "spec.suspend",
    to: true,
  }),
  mutant(
    "scans-require-schedule",
    "off by one",
    "two scans may run at once",
    "ResourceQuota::scanning-resource-quota-one-at-a-time",
    { set: "spec.hard.pods", to: "2" },
  ),
  mutant(
    "scans-limit-egress",
    "too much",
    "scans reach the whole network",
    "NetworkPolicy::scanning-network-policy-staging",
    { set: "spec.egress.1.to.0.ipBlock.cidr", to: "0.0.0.0/0" },
    { also: ["namespaces-bind-network-policies"] },
  ),
  mutant(
    "scans-limit-egress",
    "off by one",
    "scans reach a network of 15 bits",
    "NetworkPolicy::scanning-network-policy-staging",
    { set: "spec.egress.1.to.0.ipBlock.cidr", to: "198.50.0.0/15" },
  ),
  mutant(
    "scans-limit-egress",
    "off by one",
    "scans reach another port",
    "NetworkPolicy::scanning-network-policy-staging",
    { set: "spec.egress.1.ports.0.port", to: 444 },
  ),
  mutant(
    "scans-bind-account",
    "wrong relation",
    "scans run as whoever reads secrets",
    "CronJob::scanning-cron-job-fuzz",
    { set: `${POD}.serviceAccountName`, to: "secrets-reader" },
  ),
  mutant(
    "scans-bind-account",
    "too much",
    "scans may write the collectors' evidence",
    "RolePolicy::scanning-results-rights",
    { text: "policy", from: "/scans/*", to: "/*" },
    { also: ["rights-bind-data"] },
  ),
  mutant(
    "scans-bind-account",
    "wrong value",
    "the token is for everybody",
    "CronJob::scanning-cron-job-fuzz",
    { set: `${POD}.volumes.name=token.projected.sources.0.serviceAccountToken.audience`, to: "anybody" },
  ),
  mutant("images-require-pins", "too much", "an image is not held to its content", "Scanning::scanning", {
    set: "unpinned",
    to: ["docker.io/schemathesis/schemathesis:4.28.0"],
  }),
  mutant(
    "images-require-pins",
    "too much",
    "the prober's image is not held to its content",
    "Prober::prober",
    { set: "unpinned", to: ["quay.io/prometheus/blackbox-exporter:v0.28.0"] },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss(
    "scans-require-schedule",
    "a scan is due an hour later, every day",
    "CronJob::scanning-cron-job-fuzz",
    { set: "spec.schedule", to: "17 6 * * *" },
  ),
  nearMiss(
    "scans-limit-egress",
    "scans reach a network of exactly 16 bits",
    "NetworkPolicy::scanning-network-policy-staging",
    { set: "spec.egress.1.to.0.ipBlock.cidr", to: "198.51.0.0/16" },
  ),
];
