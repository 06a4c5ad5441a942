import { describe, expect, it } from "vitest";
import { manifestOf } from "../cluster/testSupport";
import { proberManifests } from "../prober/proberRules";
import { proberArgs } from "../prober/testSupport";
import { againstRestricted } from "./restricted";
import { scanningManifests } from "./scanningRules";
import { scanningArgs } from "./testSupport";

type Json = Record<string, unknown>;

const scanPod = (): Json => {
  const { spec } = manifestOf(scanningManifests(scanningArgs()), "CronJob", "fuzz") as unknown as {
    spec: { jobTemplate: { spec: { template: { spec: Json } } } };
  };
  return JSON.parse(JSON.stringify(spec.jobTemplate.spec.template.spec)) as Json;
};

/** The pod with one place of it changed. */
function broken(path: string, value: unknown): Json {
  const pod = scanPod();
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  const owner = keys.reduce<Json>((at, key) => (at[key] ??= {}) as Json, pod);
  owner[last] = value;
  return pod;
}

describe("the restricted standard", () => {
  it("has nothing against the pods of scans and prober", () => {
    const { spec } = manifestOf(proberManifests(proberArgs()), "Deployment", "prober") as unknown as {
      spec: { template: { spec: Json } };
    };
    expect([againstRestricted(scanPod()), againstRestricted(spec.template.spec)]).toEqual([[], []]);
  });

  it.each([
    ["HostProcess", "securityContext.windowsOptions", { hostProcess: true }],
    ["Host Namespaces", "hostNetwork", true],
    ["Host Namespaces", "hostPID", true],
    ["Host Namespaces", "hostIPC", true],
    ["Privileged Containers", "initContainers.0.securityContext.privileged", true],
    ["Host Ports", "containers.0.ports", [{ containerPort: 80, hostPort: 80 }]],
    [
      "Host Probes / Lifecycle Hooks",
      "containers.0.livenessProbe",
      { tcpSocket: { host: "192.0.2.1", port: 1 } },
    ],
    ["AppArmor", "securityContext.appArmorProfile", { type: "Unconfined" }],
    ["SELinux", "containers.0.securityContext.seLinuxOptions", { type: "spc_t" }],
    ["SELinux", "securityContext.seLinuxOptions", { role: "sysadm_r" }],
    ["/proc Mount Type", "containers.0.securityContext.procMount", "Unmasked"],
    ["Sysctls", "securityContext.sysctls", [{ name: "net.core.somaxconn", value: "1" }]],
    ["Volume Types", "volumes", [{ name: "share", nfs: { server: "192.0.2.1", path: "/" } }]],
    ["Privilege Escalation", "containers.0.securityContext.allowPrivilegeEscalation", undefined],
    ["Running as Non-root", "securityContext.runAsNonRoot", undefined],
    ["Running as Non-root", "initContainers.0.securityContext.runAsNonRoot", false],
    ["Running as Non-root user", "containers.0.securityContext.runAsUser", 0],
    ["Seccomp", "securityContext.seccompProfile", undefined],
    ["Seccomp", "containers.0.securityContext.seccompProfile", { type: "Unconfined" }],
    ["Capabilities", "containers.0.securityContext.capabilities", { drop: ["NET_RAW"] }],
    ["Capabilities", "initContainers.0.securityContext.capabilities", { drop: ["ALL"], add: ["SYS_ADMIN"] }],
  ])("refuses a pod that breaks %s by %s", (control, path, value) => {
    expect(againstRestricted(broken(path, value))).toEqual([control]);
  });

  it("refuses a file of the node twice: as such, and as a kind of volume", () => {
    expect(againstRestricted(broken("volumes", [{ name: "node", hostPath: { path: "/" } }]))).toEqual([
      "HostPath Volumes",
      "Volume Types",
    ]);
  });
});
