import { stackPolicy, type StackResource } from "../lib/policy";
import { ownArnResource, refersTo, sources } from "../lib/relations";
import { types } from "../lib/types";
import { object, peek, show, text, UNKNOWN } from "../lib/values";

export const logsBindGroups = stackPolicy({
  name: "logs-bind-groups",
  severity: "high",
  clauses: ["B1.6", "B8.3"],
  summary:
    "Every stage and function writes to a log group of this stack, and every group rests under its key.",
  reads:
    "Stage.accessLogSettings.destinationArn, Function.loggingConfig.logGroup, LogGroup: name, kmsKeyId → kms.Key",
  controls: ["CKV_AWS_158"],
  remediation:
    "write to the ARN of a log group that the program declares, and encrypt the group with the stack's kms.Key.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html",
  check(stack, report) {
    const groups = stack.ofType(types.logGroup);
    const named = (name: string): StackResource | undefined =>
      groups.find((group) => peek(() => group.props.name) === name);

    const stages = [...stack.ofType(types.stage), ...stack.ofType(types.voiceStage)];
    if (stack.ofType(types.stage).length === 0) {
      report({ got: "no stage of a REST API", expected: "one, with its access log" });
    }
    for (const stage of stages) {
      const destination = peek(() => text(object(stage.props.accessLogSettings).destinationArn));
      const bound =
        destination === UNKNOWN
          ? sources(stage, "accessLogSettings", types.logGroup).length === 1
          : named(ownArnResource(stage, destination).replace(/^log-group:|:\*$/g, ""));
      if (!bound) {
        report({
          resource: stage,
          got: `access log destination ${show(destination)}`,
          expected: "a log group of this stack",
        });
      }
    }
    for (const lambda of stack.ofType(types.function)) {
      const group = peek(() => text(object(lambda.props.loggingConfig).logGroup));
      if (group === UNKNOWN ? sources(lambda, "loggingConfig", types.logGroup).length !== 1 : !named(group)) {
        report({ resource: lambda, got: `log group ${show(group)}`, expected: "a log group of this stack" });
      }
    }
    const keys = stack.ofType(types.key);
    for (const group of groups) {
      if (
        !keys.some((key) => refersTo(group, "kmsKeyId", key, (value) => value === peek(() => key.props.arn)))
      ) {
        report({
          resource: group,
          got: "a key from elsewhere, or none",
          expected: "the arn of a kms.Key of this stack",
        });
      }
    }
  },
});
