import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, list, show, strings } from "../lib/values";

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html */
const runtimes = ["nodejs24.x"];

export const functionRequiresSupportedRuntime = resourcePolicy({
  name: "function-requires-supported-runtime",
  severity: "medium",
  clauses: ["B6.3"],
  summary:
    "Functions run on a supported runtime, in numbered versions, under a fixed name and without foreign code.",
  reads: "aws:lambda/function:Function: runtime, architectures, publish, name, layers, imageUri, s3Bucket",
  controls: ["FSBP Lambda.2", "CKV_AWS_363", "AwsSolutions-L1"],
  remediation: `use ${join(runtimes)} on arm64 with publish true, a fixed name and no layers.`,
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/lambda-controls.html#lambda-2",
  types: [types.function],
  check(resource, report) {
    const { runtime, architectures, publish, name, layers, imageUri, s3Bucket } = resource.props;
    if (!runtimes.includes(String(runtime))) {
      report({ resource, got: `runtime ${show(runtime)}`, expected: join(runtimes) });
    }
    if (strings(architectures).join() !== "arm64") {
      report({ resource, got: `architectures ${show(architectures)}`, expected: '["arm64"]' });
    }
    // Without versions a rollback has nothing to go back to.
    if (publish !== true) report({ resource, got: `publish ${show(publish)}`, expected: "true" });
    if (typeof name !== "string" || name === "")
      report({ resource, got: `name ${show(name)}`, expected: "a fixed name" });
    if (imageUri !== undefined || s3Bucket !== undefined) {
      report({
        resource,
        got: `code from ${show(imageUri ?? s3Bucket)}`,
        expected: "code bundled by the program",
      });
    }
    if (list(layers).length > 0) {
      report({ resource, got: `layers ${show(layers)}`, expected: "none: code that no SBOM of ours lists" });
    }
  },
});
