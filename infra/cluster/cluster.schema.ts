import { z } from "zod";
import { cidr } from "../firewall/firewall.schema";
import { identifier } from "../settings/primitives";

/** The role that External Secrets takes on by a namespace's service account, and with it what that namespace may read. */
export const secretsRoleArn = z
  .string()
  .regex(/^arn:aws(-cn|-us-gov)?:iam::\d{12}:role\/[\w+=,.@/-]{1,128}$/)
  .meta({
    allowed: "arn:aws:iam::<account>:role/<name>",
    fix: "make a role that the namespace's service account may take on, and name it here",
  });

export const port = z.number().int().min(1).max(65_535);

export const callers = z.array(cidr(8, 19)).min(1).max(100).meta({
  allowed: "at least one network such as 192.0.2.0/24",
  fix: "list the networks from which the functions' calls arrive (the load balancer's, where one stands before the agents); an empty list would let nobody in",
});

/** The Kubernetes cluster of the upstream agents. */
export const cluster = z.strictObject({
  /**
   * The kubeconfig's context. Without it nothing is applied: the manifests are rendered to a folder, for those who
   * apply them by GitOps. It is one of the facts by which staging is known: `infra/release/stackFacts.ts`.
   */
  context: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,252}$/)
    .meta({ allowed: "the name of a context of the kubeconfig", fix: "kubectl config get-contexts" })
    .optional(),
  /** How often External Secrets looks for a new version of a secret. Rotations overlap by hours at least. */
  secretsRefreshMinutes: z.number().int().min(1).max(60),
  agents: z.strictObject({
    /** Of the agents alone: its network policies hold for every pod in it. */
    namespace: identifier,
    secretsRoleArn,
    /** Where the agents' pods speak TLS. */
    port,
    callers,
    /** What agents may call beside DNS; nothing where the list is empty. */
    egress: z.array(z.strictObject({ to: z.array(cidr(8, 19)).min(1).max(100), port })).max(50),
    /**
     * An agent's certificate is renewed when this share of its life remains, with a new key.
     * https://cert-manager.io/docs/usage/certificate/#reissuance-triggered-by-expiry-renewal
     */
    renewAtRemainingPercent: z.number().int().min(34).max(80),
  }),
});

export type ClusterSettings = z.infer<typeof cluster>;
