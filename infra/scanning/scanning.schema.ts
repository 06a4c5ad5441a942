import { z } from "zod";
import { port, secretsRoleArn } from "../cluster/cluster.schema";
import { cidr } from "../firewall/firewall.schema";
import { identifier } from "../settings/primitives";

/** What is scanned, by the name under which results are kept and failures are told (B2.1, B2.2). */
export const SCANS = ["zap-baseline", "zap-authenticated", "fuzz"] as const;
export type ScanName = (typeof SCANS)[number];

/** Five fields, as Kubernetes reads them. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax */
const schedule = z
  .string()
  .regex(/^[\d*/,-]+( [\d*/,-]+){4}$/)
  .meta({
    allowed: "a cron expression of five fields, in UTC, e.g. 17 2 * * *",
    fix: "write minute, hour, day of the month, month, day of the week",
  });

const scan = z.strictObject({
  schedule,
  /** After this the run is ended and has failed. */
  timeoutMinutes: z.number().int().min(2).max(180),
});

const reachable = z
  .array(z.strictObject({ to: z.array(cidr(8, 19)).min(1).max(100), port }))
  .min(1)
  .max(50);

/** ZAP and Schemathesis in the cluster, against staging and nothing else (B2.1, B2.2). */
export const scanning = z.strictObject({
  /** The client of the settings as which scans call, with a quota of its own. */
  clientId: identifier,
  namespace: identifier,
  secretsRoleArn,
  /**
   * Who issues the tokens of the cluster's service accounts, without `https://`; the account's OIDC provider of that name is made with the
   * cluster. https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html
   */
  oidcIssuer: z
    .string()
    .max(255)
    .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9](\/[A-Za-z0-9._-]+)*$/)
    .meta({
      allowed: "the issuer's host and path, without https://",
      fix: "aws eks describe-cluster --query cluster.identity.oidc.issuer",
    }),
  /**
   * From where the cluster's calls leave. By these addresses, never by a header, a scan is known: it is not slowed down and pages
   * nobody, and it is validated as everybody is. The scans' client is refused from anywhere else.
   */
  egressAddresses: z.array(cidr(28, 64)).min(1).max(20).meta({
    allowed: "1 to 20 networks of at most 16 addresses, such as 203.0.113.7/32",
    fix: "list the addresses of the cluster's NAT gateways",
  }),
  /** Staging, as the pods reach it: the gateway's networks. */
  egress: reachable,
  /** By where results leave: the VPC endpoints of S3, STS and CloudWatch Logs. */
  resultsEgress: reachable,
  /** What scans ask together, at most; less than a client of the lowest tier may. */
  requestsPerSecond: z.number().int().min(1).max(50),
  /** Ended runs that the cluster keeps, of each scan and outcome. */
  historyRuns: z.number().int().min(1).max(10),
  /** Nothing was heard of a scan for so long: an alert. */
  missingAfterHours: z.number().int().min(2).max(192),
  scans: z.strictObject({
    "zap-baseline": scan,
    "zap-authenticated": scan,
    fuzz: scan.extend({
      /** Of each route. */
      secondsPerRoute: z.number().int().min(30).max(1_800),
    }),
  } satisfies Record<ScanName, unknown>),
});

export type ScanningSettings = z.infer<typeof scanning>;
