import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

type Json = Record<string, unknown>;

const certificate = (stack: TestStack): TestResource => stack.get(types.clusterCertificate);
const external = (stack: TestStack): TestResource => stack.get(types.externalSecret, "cluster-services-g1");
const workload = (stack: TestStack): TestResource => stack.get(types.workload);
const container = (stack: TestStack): Json => workload(stack).at("spec.template.spec.containers.0");
const policy = (stack: TestStack, name: string): TestResource =>
  stack.get(types.networkPolicy, `cluster-${name}`);
const inNamespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
/** One end of a way from the scans to the agents, and the other one. */
const mayCall = (stack: TestStack, port: number): TestResource =>
  stack
    .get(types.networkPolicy, "scanning-staging")
    .set("spec.egress", [{ to: [{ namespaceSelector: inNamespace("agents") }], ports: [{ port }] }]);
const lets = (stack: TestStack, port: number): TestResource =>
  policy(stack, "callers").set("spec.ingress.1", {
    from: [{ namespaceSelector: inNamespace("scanning") }],
    ports: [{ port }],
  });
const secretName = "fase-b/authority/g1/services-issuer";
/** A second secret that the namespace fetches. */
const fetches = (stack: TestStack, key: string): TestResource => {
  const { metadata, spec } = external(stack).props as { metadata: Json; spec: Json };
  return stack.add(types.externalSecret, "cluster-second", {
    metadata: { ...metadata, name: "second" },
    spec: {
      ...spec,
      target: { name: "second" },
      data: [{ secretKey: "one", remoteRef: { key, property: "chainPem" } }],
    },
  });
};
const set =
  (find: (stack: TestStack) => TestResource, path: string, value: unknown) =>
  (stack: TestStack): TestResource =>
    find(stack).set(path, value);

