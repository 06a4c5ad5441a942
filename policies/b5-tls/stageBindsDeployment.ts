import { stackPolicy, type StackResource } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { object, present } from "../lib/values";

export const stageBindsDeployment = stackPolicy({
  name: "stage-binds-deployment",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "Each stage serves the deployment of its own API, made anew by a trigger, and no other; the REST API's shows a certificate to what it calls, which a function replaces.",
  reads:
    "Stage: restApi → RestApi, deployment → Deployment, clientCertificateId → ClientCertificate, canarySettings, its option ignoreChanges; of voice: apiId → Api, deploymentId → Deployment, autoDeploy; Deployment: restApi or apiId, triggers",
  controls: ["FSBP APIGateway.2", "CKV2_AWS_51"],
  remediation:
    'give each stage its API\'s Deployment, triggered by a hash over the whole model, and a first ClientCertificate with ignoreChanges ["clientCertificateId"].',
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html",
  check(stack, report) {
    /** The two kinds of gateway name the same relations in their own words. */
    const requireOwn = (
      stage: StackResource,
      property: string,
      type: string,
      api: readonly [string, string],
    ): void => {
      const [own, deployment] = [source(stage, ...api), source(stage, property, type)];
      if (!own || !deployment || source(deployment, ...api) !== own) {
        report({
          resource: stage,
          got: "a deployment of another API, or none",
          expected: "a Deployment of the stage's API",
        });
      }
      if (deployment && Object.keys(object(deployment.props.triggers)).length === 0) {
        report({ resource: deployment, got: "no triggers", expected: "a hash over the API's model" });
      }
    };
    for (const stage of stack.ofType(types.voiceStage)) {
      requireOwn(stage, "deploymentId", types.voiceDeployment, ["apiId", types.voiceApi]);
      if (stage.props.autoDeploy === true) {
        report({
          resource: stage,
          got: "autoDeploy true",
          expected:
            "false: it serves each route as soon as it is made, before the one that asks for a ticket",
        });
      }
    }
    for (const stage of stack.ofType(types.stage)) {
      requireOwn(stage, "deployment", types.deployment, ["restApi", types.restApi]);
      if (present(stage.props, "canarySettings")) {
        report({ resource: stage, got: "a canary", expected: "one deployment for every request" });
      }
      if (!source(stage, "clientCertificateId", types.clientCertificate)) {
        report({
          resource: stage,
          got: "no client certificate of this stack",
          expected: "one ClientCertificate",
        });
      }
      if (!stage.opts.ignoreChanges.includes("clientCertificateId")) {
        report({
          resource: stage,
          got: "a client certificate that every update sets back to the first one",
          expected: "ignoreChanges with clientCertificateId: a function replaces it in time",
        });
      }
    }
  },
});
