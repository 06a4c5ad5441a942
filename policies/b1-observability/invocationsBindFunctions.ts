import { aliasNamed } from "../lib/logs";
import { stackPolicy, type StackResource } from "../lib/policy";
import { types } from "../lib/types";
import { source } from "../lib/relations";
import { isObject, object, parseObject, present, show, text, within } from "../lib/values";
import { aliasOf } from "../lib/vault";

const calledBy = ({ props }: StackResource): string => `${text(props.functionName)}:${text(props.qualifier)}`;

export const invocationsBindFunctions = stackPolicy({
  name: "invocations-bind-functions",
  severity: "high",
  clauses: ["B7.5"],
  summary:
    "What the program calls when it is done is a function of this stack by its alias, told of a deployment by its digest and of nothing else; what a schedule calls is one as well, and is told what to do.",
  reads:
    "Invocation: functionName, qualifier → Alias, lifecycleScope, input; FunctionEventInvokeConfig: functionName, qualifier → Alias, destinationConfig, maximumEventAgeInSeconds; EventTarget: rule → EventRule.scheduleExpression, arn → Alias, input; SecretRotation.rotationLambdaArn → Alias",
  remediation:
    'call an alias of a function of this stack with {"kind": "deployment", "digest": …}, on creation only; send its lost events nowhere; give the target of a schedule the ARN of an alias and its input, with a task where the function rotates a secret as well.',
  url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
  check(stack, report) {
    for (const call of [...stack.ofType(types.invocation), ...stack.ofType(types.functionEvents)]) {
      if (!aliasNamed(stack, calledBy(call))) {
        report({
          resource: call,
          got: `function ${show(calledBy(call))}`,
          expected: "an alias of a function of this stack",
        });
      }
    }
    for (const call of stack.ofType(types.invocation)) {
      const { lifecycleScope = "CREATE_ONLY", input } = call.props;
      // Else the input is given all that the engine knows of the call, and the function runs when the stack is taken down.
      if (lifecycleScope !== "CREATE_ONLY") {
        report({ resource: call, got: `lifecycleScope ${show(lifecycleScope)}`, expected: '"CREATE_ONLY"' });
      }
      if (!/^\{"kind":"deployment","digest":"[0-9a-f]{64}"\}$/.test(text(input))) {
        report({
          resource: call,
          got: `input ${show(input)}`,
          expected: "a deployment's digest of 64 hexadecimal digits alone: the input stands in the state",
        });
      }
    }
    const rotating = new Set(
      stack
        .ofType(types.secretRotation)
        .map((rotation) => aliasOf(stack, rotation, text(rotation.props.rotationLambdaArn))),
    );
    for (const target of stack.ofType(types.eventTarget)) {
      if (text(source(target, "rule", types.eventRule)?.props.scheduleExpression) === "") continue;
      const alias = aliasOf(stack, target, text(target.props.arn));
      if (!alias) {
        report({
          resource: target,
          got: `a schedule of ${show(target.props.arn)}`,
          expected: "the ARN of an alias of a function of this stack",
        });
        continue;
      }
      // Without one the function gets the event. Secrets Manager calls a rotation with a step; only a task tells this call from that.
      const input = parseObject(target.props.input);
      if (!isObject(input) || (rotating.has(alias) && text(input.task) === ""))
        report({
          resource: target,
          got: `input ${show(target.props.input)}`,
          expected: rotating.has(alias) ? "an object with a task" : "an object in JSON",
        });
    }
    for (const events of stack.ofType(types.functionEvents)) {
      if (present(object(events.props), "destinationConfig")) {
        report({
          resource: events,
          got: "a destination of events",
          expected: "none: an event holds a log's lines",
        });
      }
      if (!within(events.props.maximumEventAgeInSeconds, 60, 21_600)) {
        report({
          resource: events,
          got: `an age of ${show(events.props.maximumEventAgeInSeconds)} s`,
          expected: "60 to 21600",
        });
      }
    }
  },
});
