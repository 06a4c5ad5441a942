import { stackPolicy } from "../lib/policy";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { join, objects, show, text } from "../lib/values";

const program = "program";
const isDigest = (value: unknown): boolean => /^[0-9a-f]{64}$/.test(text(value));

export const functionsBindSboms = stackPolicy({
  name: "functions-bind-sboms",
  severity: "high",
  clauses: ["B6.2"],
  summary:
    "The program and the code of every function have a bill of materials, which is of exactly the bytes that are deployed.",
  reads:
    "fase-b:index:SupplyChain.sboms: name, deployedSha256, sbomSha256; Function → its LambdaFunction.codeSha256",
  remediation:
    "run npm run sbom after a change of a function or of the lock file, and commit stacks/<stack>/sbom.",
  url: "https://cyclonedx.org/capabilities/sbom/",
  check(stack, report) {
    const chains = stack.ofType(types.supplyChain);
    const [chain] = chains;
    if (!chain || chains.length > 1) {
      report({
        ...(chain ? { resource: chain } : {}),
        got: `${chains.length} SupplyChain components (${join(names(chains))})`,
        expected: "one, with the bills of all that is deployed",
      });
    }
    const sboms = chains.flatMap(({ props }) => objects(props.sboms));
    for (const { name, sbomSha256 } of sboms.filter((one) => !isDigest(one.sbomSha256))) {
      report({
        ...(chain ? { resource: chain } : {}),
        got: `${show(name)} with the bill ${show(sbomSha256)}`,
        expected: "the SHA-256 of its bill",
      });
    }
    const programs = sboms.filter(({ name }) => name === program);
    if (programs.length !== 1) {
      report({
        ...(chain ? { resource: chain } : {}),
        got: `${programs.length} bills of the program`,
        expected: "one",
      });
    }
    const functions = stack.ofType(types.function);
    const known = new Set(sboms.map(({ deployedSha256 }) => text(deployedSha256)).filter(isDigest));
    const deployed = new Set<string>();
    for (const lambda of functions) {
      const code = lambda.parent?.type === types.lambdaFunction ? text(lambda.parent.props.codeSha256) : "";
      if (!isDigest(code)) {
        report({
          resource: lambda,
          got: `code of the SHA-256 ${show(code)}`,
          expected: "a LambdaFunction above it that says which bytes its code is",
        });
        continue;
      }
      deployed.add(code);
      if (known.has(code)) continue;
      report({
        resource: lambda,
        got: `code ${code.slice(0, 12)}… of which there is no bill`,
        expected: "a bill of materials of these bytes",
      });
    }
    for (const { name, deployedSha256 } of sboms) {
      if (name === program || deployed.has(text(deployedSha256))) continue;
      report({
        ...(chain ? { resource: chain } : {}),
        got: `a bill ${show(name)} of what no function runs`,
        expected: "bills of what is deployed",
      });
    }
  },
});
