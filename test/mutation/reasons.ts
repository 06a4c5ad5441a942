/** Why what watches, tells and runs may change in a place without anybody's notice: the reasons of these rooms, one a kind. */
import type { Judgement } from "./survivors";

const dropped = (type: string, ...places: readonly string[]): Judgement["fits"] => {
  const all = new Set(places);
  return (survivor) => survivor.operator === "drop" && survivor.type === type && all.has(survivor.place);
};
const either =
  (...kinds: readonly Judgement["fits"][]): Judgement["fits"] =>
  (survivor) =>
    kinds.some((fits) => fits(survivor));

const RULES = "grafana:alerting/ruleGroup:RuleGroup";
const QUERY = "rules.*.datas.*.model.#";
const SOURCE = "grafana:oss/dataSource:DataSource";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
const FETCHED = "kubernetes:external-secrets.io/v1:ExternalSecret";
const STORE = "kubernetes:external-secrets.io/v1:SecretStore";
const LEAF = "kubernetes:cert-manager.io/v1:Certificate";

export const watching: readonly Judgement[] = [
  {
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html and each type's own page
    fits: either(
      dropped("aws:cloudwatch/metricAlarm:MetricAlarm", "datapointsToAlarm"),
      dropped("aws:cloudwatch/logMetricFilter:LogMetricFilter", "metricTransformation.unit"),
      dropped("aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration", "loggingLevel"),
      dropped("aws:iam/role:Role", "maxSessionDuration"),
      dropped("aws:lambda/function:Function", "loggingConfig.systemLogLevel"),
      dropped("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "maximumRetryAttempts"),
      dropped("aws:lambda/invocation:Invocation", "lifecycleScope"),
      dropped("aws:secretsmanager/secretRotation:SecretRotation", "rotateImmediately"),
      dropped(SUBSCRIPTION, "rawMessageDelivery"),
    ),
    because:
      "what AWS or its provider takes by default is what is written, and another value is noticed where it matters",
  },
  {
    fits: dropped(
      "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
      "slackChannelId",
      "slackTeamId",
    ),
    because: "AWS refuses the resource without it",
  },
  {
    fits: ({ type, place }) =>
      type === SUBSCRIPTION && (place.startsWith("deliveryPolicy") || place === "endpointAutoConfirms"),
    because:
      "how patiently a message is sent again, and whether an update waits for the pager's confirmation: what the pager never took has an alarm at the other topic",
  },
  {
    fits: dropped(
      "aws:cloudwatch/eventTarget:EventTarget",
      ...["content.nextSteps", "content.nextSteps.*", "content.textType", "id"].map(
        (place) => `inputTransformer.inputTemplate.#.${place}`,
      ),
    ),
    because: "words of an announcement beside those that say the object's key",
  },
  {
    fits: ({ type, place }) =>
      type === "aws:kms/key:Key" &&
      /\.Condition\.(ArnLike\.kms:EncryptionContext:aws:logs:arn|StringNotEquals\.aws:PrincipalArn)\.\*$/.test(
        place,
      ),
    because:
      "a list of whom a key serves, shorter by one: who is left out is refused, by the service when a log group is made and by the gates that lack evidence",
  },
  {
    fits: dropped("aws:lambda/invocation:Invocation", "triggers", "triggers.digest"),
    because: "one of two that say the same: a changed input replaces the call as well",
  },
  {
    fits: dropped("aws:lambda/permission:Permission", "sourceAccount"),
    because: "one of two that say the same: the source's ARN, which is judged, holds the account",
  },
  {
    fits: dropped("aws:lambda/function:Function", "memorySize"),
    because: "how fast a function is: memory and latency have alerts and evidence of their own",
  },
  {
    // https://github.com/grafana/grafana/blob/main/pkg/tsdb/cloudwatch/models/cloudwatch_query.go
    fits: dropped(
      RULES,
      "rules.*.isPaused",
      ...[
        "datasource",
        "datasource.type",
        "id",
        "matchExact",
        "metricEditorMode",
        "metricQueryType",
        "range",
      ].map((place) => `${QUERY}.${place}`),
    ),
    because:
      "what Grafana takes by default is what is written, or is for its editor alone: the stage says which source is asked",
  },
  {
    fits: dropped(RULES, `${QUERY}.settings`, `${QUERY}.settings.mode`),
    because:
      "what a reduction does with what is no number: CloudWatch sends numbers only, and a condition that comes to none rings",
  },
  {
    fits: dropped(RULES, "rules.*.for"),
    because: "without it an alert rings sooner, which is allowed; later is not",
  },
  {
    fits: ({ type, place }) => type === RULES && place === "rules.*.datas.*.relativeTimeRange.from",
    because:
      "a second of a window whose periods are whole minutes; ordered alerts are tried over courses of events",
  },
  {
    fits: either(
      ({ type, place }) => type === "grafana:oss/dashboard:Dashboard" && place === "overwrite",
      dropped(
        SOURCE,
        ...["customMetricsNamespaces", "httpMethod", "timeInterval"].map(
          (place) => `jsonDataEncoded.#.${place}`,
        ),
      ),
    ),
    because:
      "how Grafana's editor helps and by which verb it asks, and whether an update passes over a dashboard that was changed by hand or stops there",
  },
  {
    fits: either(
      dropped("fase-b:index:Pager", "account", "keyGeneration"),
      ({ type, place }) => type === "fase-b:index:AgentDomain" && place === "configuration.clients.*",
    ),
    because: "what a component says of itself, not what it registers; a budget's hops are held to their sum",
  },
  {
    fits: ({ type, place, operator }) =>
      (operator === "plus one" || operator === "minus one") &&
      ((type === "fase-b:index:AgentDomain" && place === "configuration.maxConcurrentRequests") ||
        (type === LEAF && place === "spec.renewBeforePercentage") ||
        (type === "kubernetes:batch/v1:CronJob" && place.endsWith(".serviceAccountToken.expirationSeconds"))),
    because:
      "a number that stays within the bounds that policies set; the bounds themselves have curated mutants",
  },
  {
    fits: either(
      dropped(LEAF, "spec.isCA"),
      dropped(
        FETCHED,
        "spec.refreshInterval",
        ...["creationPolicy", "deletionPolicy", "template", "template.engineVersion"].map(
          (place) => `spec.target.${place}`,
        ),
      ),
    ),
    because: "what the operator takes by default is what is written, or within what is allowed",
  },
  {
    // An Issuer reads tls.crt and tls.key by name. https://cert-manager.io/docs/configuration/ca/
    fits: either(dropped(LEAF, "spec.privateKey.encoding"), dropped(FETCHED, "spec.target.template.type")),
    because: "the form in which a key lies in its secret, of which readers take either",
  },
  {
    fits: either(
      dropped(FETCHED, "spec.data.*.secretKey"),
      dropped(STORE, "spec.provider.aws.region", "spec.provider.aws.service"),
      ({ type, place, operator }) =>
        type === LEAF && place === "spec.privateKey.size" && operator === "plus one",
    ),
    because: "the cluster refuses the object without it, or the workload does not start",
  },
  {
    fits: ({ type, place, operator }) =>
      type === "kubernetes:apps/v1:Deployment" &&
      place === "spec.template.spec.volumes.*.secret.optional" &&
      operator === "flip",
    because:
      "how a workload runs: it may be late or refused, and gets no right by it; what it may is judged by `workload-forbids-privileges`",
  },
];
