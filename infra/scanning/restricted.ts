/**
 * The restricted profile of the Pod Security Standards, control by control from its table: a second opinion for tests, which shares no
 * line with the policy pack. https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
type Fields = Record<string, unknown>;

const fields = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
const all = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : []);
const get = (value: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((at, step) => fields(at)[step], value);
const among = (value: unknown, allowed: readonly unknown[]): boolean => allowed.includes(value);

const SELINUX = [undefined, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const PROFILES = ["RuntimeDefault", "Localhost"];
const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];
const SYSCTLS = [
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
const CALLS = [
  "livenessProbe.httpGet",
  "readinessProbe.httpGet",
  "startupProbe.httpGet",
  "livenessProbe.tcpSocket",
  "readinessProbe.tcpSocket",
  "startupProbe.tcpSocket",
  "lifecycle.postStart.httpGet",
  "lifecycle.preStop.httpGet",
  "lifecycle.postStart.tcpSocket",
  "lifecycle.preStop.tcpSocket",
];

/** Names of the controls that a pod violates; none where the API server would admit it. */
export function againstRestricted(pod: unknown): string[] {
  const containers = ["containers", "initContainers", "ephemeralContainers"].flatMap((kind) =>
    all(get(pod, kind)),
  );
  const everywhere = (path: string): unknown[] =>
    [pod, ...containers].map((one) => get(one, `securityContext.${path}`));
  const inEach = (path: string): unknown[] => containers.map((one) => get(one, path));
  const volumeKinds = all(get(pod, "volumes")).flatMap((one) =>
    Object.keys(one).filter((key) => key !== "name"),
  );
  const own = (path: string): boolean =>
    containers.every((one) => get(one, `securityContext.${path}`) !== undefined);
  const controls: Readonly<Record<string, boolean>> = {
    HostProcess: everywhere("windowsOptions.hostProcess").every((value) => among(value, [undefined, false])),
    "Host Namespaces": ["hostNetwork", "hostPID", "hostIPC"].every((key) =>
      among(get(pod, key), [undefined, false]),
    ),
    "Privileged Containers": inEach("securityContext.privileged").every((value) =>
      among(value, [undefined, false]),
    ),
    "HostPath Volumes": !volumeKinds.includes("hostPath"),
    "Host Ports": inEach("ports").every((ports) =>
      all(ports).every(({ hostPort }) => among(hostPort, [undefined, 0])),
    ),
    "Host Probes / Lifecycle Hooks": CALLS.every((call) =>
      inEach(`${call}.host`).every((host) => among(host, [undefined, ""])),
    ),
    AppArmor: everywhere("appArmorProfile.type").every((value) => among(value, [undefined, ...PROFILES])),
    SELinux:
      everywhere("seLinuxOptions.type").every((value) => among(value, SELINUX)) &&
      ["user", "role"].every((key) =>
        everywhere(`seLinuxOptions.${key}`).every((value) => among(value, [undefined, ""])),
      ),
    "/proc Mount Type": inEach("securityContext.procMount").every((value) =>
      among(value, [undefined, "Default"]),
    ),
    Sysctls: all(get(pod, "securityContext.sysctls")).every(({ name }) => among(name, SYSCTLS)),
    "Volume Types": volumeKinds.every((kind) => among(kind, VOLUMES)),
    "Privilege Escalation": inEach("securityContext.allowPrivilegeEscalation").every(
      (value) => value === false,
    ),
    "Running as Non-root":
      everywhere("runAsNonRoot").every((value) => among(value, [undefined, true])) &&
      (get(pod, "securityContext.runAsNonRoot") === true || own("runAsNonRoot")),
    "Running as Non-root user": everywhere("runAsUser").every((value) => value !== 0),
    Seccomp:
      everywhere("seccompProfile.type").every((value) => among(value, [undefined, ...PROFILES])) &&
      (get(pod, "securityContext.seccompProfile.type") !== undefined || own("seccompProfile.type")),
    Capabilities: containers.every((one) => {
      const { drop, add } = fields(get(one, "securityContext.capabilities"));
      const added = Array.isArray(add) ? add : [];
      return (
        Array.isArray(drop) && drop.includes("ALL") && added.every((name) => name === "NET_BIND_SERVICE")
      );
    }),
  };
  return Object.entries(controls).flatMap(([name, holds]) => (holds ? [] : [name]));
}
