import { functionCalled, functionWith } from "../lib/functions";
import { statementsOf } from "../lib/iam";
import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, text } from "../lib/values";

const keys = ["/apikeys", "/apikeys/*"];
const planKeys = "/usageplans/*/keys";
const certificates = ["/clientcertificates", "/clientcertificates/*"];

type Rights = Readonly<Record<string, readonly string[]>>;

/**
 * What may be done to the gateway itself, by function: an action, and the paths on which it may be done. `{stage}` stands for
 * the stages of this stack; ids are made up by AWS, so no path can say whose key or whose API is meant.
 */
const allowed: Readonly<Record<string, Rights>> = {
  "rotate-client-keys": {
    get: [...keys, "/usageplans", "/usageplans/*", planKeys, `${planKeys}/*`],
    post: ["/apikeys", planKeys],
    patch: ["/apikeys/*"],
    delete: ["/apikeys/*", `${planKeys}/*`],
    // A new key is tagged with its client.
    put: ["/tags/*"],
  },
  "rotate-stage-certificate": {
    get: ["/restapis", "{stage}", ...certificates],
    post: ["/clientcertificates"],
    patch: ["{stage}"],
    delete: ["/clientcertificates/*"],
  },
  "trust-watch": { get: ["/restapis", "{stage}", ...certificates] },
};

export const gatewayRightsBindRotations = stackPolicy({
  name: "gateway-rights-bind-rotations",
  severity: "critical",
  clauses: ["B5.2", "B6.1"],
  summary:
    "Only a rotation changes something of the gateway, and only the keys and the certificate that it rotates: who could change a stage or a domain could open every door.",
  reads: "RolePolicy: policy (actions and resources of apigateway), role → Role ← Function; Stage.stageName",
  remediation:
    "give apigateway rights to rotate-client-keys (keys and plans' keys), rotate-stage-certificate (certificates and this stage) and trust-watch (GET) only.",
  url: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html",
  check(stack, report) {
    const stages = stack
      .ofType(types.stage)
      .map(({ props }) => `/restapis/*/stages/${text(props.stageName)}`);
    for (const rights of stack.ofType(types.rolePolicy)) {
      const lambda = functionWith(stack, rights);
      const [, mine = {}] =
        Object.entries(allowed).find(([name]) => lambda && functionCalled(stack, name) === lambda) ?? [];
      for (const { allows, actions, resources } of statementsOf(rights, "policy", report)) {
        const asked = actions.filter((action) => action.toLowerCase().startsWith("apigateway:"));
        if (!allows || asked.length === 0) continue;
        const beyond = asked.flatMap((action) => {
          const paths = (mine[action.slice("apigateway:".length).toLowerCase()] ?? []).flatMap((path) =>
            path === "{stage}" ? stages : [path],
          );
          return resources
            .filter((arn) => {
              const [, path] =
                new RegExp(`^arn:[\\w-]+:apigateway:${text(rights.provider?.props.region)}::(/.*)$`).exec(
                  arn,
                ) ?? [];
              return path === undefined || !paths.includes(path);
            })
            .map((arn) => `${action} on ${arn}`);
        });
        if (beyond.length === 0 && resources.length > 0) continue;
        report({
          resource: rights,
          got: beyond.length > 0 ? join(beyond) : join(asked),
          expected: lambda
            ? `of '${lambda.name}' only what it rotates`
            : "the rights of one function of this stack",
        });
      }
    }
  },
});
