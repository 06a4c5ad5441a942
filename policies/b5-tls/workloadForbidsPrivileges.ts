import { metadataOf, specOf } from "../lib/cluster";
import { resourcePolicy } from "../lib/policy";
import { secretPlaces } from "../lib/secrets";
import { types } from "../lib/types";
import { join, list, object, objects, show, strings, text } from "../lib/values";

export const workloadForbidsPrivileges = resourcePolicy({
  name: "workload-forbids-privileges",
  severity: "medium",
  clauses: ["B5.2", "B6.1"],
  summary:
    "A pod of the stack runs one known image, may do nothing on its node or in the cluster, and is told no secret in its environment.",
  reads:
    "kubernetes:apps/v1:Deployment.spec.template.spec: containers (image, securityContext, env), hostNetwork, hostPID, volumes, automountServiceAccountToken",
  remediation:
    "name the image by its digest, drop all capabilities, forbid escalation and writing to the root, mount no account's token, and mount secrets as files.",
  url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
  types: [types.workload],
  check(resource, report) {
    const pod = object(object(specOf(resource).template).spec);
    const containers = [...objects(pod.containers), ...objects(pod.initContainers)];
    const name = text(metadataOf(resource).name);
    if (containers.length === 0)
      report({ resource, got: `no container of ${name}`, expected: "at least one" });
    for (const { name: container, image, securityContext, env } of containers) {
      if (!/@sha256:[0-9a-f]{64}$/.test(text(image))) {
        report({ resource, got: `image ${show(image)}`, expected: "one by its digest" });
      }
      const { allowPrivilegeEscalation, capabilities, privileged, readOnlyRootFilesystem } =
        object(securityContext);
      if (
        allowPrivilegeEscalation !== false ||
        privileged === true ||
        readOnlyRootFilesystem !== true ||
        strings(object(capabilities).drop).join() !== "ALL" ||
        list(object(capabilities).add).length > 0
      ) {
        report({
          resource,
          got: `container ${show(container)} with ${show(securityContext)}`,
          expected: "no escalation, no capability, a root that is read only",
        });
      }
      const told = objects(env).filter(
        ({ name: variable, value }) => secretPlaces({ [text(variable)]: value }).length > 0,
      );
      if (told.length > 0) {
        report({
          resource,
          got: `what looks like a secret in ${join(told.map(({ name: variable }) => text(variable)))}`,
          expected: "files of a mounted secret",
        });
      }
    }
    const onNode = objects(pod.volumes).some(({ hostPath }) => hostPath !== undefined);
    if (pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true || onNode) {
      report({ resource, got: "a part of the node", expected: "neither its network, processes nor files" });
    }
    if (pod.automountServiceAccountToken !== false) {
      report({
        resource,
        got: `automountServiceAccountToken ${show(pod.automountServiceAccountToken)}`,
        expected: "false",
      });
    }
  },
});
