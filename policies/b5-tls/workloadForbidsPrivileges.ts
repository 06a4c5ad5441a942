import { objectName } from "../lib/cluster";
import { resourcePolicy } from "../lib/policy";
import { containersOf, podOf, restrictionProblems, workloadTypes } from "../lib/pods";
import { secretPlaces } from "../lib/secrets";
import { join, objects, show, text } from "../lib/values";

export const workloadForbidsPrivileges = resourcePolicy({
  name: "workload-forbids-privileges",
  severity: "medium",
  clauses: ["B2.1", "B2.2", "B5.2", "B6.1"],
  summary:
    "A pod of the stack runs known images, is restricted as the Pod Security Standard has it in full, and is told no secret in its environment.",
  reads:
    "Deployment.spec.template.spec, CronJob.spec.jobTemplate.spec.template.spec: containers of every kind (image, securityContext, ports, probes, env), securityContext, hostNetwork, hostPID, hostIPC, volumes, automountServiceAccountToken",
  controls: [
    "CKV_K8S_14",
    "CKV_K8S_16",
    "CKV_K8S_17",
    "CKV_K8S_18",
    "CKV_K8S_19",
    "CKV_K8S_20",
    "CKV_K8S_22",
    "CKV_K8S_23",
    "CKV_K8S_25",
    "CKV_K8S_26",
    "CKV_K8S_27",
    "CKV_K8S_28",
    "CKV_K8S_29",
    "CKV_K8S_30",
    "CKV_K8S_31",
    "CKV_K8S_35",
    "CKV_K8S_37",
    "CKV_K8S_38",
    "CKV_K8S_39",
    "CKV_K8S_43",
  ],
  remediation:
    "name each image by its digest, run as nobody under the runtime's seccomp profile, drop all capabilities, forbid escalation and writing to the root, mount no account's token by itself, and mount secrets as files.",
  url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/",
  types: workloadTypes,
  check(resource, report) {
    const pod = podOf(resource);
    const containers = containersOf(pod);
    if (objects(pod.containers).length === 0)
      report({ resource, got: `no container of ${objectName(resource)}`, expected: "at least one" });
    for (const { image, env } of containers) {
      if (!/@sha256:[0-9a-f]{64}$/.test(text(image))) {
        report({ resource, got: `image ${show(image)}`, expected: "one by its digest" });
      }
      const told = objects(env).filter(
        ({ name: variable, value }) => secretPlaces({ [text(variable)]: value }).length > 0,
      );
      const fromSecret = objects(env).filter(({ valueFrom }) => valueFrom !== undefined);
      if (told.length > 0) {
        report({
          resource,
          got: `what looks like a secret in ${join(told.map(({ name: variable }) => text(variable)))}`,
          expected: "files of a mounted secret",
        });
      }
      if (fromSecret.length > 0) {
        report({
          resource,
          got: `variables from elsewhere: ${join(fromSecret.map(({ name: variable }) => text(variable)))}`,
          expected: "files of a mounted secret",
        });
      }
    }
    for (const { got, expected } of restrictionProblems(pod)) report({ resource, got, expected });
    if (pod.automountServiceAccountToken !== false) {
      report({
        resource,
        got: `automountServiceAccountToken ${show(pod.automountServiceAccountToken)}`,
        expected: "false",
      });
    }
  },
});