export const cluster: CaseBook = {
  "cluster-certificate-requires-renewal": {
    violations: [
      {
        when: "a certificate lives for 31 days",
        change: set(certificate, "spec.duration", "744h"),
        says: /'cluster-chat-01': got duration "744h"; expected "1h" to "720h"/,
      },
      {
        when: "how long it lives is left to the cluster",
        change: set(certificate, "spec.duration", undefined),
        says: /got duration nothing/,
      },
      {
        when: "it lives for minutes, which nobody can read as hours",
        change: set(certificate, "spec.duration", "90m"),
        says: /got duration "90m"/,
      },
      {
        when: "when it is renewed is left to the cluster",
        change: set(certificate, "spec.renewBeforePercentage", undefined),
        says: /got renewBeforePercentage nothing/,
      },
      {
        when: "it is renewed in its last hours",
        change: set(certificate, "spec.renewBeforePercentage", 5),
        says: /got renewBeforePercentage 5; expected 20 to 80/,
      },
      {
        when: "the same key is certified again",
        change: set(certificate, "spec.privateKey.rotationPolicy", "Never"),
        says: /with rotationPolicy "Never"; expected .* a new one each time/,
      },
      {
        when: "the key is short",
        change: set(certificate, "spec.privateKey", {
          algorithm: "RSA",
          size: 1_024,
          rotationPolicy: "Always",
        }),
        says: /got a key of "RSA" 1024/,
      },
      {
        when: "the curve is short",
        change: set(certificate, "spec.privateKey.size", 224),
        says: /got a key of "ECDSA" 224/,
      },
      { when: "it is an authority", change: set(certificate, "spec.isCA", true), says: /got isCA true/ },
      {
        when: "it signs others",
        change: set(certificate, "spec.usages", ["server auth", "cert sign"]),
        says: /with uses server auth and cert sign; expected no authority/,
      },
      {
        when: "its uses are left to the cluster",
        change: set(certificate, "spec.usages", undefined),
        says: /with uses none/,
      },
      {
        when: "it is for all names of a domain",
        change: set(certificate, "spec.dnsNames", ["*.agents.staging.example.com"]),
        says: /got names \*\.agents\.staging\.example\.com/,
      },
      {
        when: "an issuer of the whole cluster signs it",
        change: set(certificate, "spec.issuerRef.kind", "ClusterIssuer"),
        says: /got an issuer of kind "ClusterIssuer"/,
      },
    ],
    nearMisses: [
      { when: "it lives for 30 days", change: set(certificate, "spec.duration", "720h") },
      {
        when: "its key is an RSA one of 2048 bits",
        change: set(certificate, "spec.privateKey", {
          algorithm: "RSA",
          size: 2_048,
          rotationPolicy: "Always",
        }),
      },
    ],
  },
  "external-secrets-bind-secrets": {
    violations: [
      {
        when: "a secret is of elsewhere",
        change: (stack) => fetches(stack, "elsewhere/token"),
        says: /'cluster-second': got secret "elsewhere\/token"; expected one of this stack/,
      },
      {
        when: "a secret's policy refuses the cluster's role",
        change: (stack) => fetches(stack, "fase-b/prober/certificates"),
        says: /'cluster-second': got 'prober-certificates-secret' by .*role\/agents-secrets, which its policy refuses/,
      },
      {
        when: "an authority's key is fetched where nothing is issued",
        change: (stack) => stack.remove(stack.get(types.clusterIssuer)),
        says: /'cluster-services-g1': got 'authority-g1-services-issuer-secret', an authority's key, where nothing is issued by it/,
      },
      {
        when: "the chain is fetched from beside the key, in a namespace that only verifies",
        change: (stack) => {
          for (const type of [types.serviceAccount, types.secretStore]) {
            const one = stack.first(type);
            stack.add(type, `other-${one.name}`, {
              ...one.props,
              metadata: { ...(one.props.metadata as Json), namespace: "prober" },
            });
          }
          fetches(stack, secretName).set("metadata.namespace", "prober");
        },
        says: /'cluster-second': got 'authority-g1-services-issuer-secret', an authority's key/,
      },
      {
        when: "all of a secret is fetched",
        change: (stack) => external(stack).set("spec.dataFrom", [{ extract: { key: secretName } }]),
        says: /got all of a secret, or nothing/,
      },
      {
        when: "all of a secret is fetched as one value",
        change: (stack) => external(stack).set("spec.data.0.remoteRef.property", undefined),
        says: /got all of a secret, or nothing/,
      },
      {
        when: "nothing is fetched",
        change: set(external, "spec.data", []),
        says: /got all of a secret, or nothing/,
      },
      {
        when: "the store is the whole cluster's",
        change: set(external, "spec.secretStoreRef.kind", "ClusterSecretStore"),
        says: /'cluster-services-g1': got a store "secrets-manager" of no role/,
      },
      {
        when: "the store is another namespace's",
        change: (stack) => stack.get(types.secretStore).set("metadata.namespace", "elsewhere"),
        says: /got a store "secrets-manager" of no role/,
      },
      {
        when: "the store has no role",
        change: (stack) =>
          stack.get(types.serviceAccount, "cluster-secrets-reader").set("metadata.annotations", undefined),
        says: /got a store "secrets-manager" of no role/,
      },
      {
        when: "an issuer signs by itself",
        change: (stack) => stack.get(types.clusterIssuer).set("spec", { selfSigned: {} }),
        says: /'cluster-services-g1': got an issuer by selfSigned; expected ca alone/,
      },
      {
        when: "an issuer asks somebody else too",
        change: (stack) => stack.get(types.clusterIssuer).set("spec.acme", {}),
        says: /got an issuer by acme and ca|got an issuer by ca and acme/,
      },
    ],
    nearMisses: [
      {
        when: "the roots are taken from the same secret where the key is anyway",
        change: (stack) => fetches(stack, secretName),
      },
      {
        when: "a namespace that only verifies fetches certificates without a key",
        change: (stack) => fetches(stack, "fase-b/authority/services"),
      },
      {
        when: "another namespace has a store of the same name",
        change: (stack) => {
          const { props } = stack.get(types.secretStore);
          stack.add(types.secretStore, "other", {
            ...props,
            metadata: { name: "secrets-manager", namespace: "other" },
          });
        },
      },
    ],
  },
  "namespaces-bind-network-policies": {
    violations: [
      {
        when: "nothing closes the namespace",
        change: (stack) => stack.remove(policy(stack, "deny-all")),
        says: /'cluster-agents': got no policy that closes it/,
      },
      {
        when: "pods may call whom they like",
        change: (stack) => policy(stack, "deny-all").set("spec.policyTypes", ["Ingress"]),
        says: /'cluster-agents': got no policy that closes it/,
      },
      {
        when: "the policy closes some of the pods",
        change: (stack) =>
          policy(stack, "deny-all").set("spec.podSelector", { matchLabels: { app: "chat" } }),
        says: /'cluster-agents': got no policy that closes it/,
      },
      {
        when: "the policy that closes is another namespace's",
        change: (stack) => policy(stack, "deny-all").set("metadata.namespace", "other"),
        says: /'cluster-agents': got no policy that closes it/,
      },
      {
        when: "privileged pods may run",
        change: (stack) =>
          stack.get(types.namespace, "cluster-agents").set("metadata.labels", { name: "agents" }),
        says: /'cluster-agents': got pod-security\.kubernetes\.io\/enforce nothing/,
      },
      ...[
        ["from anybody, by saying nothing", "from", undefined],
        ["from the whole internet", "from", [{ ipBlock: { cidr: "0.0.0.0/0" } }]],
        [
          "from the whole internet beside",
          "from",
          [{ ipBlock: { cidr: "192.0.2.0/24" } }, { ipBlock: { cidr: "::/0" } }],
        ],
        ["from half the internet", "from", [{ ipBlock: { cidr: "128.0.0.0/1" } }]],
        ["from a network that nobody names", "from", [{ ipBlock: {} }]],
        ["from every namespace", "from", [{ namespaceSelector: {} }]],
        [
          "from every namespace, by a selector without labels",
          "from",
          [{ namespaceSelector: { matchLabels: {} } }],
        ],
        [
          "from any namespace with a label",
          "from",
          [
            {
              namespaceSelector: { matchLabels: { name: "prober" } },
              podSelector: { matchLabels: { name: "prober" } },
            },
          ],
        ],
        [
          "from every pod of somebody else's namespace",
          "from",
          [{ namespaceSelector: inNamespace("prober") }],
        ],
        [
          "from every pod of somebody else's namespace, by a selector without labels",
          "from",
          [{ namespaceSelector: inNamespace("prober"), podSelector: { matchLabels: {} } }],
        ],
        ["on every port", "ports", undefined],
        ["on every port of TCP", "ports", [{ protocol: "TCP" }]],
        ["on a range of ports", "ports", [{ protocol: "TCP", port: 8443, endPort: 9000 }]],
      ].map(([what, key, value]) => ({
        when: `pods are open ${String(what)}`,
        change: (stack: TestStack) => policy(stack, "callers").set(`spec.ingress.0.${String(key)}`, value),
        says: /'cluster-callers': got 1 openings to anybody or on every port/,
      })),
      {
        when: "pods may call anybody",
        change: (stack) =>
          policy(stack, "callers").set("spec.egress", [
            { ports: [{ port: 443 }], to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] },
          ]),
        says: /'cluster-callers': got 1 openings/,
      },
      {
        when: "nobody may come in any more",
        change: (stack) => policy(stack, "callers").set("spec.ingress", undefined),
        says: /'cluster-callers': got no opening/,
      },
      {
        when: "callers come in where no service is",
        change: (stack) => policy(stack, "callers").set("spec.ingress.0.ports.0.port", 8444),
        says: /'cluster-callers': got the ports 8444 open, at which no service is; expected ports of the namespace's services: 8443/,
      },
      {
        when: "a way between two namespaces ends before a shut door",
        change: (stack) => mayCall(stack, 8444),
        says: /'scanning-staging': got the way from scanning to agents on 8444 open at this end alone/,
      },
      {
        when: "a door is open to a namespace that may not go there",
        change: (stack) => lets(stack, 8443),
        says: /'cluster-callers': got the way from scanning to agents on 8443 open at this end alone/,
      },
      {
        when: "an object lives in a namespace of elsewhere",
        change: (stack) => stack.get(types.configMap).set("metadata.namespace", "default"),
        says: /'cluster-configuration': got namespace "default"; expected one of this stack: scanning and agents/,
      },
      {
        when: "an object lives in whatever namespace",
        change: (stack) => workload(stack).set("metadata.namespace", undefined),
        says: /'cluster-prober': got namespace ""/,
      },
      {
        when: "a service is reached from outside",
        change: (stack) => stack.get(types.clusterService).set("spec.type", "LoadBalancer"),
        says: /'cluster-prober': got type "LoadBalancer"/,
      },
      {
        when: "a service has an address outside",
        change: (stack) => stack.get(types.clusterService).set("spec.externalIPs", ["192.0.2.1"]),
        says: /'cluster-prober': got type "ClusterIP"; expected "ClusterIP": nobody from outside/,
      },
    ],
    nearMisses: [
      {
        when: "a service's type is left to the cluster, which keeps it inside",
        change: (stack) => stack.get(types.clusterService).set("spec.type", undefined),
      },
      {
        when: "pods ask the resolver",
        change: (stack) =>
          policy(stack, "callers").set("spec.egress", [
            {
              to: [
                {
                  namespaceSelector: inNamespace("kube-system"),
                  podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
                },
              ],
              ports: [{ port: 53 }],
            },
          ]),
      },
      {
        when: "a way between two namespaces is open at both ends",
        change: (stack) => {
          mayCall(stack, 8443);
          lets(stack, 8443);
        },
      },
      {
        when: "pods of the namespace call each other",
        change: (stack) => policy(stack, "callers").set("spec.ingress.0.from", [{ podSelector: {} }]),
      },
      {
        when: "the callers are a whole network of a company's own",
        change: (stack) =>
          policy(stack, "callers").set("spec.ingress.0.from", [{ ipBlock: { cidr: "10.0.0.0/8" } }]),
      },
      {
        when: "no service says where pods listen",
        change: (stack) => {
          stack.remove(stack.get(types.clusterService));
          policy(stack, "callers").set("spec.ingress.0.ports.0.port", 8444);
        },
      },
    ],
  },
  "workload-forbids-privileges": {
    violations: [
      {
        when: "the image is whatever has that name today",
        change: (stack) => Object.assign(container(stack), { image: "registry.example.com/exporter:latest" }),
        says: /'cluster-prober': got image "registry\.example\.com\/exporter:latest"/,
      },
      ...[
        ["escalates", "allowPrivilegeEscalation", true],
        ["may escalate, by saying nothing", "allowPrivilegeEscalation", undefined],
        ["is privileged", "privileged", true],
        ["writes to its root", "readOnlyRootFilesystem", false],
        ["keeps its capabilities", "capabilities", undefined],
        ["takes a capability", "capabilities", { drop: ["ALL"], add: ["NET_ADMIN"] }],
      ].map(([what, key, value]) => ({
        when: `a container ${String(what)}`,
        change: (stack: TestStack) =>
          workload(stack).set(`spec.template.spec.containers.0.securityContext.${String(key)}`, value),
        says: /'cluster-prober': got container "exporter" with/,
      })),
      {
        when: "a container is told a secret",
        change: (stack) => Object.assign(container(stack), { env: [{ name: "API_TOKEN", value: "hunter" }] }),
        says: /'cluster-prober': got what looks like a secret in API_TOKEN/,
      },
      {
        when: "a container of the beginning is anybody's",
        change: (stack) =>
          workload(stack).set("spec.template.spec.initContainers", [{ name: "first", image: "busybox" }]),
        says: /got image "busybox"/,
      },
      ...(
        [
          ["may run as root", "securityContext.runAsNonRoot", undefined, /with runAsNonRoot nothing/],
          ["runs as root", "securityContext.runAsUser", 0, /got the pod as user 0/],
          ["has no seccomp profile", "securityContext.seccompProfile", undefined, /with seccomp nothing/],
          ["is unconfined", "securityContext.seccompProfile.type", "Unconfined", /the pod with seccomp/],
          ["has AppArmor off", "securityContext.appArmorProfile", { type: "Unconfined" }, /with AppArmor/],
          ["takes an SELinux user", "securityContext.seLinuxOptions", { user: "root" }, /with SELinux/],
          ["takes an SELinux type", "securityContext.seLinuxOptions", { type: "spc_t" }, /with SELinux/],
          [
            "is a process of a Windows node",
            "securityContext.windowsOptions",
            { hostProcess: true },
            /as a process of its node/,
          ],
          [
            "changes its node's kernel",
            "securityContext.sysctls",
            [{ name: "kernel.msgmax", value: "1" }],
            /sysctls kernel\.msgmax/,
          ],
          [
            "mounts a network file system",
            "volumes",
            [{ name: "share", nfs: { server: "x" } }],
            /volumes share/,
          ],
          [
            "may be entered by an unrestricted one",
            "ephemeralContainers",
            [{ name: "debug", image: `registry.example.com/x@sha256:${"0".repeat(64)}` }],
            /container "debug" with nothing/,
          ],
        ] as const
      ).map(([what, key, value, says]) => ({
        when: `the pod ${what}`,
        change: (stack: TestStack) => workload(stack).set(`spec.template.spec.${key}`, value),
        says,
      })),
      ...(
        [
          ["may run as root by itself", "securityContext.runAsNonRoot", false, /with runAsNonRoot false/],
          ["runs as root by itself", "securityContext.runAsUser", 0, /container "exporter" as user 0/],
          [
            "is unconfined by itself",
            "securityContext.seccompProfile",
            { type: "Unconfined" },
            /container "exporter" with seccomp/,
          ],
          ["sees all of /proc", "securityContext.procMount", "Unmasked", /with procMount "Unmasked"/],
          ["listens on its node", "ports", [{ containerPort: 1, hostPort: 1 }], /on a port of its node/],
          [
            "has its node call another host",
            "livenessProbe",
            { httpGet: { host: "169.254.169.254", port: 80 } },
            /calls another host/,
          ],
          [
            "takes a variable from a secret",
            "env",
            [{ name: "LEVEL", valueFrom: { secretKeyRef: { name: "x", key: "y" } } }],
            /variables from elsewhere: LEVEL/,
          ],
        ] as const
      ).map(([what, key, value, says]) => ({
        when: `a container ${what}`,
        change: (stack: TestStack) => workload(stack).set(`spec.template.spec.containers.0.${key}`, value),
        says,
      })),
      {
        when: "the tool of a scan runs in an image of whatever has that name",
        change: (stack) =>
          stack
            .get(types.cronJob, "scanning-fuzz")
            .set("spec.jobTemplate.spec.template.spec.initContainers.0.image", "schemathesis:stable"),
        says: /'scanning-fuzz': got image "schemathesis:stable"/,
      },
      {
        when: "a scan's pod may run as root",
        change: (stack) =>
          stack
            .get(types.cronJob, "scanning-fuzz")
            .set("spec.jobTemplate.spec.template.spec.securityContext", {}),
        says: /'scanning-fuzz': got container "upload" with runAsNonRoot nothing/,
      },
      ...["hostNetwork", "hostPID", "hostIPC"].map((key) => ({
        when: `the pod has ${key}`,
        change: (stack: TestStack) => workload(stack).set(`spec.template.spec.${key}`, true),
        says: /'cluster-prober': got a part of the node/,
      })),
      {
        when: "the pod reads files of its node",
        change: (stack) =>
          workload(stack).set("spec.template.spec.volumes", [{ hostPath: { path: "/etc" } }]),
        says: /'cluster-prober': got a part of the node/,
      },
      {
        when: "the pod may ask the cluster",
        change: (stack) => workload(stack).set("spec.template.spec.automountServiceAccountToken", undefined),
        says: /got automountServiceAccountToken nothing/,
      },
      {
        when: "there is no container",
        change: (stack) => workload(stack).set("spec.template.spec.containers", []),
        says: /got no container of prober/,
      },
      {
        when: "the image is not known",
        change: (stack) => Object.assign(container(stack), { image: unknownValue }),
        says: /image that is unknown at preview/,
      },
    ],
    nearMisses: [
      {
        when: "it is each container that says that it is nobody, and not the pod",
        change: (stack) =>
          workload(stack)
            .set("spec.template.spec.securityContext", {})
            .set("spec.template.spec.containers.0.securityContext.runAsNonRoot", true)
            .set("spec.template.spec.containers.0.securityContext.seccompProfile", {
              type: "RuntimeDefault",
            }),
      },
      {
        when: "an SELinux type of containers and a safe sysctl are asked for",
        change: (stack) =>
          workload(stack)
            .set("spec.template.spec.securityContext.seLinuxOptions", { type: "container_t" })
            .set("spec.template.spec.securityContext.sysctls", [{ name: "net.ipv4.tcp_syncookies" }]),
      },
      {
        when: "a container is told where a token lies",
        change: (stack) =>
          Object.assign(container(stack), { env: [{ name: "TOKEN_FILE", value: "/run/token" }] }),
      },
    ],
  },
};
