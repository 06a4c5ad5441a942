import { filesOf } from "../lib/archives";
import { resourcePolicy } from "../lib/policy";
import { secretPlaces } from "../lib/secrets";
import { types } from "../lib/types";
import { join, object, parseObject } from "../lib/values";

export const functionForbidsSecrets = resourcePolicy({
  name: "function-forbids-secrets",
  severity: "critical",
  clauses: ["B5.3", "B6.1"],
  summary:
    "What a function is told of its stack, in its environment, its archive or its description, is no secret.",
  reads: "aws:lambda/function:Function: environment.variables, texts in code, description, tags",
  controls: ["CKV_AWS_45"],
  remediation:
    "take the secret out: a function reads it where it lies, by its role, so that it rotates and shows in no state.",
  url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
  types: [types.function],
  async check(resource, report) {
    const texts = (await filesOf(resource.props.code)) ?? [];
    const places = [
      ...secretPlaces(object(resource.props.environment).variables, "", ["environment"]),
      ...secretPlaces(resource.props.description, "", ["description"]),
      ...secretPlaces(resource.props.tags, "", ["tags"]),
      // A text that is no JSON is judged as one value.
      ...texts.flatMap(({ name, text }) => secretPlaces(parseObject(text) ?? text, name, [name])),
    ];
    if (places.length > 0) {
      report({ resource, got: `what looks like a secret at ${join(places)}`, expected: "none" });
    }
  },
});
