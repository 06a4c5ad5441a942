import { partsOf } from "../lib/buckets";
import { evidenceBuckets } from "../lib/evidence";
import { stackPolicy, type StackResource } from "../lib/policy";
import { names, ownArnResource, pointingAt, refersTo, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, list, object, parseObject, show, strings, text } from "../lib/values";

const CHANNEL = "#api-sec-audit";
const PREFIX = "evidence/";
/** Nobody does anything from the channel: what is announced is read there, and that is all. */
const GUARDRAIL = /^arn:[\w-]+:iam::aws:policy\/(AWSDenyAll|ReadOnlyAccess)$/;

export const evidenceBindsChannel = stackPolicy({
  name: "evidence-binds-channel",
  severity: "high",
  clauses: ["B0.4"],
  summary: `Each piece of evidence is announced in ${CHANNEL} with its key, which says clause and digest; from there nobody can do anything.`,
  reads:
    "fase-b:index:EvidenceStore.channel; BucketNotification.eventbridge; EventRule.eventPattern; EventTarget: rule → EventRule, arn → Topic, inputTransformer; SlackChannelConfiguration: configurationName, snsTopicArns → Topic, guardrailPolicyArns, userAuthorizationRequired, iamRoleArn → Role; RolePolicy.role",
  remediation: `let the bucket's events go by a rule for ${PREFIX} to a topic that a SlackChannelConfiguration named for ${CHANNEL} hears, under a role without rights.`,
  url: "https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html",
  check(stack, report) {
    for (const { props } of stack.ofType(types.evidenceStore))
      if (props.channel !== CHANNEL) report({ got: `the channel ${show(props.channel)}`, expected: CHANNEL });
    for (const bucket of evidenceBuckets(stack)) {
      const events = partsOf(stack, bucket, types.bucketNotification);
      if (events.length !== 1 || events[0]?.props.eventbridge !== true)
        report({
          resource: bucket,
          got: "no events to EventBridge",
          expected: "a BucketNotification with eventbridge true",
        });
      const topics = stack
        .ofType(types.eventRule)
        .filter((rule) => announces(rule, text(bucket.props.bucket)))
        .flatMap((rule) => heardOf(rule));
      const channels = stack.ofType(types.chatChannel).filter((channel) => {
        const heard = sources(channel, "snsTopicArns", types.topic);
        return heard.length === 1 && heard.every((topic) => topics.includes(topic));
      });
      if (channels.length !== 1)
        report({
          resource: bucket,
          got: `${channels.length} channels that hear of what is put, by ${join(names(topics))}`,
          expected: `one, by an EventRule for ${PREFIX} whose target says the object's key to a topic that only it hears`,
        });
    }
    for (const channel of stack.ofType(types.chatChannel)) judgeChannel(channel);

    function heardOf(rule: StackResource): readonly StackResource[] {
      return pointingAt(rule, stack.ofType(types.eventTarget), "rule").flatMap((target) => {
        if (!saysKey(target)) {
          report({
            resource: target,
            got: `the message ${show(object(target.props.inputTransformer).inputTemplate)}`,
            expected: 'version "1.0", source "custom" and a content with the object\'s key',
          });
          return [];
        }
        return stack
          .ofType(types.topic)
          .filter((topic) =>
            refersTo(target, "arn", topic, (arn) => ownArnResource(target, arn) === topic.props.name),
          );
      });
    }

    function judgeChannel(channel: StackResource): void {
      const { configurationName, guardrailPolicyArns, userAuthorizationRequired } = channel.props;
      // Each member would act by a role of his own choice, and not by the channel's, which has no right.
      // https://docs.aws.amazon.com/chatbot/latest/adminguide/adm-container.html
      if (userAuthorizationRequired !== false)
        report({
          resource: channel,
          got: `userAuthorizationRequired ${show(userAuthorizationRequired)}`,
          expected: "false: nobody brings a role of his own",
        });
      if (!text(configurationName).endsWith(CHANNEL.replace("#", "-")))
        report({
          resource: channel,
          got: `configurationName ${show(configurationName)}`,
          expected: `one that ends in ${CHANNEL.replace("#", "-")}`,
        });
      const guardrails = strings(list(guardrailPolicyArns));
      if (guardrails.length !== 1 || !guardrails.every((arn) => GUARDRAIL.test(arn)))
        report({
          resource: channel,
          got: `guardrails ${show(guardrailPolicyArns)}, or AdministratorAccess where there is none`,
          expected: "AWSDenyAll or ReadOnlyAccess",
        });
      const role = source(channel, "iamRoleArn", types.role);
      if (!role)
        report({
          resource: channel,
          got: "a role from elsewhere",
          expected: "a role of this stack without rights",
        });
      const rights = role ? pointingAt(role, stack.ofType(types.rolePolicy), "role") : [];
      if (rights.length > 0)
        report({ resource: channel, got: `rights by ${join(names(rights))}`, expected: "none" });
      for (const topic of sources(channel, "snsTopicArns", types.topic)) {
        const alarms = stack
          .ofType(types.alarm)
          .filter((alarm) =>
            ["alarmActions", "okActions", "insufficientDataActions"].some((property) =>
              refersTo(alarm, property, topic, (arn) => ownArnResource(alarm, arn) === topic.props.name),
            ),
          );
        if (alarms.length > 0)
          report({
            resource: topic,
            got: `alarms ${join(names(alarms))} where nobody is paged`,
            expected: "a topic that the pager hears",
          });
      }
    }
  },
});

function announces(rule: StackResource, bucket: string): boolean {
  const { eventPattern, state, isEnabled } = rule.props;
  const { source: from, "detail-type": kinds, detail, ...more } = parseObject(eventPattern) ?? {};
  const { bucket: of, object: what, ...further } = object(detail);
  return (
    (state === undefined || state === "" || state === "ENABLED") &&
    isEnabled !== false &&
    Object.keys(more).length === 0 &&
    Object.keys(further).length === 0 &&
    JSON.stringify(from) === '["aws.s3"]' &&
    strings(kinds).includes("Object Created") &&
    strings(object(of).name).includes(bucket) &&
    JSON.stringify(object(what)) === JSON.stringify({ key: [{ prefix: PREFIX }] })
  );
}

function saysKey(target: StackResource): boolean {
  const { inputPaths, inputTemplate } = object(target.props.inputTransformer);
  const message = parseObject(inputTemplate);
  const key = Object.entries(object(inputPaths)).find(([, path]) => path === "$.detail.object.key")?.[0];
  const { title, description } = object(message?.content);
  return (
    message?.version === "1.0" &&
    message.source === "custom" &&
    key !== undefined &&
    `${text(title)} ${text(description)}`.includes(`<${key}>`) &&
    // EventBridge sends no message in which a name stands that has no path.
    [...text(inputTemplate).matchAll(/<([\w-]+)>/g)].every(([, name = ""]) => name in object(inputPaths))
  );
}
