/** Who watches: what alarms and alerts ask about, who hears of it, and what a schedule calls. */
import { mutant, mutantOf, nearMiss, type Mutant, type NearMiss } from "../mutant";

const FAILED = "MetricAlarm::trust-watch-fase-b-staging-rotate-client-keys-failed";
const AGE = "MetricAlarm::trust-watch-secret-age-edge-client-certificate";
const STALE = "rules.name=SecretStale";

export const mutants: readonly Mutant[] = [
  mutant("alerts-bind-metrics", "missing value", "an alarm on errors names no function", FAILED, {
    drop: "dimensions.FunctionName",
  }),
  mutant("alerts-bind-metrics", "wrong value", "an alarm on an age is of a secret of nobody", AGE, {
    set: "dimensions.secret",
    to: "fase-b-staging/edge/certificate",
  }),
  mutant("alerts-bind-metrics", "missing resource", "one secret's age has no alarm", AGE, { remove: true }),
  mutantOf("alerts-bind-metrics", "weaker threshold", "no age rings before 91 days", [
    { where: "MetricAlarm::trust-watch-secret-age-*", edit: { set: "threshold", to: 91 } },
    {
      where: "RuleGroup::alerts-lifetimes",
      edit: { text: `${STALE}.datas.2.model`, from: ">= 75", to: ">= 92" },
    },
  ]),
  mutant(
    "alerts-bind-metrics",
    "missing value",
    "a rule on client certificates names no client",
    "RuleGroup::alerts-lifetimes",
    { drop: "rules.name=ClientCertificateExpiring.datas.0.model.#.dimensions.clientId" },
  ),
  mutant(
    "alerts-bind-metrics",
    "missing value",
    "a rule on breakers forgets an agent",
    "RuleGroup::alerts-idempotency",
    { drop: "rules.name=BreakerOpen.datas.0.model.#.dimensions.agentId.0" },
  ),
  mutant(
    "alerts-bind-metrics",
    "wrong value",
    "the silence of another API is watched",
    "RuleGroup::alerts-traffic",
    { set: "rules.name=GatewaySilent.datas.0.model.#.dimensions.ApiName", to: ["fase-b-other"] },
  ),
  mutant("topics-bind-pager", "missing value", "nobody is told that a secret's age is right again", AGE, {
    drop: "okActions",
  }),
  mutant("topics-bind-pager", "too much", "minutes without an error close what failed", FAILED, {
    set: "okActions",
    to: ["arn:aws:sns:eu-west-1:123456789012:fase-b-staging-alarms"],
  }),
  mutant(
    "topics-bind-policy",
    "missing value",
    "alarms may not publish to the topic that wakes",
    "TopicPolicy::page-alarms-policy",
    { drop: "policy.#.Statement.0" },
  ),
  mutant(
    "topics-bind-policy",
    "wrong value",
    "alarms may publish to another topic",
    "TopicPolicy::page-alarms-policy",
    {
      set: "policy.#.Statement.0.Resource",
      to: "arn:aws:sns:eu-west-1:123456789012:fase-b-staging-alarms",
    },
  ),
  mutant(
    "log-delivery-forbids-strangers",
    "missing value",
    "the firewall's log has no stream to go to",
    "LogResourcePolicy::firewall-log-delivery",
    { drop: "policyDocument.#.Statement.0.Action.0" },
  ),
  mutant(
    "log-delivery-forbids-strangers",
    "weaker threshold",
    "any source may deliver in the account's name",
    "LogResourcePolicy::firewall-log-delivery",
    { set: ["policyDocument", "#", "Statement", "0", "Condition", "ArnLike", "aws:SourceArn"], to: "*" },
  ),
  mutant(
    "key-requires-rotation",
    "missing value",
    "the refusal to end the evidence's key refuses nothing",
    "Key::evidence-key",
    { drop: "policy.#.Statement.Sid=NobodyEndsIt.Resource" },
  ),
  mutant(
    "evidence-binds-channel",
    "wrong value",
    "members of the channel bring roles of their own",
    "SlackChannelConfiguration::evidence-channel",
    { set: "userAuthorizationRequired", to: true },
  ),
  mutant(
    "evidence-binds-channel",
    "missing value",
    "the announcement names what no path leads to",
    "EventTarget::evidence-put-target",
    { drop: "inputTransformer.inputPaths.bucket" },
  ),
  mutant(
    "rule-group-requires-runbook",
    "off by one",
    "a scan that is missing is taken for one that ran",
    "RuleGroup::alerts-overview",
    { set: "rules.name=ScanMissing.datas.3.model.#.settings.replaceWithValue", to: 1 },
  ),
  mutant(
    "grafana-requires-provenance",
    "wrong value",
    "Prometheus' rules may be changed by hand",
    "DataSource::dashboards-prometheus",
    { set: "jsonDataEncoded.#.manageAlerts", to: true },
  ),
  mutant(
    "grafana-requires-provenance",
    "missing value",
    "the folder is deleted with what others keep in it",
    "Folder::dashboards-folder",
    { drop: "preventDestroyIfNotEmpty" },
  ),
  mutant(
    "invocations-bind-functions",
    "missing value",
    "the schedule that retires old keys does not say so",
    "EventTarget::retire-client-keys-schedule-target",
    { drop: "input.#.task" },
  ),
  mutant(
    "invocations-bind-functions",
    "missing value",
    "the watch is called with the event",
    "EventTarget::trust-watch-schedule-target",
    { drop: "input" },
  ),
  mutant(
    "invocations-bind-functions",
    "wrong value",
    "the schedule calls another account's function",
    "EventTarget::trust-watch-schedule-target",
    { text: "arn", from: "123456789012", to: "210987654321" },
  ),
  mutant(
    "cluster-certificate-requires-renewal",
    "missing value",
    "an agent's certificate is of nobody",
    "Certificate::cluster-certificate-chat-01",
    { drop: "spec.dnsNames" },
  ),
  mutant(
    "cluster-certificate-requires-renewal",
    "missing value",
    "an agent's certificate signs no handshake",
    "Certificate::cluster-certificate-chat-01",
    { drop: "spec.usages.0" },
  ),
  mutant(
    "external-secrets-bind-secrets",
    "wrong value",
    "what is rotated is fetched once",
    "ExternalSecret::scanning-external-secret-scanner-certificate",
    { set: "spec.refreshInterval", to: "0" },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss("alerts-bind-metrics", "a secret's age rings earlier", AGE, { set: "threshold", to: 60 }),
  nearMiss("topics-bind-pager", "an alarm tells a second topic as well", AGE, {
    append: "okActions",
    item: "arn:aws:sns:eu-west-1:123456789012:fase-b-staging-page-alarms",
  }),
  nearMiss(
    "invocations-bind-functions",
    "a rotation is told another task",
    "EventTarget::retire-client-keys-schedule-target",
    { set: "input.#.task", to: "count" },
  ),
  nearMiss(
    "external-secrets-bind-secrets",
    "a secret is fetched every minute",
    "ExternalSecret::scanning-external-secret-scanner-certificate",
    { set: "spec.refreshInterval", to: "1m" },
  ),
];
