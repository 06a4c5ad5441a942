import { z } from "zod";
import { exception, hostName, identifier } from "../settings/primitives";

const certificateArn = z
  .string()
  .regex(/^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/)
  .meta({
    allowed: "arn:aws:acm:<region>:<account>:certificate/<uuid>",
    fix: "copy the certificate's ARN from ACM, in the stack's own region",
  });

/** A certificate that the program issues, or one that exists and is named by its ARN. */
export const certificate = z.discriminatedUnion("source", [
  z.strictObject({ source: z.literal("issue") }),
  z.strictObject({ source: z.literal("existing"), arn: certificateArn }),
  z.strictObject({
    /** Imported into ACM from another authority: it does not renew by itself, and on a domain with mutual TLS the
     * gateway wants proof of ownership. https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html */
    source: z.literal("imported"),
    arn: certificateArn,
    ownershipVerificationCertificateArn: certificateArn,
  }),
]);

/** The configuration that an agent needs to serve: five agents lacked it (B5.4). */
export const agentConfiguration = z.strictObject({
  /** Paths of the contract that this agent serves. */
  routes: z
    .array(z.string().regex(/^\/[a-z][a-z0-9/-]*$/))
    .min(1)
    .max(20),
  /** `client_id`s that may call it; an empty list would close it silently, so it is refused. */
  clients: z.array(identifier).min(1).max(1_000),
  /** Calls under way at once from the edge to this agent. */
  maxConcurrentRequests: z.number().int().min(1).max(1_000),
  alertLabels: z.strictObject({
    team: identifier,
    severity: z.enum(["page", "ticket"]),
  }),
});

const common = {
  /**
   * Permanent: it names the agent's resources. Another id, or another protocol, for the same domain is a removal and
   * an addition, in two `pulumi up`s: the gateway takes a domain once, and DNS a name once.
   */
  id: identifier,
  domain: hostName,
  certificate,
  configuration: agentConfiguration,
};

const upstream = z.strictObject({
  url: z
    .url({ protocol: /^https$/, hostname: z.regexes.domain })
    .max(255)
    .meta({ allowed: "an https:// URL with a host name", fix: "agents are called over TLS only" }),
  /** Time-out of one try of a call, below the gateway's 29 s. */
  timeoutMs: z.number().int().min(100).max(28_000),
});

export const agent = z.discriminatedUnion("protocol", [
  z.strictObject({
    ...common,
    protocol: z.literal("http"),
    /** None where the edge itself answers: it issues the tickets of voice sessions. */
    upstream: upstream.optional(),
    /** Mutual TLS is on for every HTTP agent; only a dated exception with a reason turns it off. */
    mutualTlsException: exception.optional(),
  }),
  // The gateway offers no mutual TLS on WebSocket domains: identity is a ticket issued over mutual TLS (B5.3).
  z.strictObject({ ...common, protocol: z.literal("websocket"), upstream }),
]);

export const agents = z
  .array(agent)
  .min(1)
  .meta({ allowed: "at least one agent", fix: "list the stack's agents" });

/** The counts that were ordered (B5.1, B5.4, B8.4): the loader holds the list against them. */
export const ordered = z.strictObject({
  agents: z.number().int().min(1),
  certificatesToIssue: z.number().int().min(0),
  configurationsToClose: z.number().int().min(0),
});

export type Agent = z.infer<typeof agent>;
export type HttpAgent = Extract<Agent, { protocol: "http" }>;
export type WebSocketAgent = Extract<Agent, { protocol: "websocket" }>;
export type Ordered = z.infer<typeof ordered>;
