import { z } from "zod";
import { port, secretsRoleArn } from "../cluster/cluster.schema";
import { cidr } from "../firewall/firewall.schema";
import { identifier } from "../settings/primitives";

const seconds = (least: number, most: number) => z.number().int().min(least).max(most);

/** Prometheus' blackbox exporter, which tries the domains' doors with certificates good and bad (B1.5). */
export const prober = z
  .strictObject({
    /** The client of the settings as which it calls. */
    clientId: identifier,
    namespace: identifier,
    secretsRoleArn,
    /** Each domain is tried this often with each certificate. */
    intervalSeconds: seconds(15, 300),
    timeoutSeconds: seconds(2, 30),
    /**
     * Where it may connect to: the region's prefixes of API_GATEWAY in https://ip-ranges.amazonaws.com/ip-ranges.json, and
     * the load balancer before the agents.
     */
    egress: z
      .array(z.strictObject({ to: z.array(cidr(8, 19)).min(1).max(100), port }))
      .min(1)
      .max(50)
      .meta({
        allowed: "at least one network and port",
        fix: "list the gateway's networks with port 443: without them it reaches nothing",
      }),
    /** Who scrapes it, and alone may. */
    prometheus: z.strictObject({
      namespace: identifier,
      podLabels: z
        .record(z.string().max(253), z.string().max(63))
        .refine((labels) => Object.keys(labels).length > 0)
        .meta({ allowed: "at least one label", fix: "write the labels of Prometheus' pods" }),
    }),
    /** Where Prometheus finds External Secrets' own metrics. https://external-secrets.io/latest/api/metrics/ */
    externalSecretsMetrics: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?:\d{2,5}$/)
      .meta({ allowed: "<host>:<port>", fix: "name the service of External Secrets' controller" }),
    alerts: z.strictObject({
      /** The good certificate is refused for so long: mutual TLS is down. */
      downAfterSeconds: seconds(30, 600),
      /** A domain cannot be reached at all. */
      unreachableAfterSeconds: seconds(60, 1_800),
      /** Something is not tried any more. */
      proberDownAfterSeconds: seconds(60, 1_800),
      /** What is tried proves nothing: certificates out of step, answers that say neither yes nor no. */
      unprovenAfterSeconds: seconds(300, 21_600),
    }),
  })
  .superRefine(({ intervalSeconds, timeoutSeconds, alerts }, context) => {
    const refuse = (path: string[], allowed: string, fix: string): void =>
      context.addIssue({ code: "custom", path, message: allowed, params: { allowed, fix } });
    if (timeoutSeconds >= intervalSeconds)
      refuse(
        ["timeoutSeconds"],
        `less than intervalSeconds, ${intervalSeconds}`,
        "shorten it, or try less often",
      );
    if (alerts.downAfterSeconds < intervalSeconds)
      refuse(
        ["alerts", "downAfterSeconds"],
        `at least intervalSeconds, ${intervalSeconds}: one lost packet is no outage`,
        "wait for a second try, or try more often",
      );
  });

export type ProberSettings = z.infer<typeof prober>;
