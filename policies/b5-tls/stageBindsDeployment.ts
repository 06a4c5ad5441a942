import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { object, present } from "../lib/values";

export const stageBindsDeployment = stackPolicy({
  name: "stage-binds-deployment",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "The stage serves the deployment of its own API, made anew by a trigger, and no other, and shows a certificate to what it calls, which a function replaces.",
  reads:
    "Stage: restApi → RestApi, deployment → Deployment, clientCertificateId → ClientCertificate, canarySettings, its option ignoreChanges; Deployment: restApi, triggers",
  controls: ["FSBP APIGateway.2", "CKV2_AWS_51"],
  remediation:
    'give the stage its API\'s Deployment, triggered by a hash over the whole model, and a first ClientCertificate with ignoreChanges ["clientCertificateId"].',
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/getting-started-client-side-ssl-authentication.html",
  check(stack, report) {
    for (const stage of stack.ofType(types.stage)) {
      const api = source(stage, "restApi", types.restApi);
      const deployment = source(stage, "deployment", types.deployment);
      if (!api || !deployment || source(deployment, "restApi", types.restApi) !== api) {
        report({
          resource: stage,
          got: "a deployment of another API, or none",
          expected: "a Deployment of the stage's API",
        });
      }
      if (deployment && Object.keys(object(deployment.props.triggers)).length === 0) {
        report({ resource: deployment, got: "no triggers", expected: "a hash over the API's model" });
      }
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
