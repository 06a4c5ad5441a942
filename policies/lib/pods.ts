/** Pods of workloads, and what the Pod Security Standard "restricted" has against one. */
import { specOf } from "./cluster";
import type { ResourceView } from "./policy";
import { types } from "./types";
import { isObject, list, object, objects, show, strings, text, type Props } from "./values";

/** Types of objects that make pods. */
export const workloadTypes = [types.workload, types.cronJob] as const;

/** The pod that a workload makes, or an empty one. */
export function podOf(resource: ResourceView): Props {
  const spec = specOf(resource);
  const owner = resource.type === types.cronJob ? object(object(spec.jobTemplate).spec) : spec;
  return object(object(owner.template).spec);
}

export const containersOf = (pod: Props): readonly Props[] => [
  ...objects(pod.containers),
  ...objects(pod.initContainers),
  ...objects(pod.ephemeralContainers),
];

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */
const volumeKinds = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const selinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const profiles = ["RuntimeDefault", "Localhost"];

interface Problem {
  readonly got: string;
  readonly expected: string;
}

const problem = (bad: boolean, got: string, expected: string): readonly Problem[] =>
  bad ? [{ got, expected }] : [];

/** What holds for a pod and for each of its containers alike. */
function contextProblems(who: string, context: Props): readonly Problem[] {
  const { seLinuxOptions, appArmorProfile, windowsOptions, runAsUser, seccompProfile, runAsNonRoot } =
    context;
  const selinux = object(seLinuxOptions);
  return [
    ...problem(object(windowsOptions).hostProcess === true, `${who} as a process of its node`, "none"),
    ...problem(
      !selinuxTypes.includes(text(selinux.type)) ||
        text(selinux.user) !== "" ||
        text(selinux.role) !== "" ||
        (selinux.type !== undefined && typeof selinux.type !== "string"),
      `${who} with SELinux ${show(seLinuxOptions)}`,
      "a type of containers, no user and no role",
    ),
    ...problem(
      isObject(appArmorProfile) && !profiles.includes(text(appArmorProfile.type)),
      `${who} with AppArmor ${show(appArmorProfile)}`,
      "RuntimeDefault or Localhost",
    ),
    ...problem(
      isObject(seccompProfile) && !profiles.includes(text(seccompProfile.type)),
      `${who} with seccomp ${show(seccompProfile)}`,
      "RuntimeDefault or Localhost",
    ),
    ...problem(runAsUser === 0, `${who} as user 0`, "another user"),
    ...problem(runAsNonRoot === false, `${who} with runAsNonRoot false`, "true"),
  ];
}

function containerProblems(container: Props, pod: Props): readonly Problem[] {
  const who = `container ${show(container.name)}`;
  const context = object(container.securityContext);
  const { allowPrivilegeEscalation, capabilities, privileged, readOnlyRootFilesystem, procMount } = context;
  const calls = ["livenessProbe", "readinessProbe", "startupProbe"].map((name) => object(container[name]));
  const hooks = ["postStart", "preStop"].map((name) => object(object(container.lifecycle)[name]));
  const elsewhere = [...calls, ...hooks].some((call) =>
    [call.httpGet, call.tcpSocket].some((target) => text(object(target).host) !== ""),
  );
  return [
    ...problem(
      allowPrivilegeEscalation !== false ||
        (privileged ?? false) !== false ||
        readOnlyRootFilesystem !== true ||
        strings(object(capabilities).drop).join() !== "ALL" ||
        list(object(capabilities).add).length > 0,
      `${who} with ${show(container.securityContext)}`,
      "no escalation, no capability, a root that is read only",
    ),
    ...problem(
      (procMount ?? "Default") !== "Default",
      `${who} with procMount ${show(procMount)}`,
      '"Default"',
    ),
    ...problem(
      objects(container.ports).some(({ hostPort }) => (hostPort ?? 0) !== 0),
      `${who} on a port of its node`,
      "none",
    ),
    ...problem(elsewhere, `${who} with a probe or hook that calls another host`, "none"),
    ...problem(
      pod.runAsNonRoot !== true && context.runAsNonRoot !== true,
      `${who} with runAsNonRoot ${show(context.runAsNonRoot ?? pod.runAsNonRoot)}`,
      "true, of the pod or the container",
    ),
    ...problem(
      !profiles.includes(text(object(context.seccompProfile ?? pod.seccompProfile).type)),
      `${who} with seccomp ${show(context.seccompProfile ?? pod.seccompProfile)}`,
      "RuntimeDefault or Localhost, of the pod or the container",
    ),
    ...contextProblems(who, context),
  ];
}

/** All of the standard's restricted profile, and a root that nobody can write to. */
export function restrictionProblems(pod: Props): readonly Problem[] {
  const context = object(pod.securityContext);
  const volumes = objects(pod.volumes);
  const strange = volumes.filter((volume) => {
    const kinds = Object.keys(volume).filter((key) => key !== "name");
    return kinds.length !== 1 || !volumeKinds.includes(kinds[0] ?? "");
  });
  const sysctls = objects(context.sysctls).filter(({ name }) => !safeSysctls.includes(text(name)));
  return [
    ...problem(
      [pod.hostNetwork, pod.hostPID, pod.hostIPC].some((value) => (value ?? false) !== false) ||
        volumes.some(({ hostPath }) => hostPath !== undefined),
      "a part of the node",
      "neither its network, processes nor files",
    ),
    ...problem(
      strange.some(({ hostPath }) => hostPath === undefined),
      `volumes ${strange.map(({ name }) => text(name)).join(", ")}`,
      "what the standard allows",
    ),
    ...problem(
      sysctls.length > 0,
      `sysctls ${sysctls.map(({ name }) => text(name)).join(", ")}`,
      "safe ones",
    ),
    ...contextProblems("the pod", context),
    ...containersOf(pod).flatMap((container) => containerProblems(container, context)),
  ];
}
