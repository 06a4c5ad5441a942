import { z } from "zod";
import { hostName } from "./primitives";

/**
 * Service quotas of the account, as the Service Quotas console shows them. The loader counts what the stack
 * declares against each, so that `pulumi up` never stops half-way on a quota.
 */
export const quotas = z.strictObject({
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html ("Custom domain names per account per Region") */
  customDomains: z.number().int().min(1).max(10_000),
  /** Same page: "Usage plans per account per Region". */
  usagePlans: z.number().int().min(1).max(10_000),
  /** Same page: "API keys per account per Region". */
  apiKeys: z.number().int().min(1).max(100_000),
  /** Throttled methods in one usage plan; not published, 20 was observed. */
  methodThrottlesPerUsagePlan: z.number().int().min(1).max(1_000),
  /** Same page: "Client certificates per account per Region". */
  clientCertificates: z.number().int().min(1).max(1_000),
  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html ("Throttle quota per account, per Region"), requests a second over all APIs. */
  requestsPerSecond: z.number().int().min(1).max(1_000_000),
  /** https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html ("Number of ACM certificates") */
  acmCertificates: z.number().int().min(1).max(100_000),
  /** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html; Lambda keeps 100 of them unreserved. */
  lambdaConcurrency: z.number().int().min(1).max(1_000_000),
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html ("Alarms per Region") */
  metricAlarms: z.number().int().min(1).max(1_000_000),
  /** https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html ("Records per hosted zone") */
  recordsPerZone: z.number().int().min(1).max(1_000_000),
});

export type Quotas = z.infer<typeof quotas>;

/** What the program must know of the account. Nothing is looked up: a preview needs no credentials. */
export const account = z.strictObject({
  id: z
    .string()
    .regex(/^\d{12}$/)
    .meta({ allowed: "12 digits in quotes", fix: "quote the account id, so that YAML keeps its zeros" }),
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .meta({ allowed: "an AWS region such as eu-west-1", fix: "write the region's code" }),
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]{7,31}$/)
    .meta({
      allowed: "a Route 53 hosted zone id such as Z0123456789EXAMPLE",
      fix: "copy the id of the zone",
    }),
  /** All domains of the stack are under this zone. */
  zoneName: hostName,
  quotas,
});

export type Account = z.infer<typeof account>;
