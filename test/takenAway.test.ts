import { afterEach, describe, expect, it } from "vitest";
import { ProgramCopy } from "./support/programCopy";

/**
 * The program with one control taken away, run by the real command: a policy names what is missing and the exit
 * status is 1. The pack is not touched.
 */
let copy: ProgramCopy | undefined;
afterEach(() => copy?.remove());

describe("a control that is taken away", () => {
  it.each<{ what: string; file: string; from: string; to: string; policy: string }>([
    {
      what: "a certificate (B5.1, B8.4)",
      file: "stacks/staging.ts",
      from: 'certificate.source === "issue"',
      to: 'certificate.source === "issue" && agent.id !== "chat-03"',
      policy: "certificates-count-thirteen",
    },
    {
      what: "a method's throttle (B4.3)",
      file: "infra/gateway/gateway.ts",
      from: "of [strictest, ...throttles]",
      to: "of [strictest, ...throttles.slice(1)]",
      policy: "operations-bind-throttles",
    },
    {
      what: "the firewall's place before the stage (B4.4)",
      file: "infra/firewall/firewall.ts",
      from: "    this.createAssociation(webAcl);\n",
      to: "",
      policy: "web-acl-binds-stage",
    },
    {
      what: "the log format's safety (B1.6)",
      file: "infra/gateway/accessLog.ts",
      from: '  apiKeyId: "$context.identity.apiKeyId",',
      to: '  apiKeyId: "$context.identity.apiKeyId",\n  caller: "$context.identity.sourceIp",',
      policy: "stage-requires-access-log",
    },
    {
      what: "mutual TLS (B5.3)",
      file: "infra/agents/agentDomain.ts",
      from: '...(kind === "mutualTls"\n',
      to: '...(kind === "mutualTls" && agent.id !== "vision-02"\n',
      policy: "domain-requires-mutual-tls",
    },
    {
      what: "the quota of a plan (B4.1)",
      file: "infra/clients/clients.ts",
      from: 'period: "MONTH"',
      to: 'period: "DAY"',
      policy: "usage-plan-requires-quota",
    },
    {
      what: "the recovery of the tables (B3.1)",
      file: "infra/data/data.ts",
      from: "pointInTimeRecovery: { enabled: true }",
      to: "pointInTimeRecovery: { enabled: false }",
      policy: "table-requires-recovery",
    },
    {
      what: "the limits of a role's rights (B3.1)",
      file: "infra/data/dataRules.ts",
      from: '"dynamodb:GetItem", "dynamodb:PutItem"',
      to: '"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Scan"',
      policy: "rights-bind-data",
    },
    {
      what: "the expiry of what tables remember (B3.1)",
      file: "infra/data/data.ts",
      from: 'ttl: { attributeName: "expiresAtSeconds", enabled: true }',
      to: 'ttl: { attributeName: "expiresAtSeconds", enabled: false }',
      policy: "table-requires-expiry",
    },
    {
      what: "the authorizer's being asked every time (B5.3)",
      file: "infra/contract/apiGatewayBody.ts",
      from: "authorizerResultTtlInSeconds: 0",
      to: "authorizerResultTtlInSeconds: 300",
      policy: "operations-require-guards",
    },
    {
      what: "the limit of a function's rights to keys of items (B3.1)",
      file: "infra/data/dataRules.ts",
      from: "        conditions: onlyKeys(itemKeys.sessions),\n",
      to: "",
      policy: "rights-bind-data",
    },
    {
      what: "the encryption of answers by our key (B3.1)",
      file: "infra/data/data.ts",
      from: '{ sseAlgorithm: "aws:kms", kmsMasterKeyId: key.arn }',
      to: '{ sseAlgorithm: "AES256" }',
      policy: "written-buckets-bind-keys",
    },
    {
      what: "a function's share of the account (B4.4)",
      file: "infra/edge/lambdaFunction.ts",
      from: "        reservedConcurrentExecutions: args.settings.reservedConcurrency,\n",
      to: "",
      policy: "function-limits-concurrency",
    },
    {
      what: "a function's end before the gateway's patience (B3.1)",
      file: "infra/edge/lambdaFunction.ts",
      from: "timeout: args.settings.timeoutSeconds",
      to: "timeout: 29",
      policy: "integrations-bind-timeouts",
    },
    {
      what: "the Idempotency-Key of one POST (B3.1)",
      file: "infra/contract/apiGatewayBody.ts",
      from: "parameters: operation.parameters.map(",
      to: 'parameters: (operation.operationId === "renderAvatar" ? [] : operation.parameters).map(',
      policy: "operations-require-idempotency-key",
    },
    {
      what: "the memory of what was revoked (B5.3)",
      file: "infra/trust/trustRecords.ts",
      from: 'needs, liveValue: "revocation" }',
      to: "needs }",
      policy: "revocation-records-count-one",
    },
    {
      what: "the distance between root and table (B5.3)",
      file: "infra/trust/authorities.ts",
      from: "clientsIssuersPem: joined(clientsIssuers)",
      to: "clientsIssuersPem: joined([...clientsIssuers, ...roots])",
      policy: "issuers-record-binds-authority",
    },
    {
      what: "the difference between a client's leaf and a service's (B5.3)",
      file: "infra/trust/authorities.ts",
      from: "truststorePem: joined([...clientsIssuers,",
      to: "truststorePem: joined([...clientsIssuers, ...servicesIssuers,",
      policy: "authorities-bind-trust",
    },
    {
      what: "the protection of the authority (B5.2)",
      file: "infra/trust/authority.ts",
      from: 'protect: generation.state !== "retired"',
      to: "protect: false",
      policy: "authorities-bind-trust",
    },
    {
      what: "what an issuer may not sign (B5.3)",
      file: "infra/trust/authority.ts",
      from: "maxPathLength: 0",
      to: "maxPathLength: 1",
      policy: "issuer-requires-constraints",
    },
    {
      what: "the rotation of one secret (B6.1)",
      file: "infra/secrets/rotatedSecret.ts",
      from: "    createRotation(name,",
      to: '    if (name !== "grafana-token") createRotation(name,',
      policy: "secrets-bind-rotation",
    },
    {
      what: "two days of the 90: a quarter is up to 92 (B6.1)",
      file: "infra/secrets/rotation.ts",
      from: "scheduleExpression: schedule.schedule",
      to: 'scheduleExpression: "cron(0 0 1 1/3 ? *)"',
      policy: "rotation-limits-interval",
    },
    {
      what: "the refusal of everybody else (B6.1)",
      file: "infra/secrets/secret.ts",
      from: "policy: refusingOthers(",
      to: "policy: ((..._: unknown[]) => undefined)(",
      policy: "secret-requires-closed-policy",
    },
    {
      what: "the line between whom the prober may revoke and whom the authorizer believes (B5.3)",
      file: "infra/secrets/rotators.ts",
      from: '["revocation", `certificates',
      to: '["revocation", "issuers", `certificates',
      policy: "trusted-tables-forbid-writes",
    },
    {
      what: "the labels by which an agent's alert finds its team (B5.4)",
      file: "infra/agents/agentDomain.ts",
      from: "alertLabels: configuration.alertLabels,",
      to: 'alertLabels: id === "chat-01" ? {} : configuration.alertLabels,',
      policy: "configurations-require-parts",
    },
    {
      what: "the name by which voice reaches its connections only (B4.2)",
      file: "infra/voice/voiceRules.ts",
      from: "*/${stageName}`",
      to: "*/${stageName}*`",
      policy: "connection-rights-bind-stages",
    },
    {
      what: "what the gateway itself may take of the p95 (B8.1)",
      file: "infra/edge/latencyBudget.ts",
      from: "hops: args.hops }",
      to: "hops: { ...args.hops, upstreamMs: 600 } }",
      policy: "latency-budget-limits-hops",
    },
    {
      what: "an ordered alert's threshold (B1.2)",
      file: "infra/observability/alerts/ordered.ts",
      from: "`$B > 0 && 100 * $A > ${BEYOND_P95_PERCENT} * $B`",
      to: "`$B > 0 && 100 * $A > ${BEYOND_P95_PERCENT + 1} * $B`",
      policy: "ordered-alerts-bind-pager",
    },
    {
      what: "the way to who is on call (B1.2)",
      file: "infra/observability/alerts/alertRules.ts",
      from: 'contactPoint: contactPointName(namePrefix, "page")',
      to: 'contactPoint: contactPointName(namePrefix, "ticket")',
      policy: "ordered-alerts-bind-pager",
    },
    {
      what: "an alert's section of the runbook (B7.5)",
      file: "infra/observability/runbook.ts",
      from: "  `${runbookUrl}#${runbookAnchor(section)}`",
      to: "  runbookUrl",
      policy: "rule-group-requires-runbook",
    },
    {
      what: "p99 on the dashboards (B1.1)",
      file: "infra/observability/dashboards/latency.ts",
      from: 'byRoute("p99")',
      to: 'byRoute("p95")',
      policy: "dashboards-bind-stages",
    },
    {
      what: "who hears alarms without Grafana (B1.1)",
      file: "infra/alarms/alarms.ts",
      from: 'protocol: "https"',
      to: 'protocol: "http"',
      policy: "topics-bind-pager",
    },
    {
      what: "the count of 429 (B1.4)",
      file: "infra/observability/logMetrics/logMetricsRules.ts",
      from: 'const throttled = is("status", "429")',
      to: 'const throttled = is("status", "428")',
      policy: "metric-filters-bind-logs",
    },
    {
      what: "the protection of one log (B8.3)",
      file: "infra/observability/logMetrics/logProtection.ts",
      from: "Object.entries(groups))",
      to: 'Object.entries(groups).filter(([suffix]) => suffix !== "scans"))',
      policy: "logs-bind-protection",
    },
    {
      what: "a scan's own schedule (B2.1)",
      file: "infra/scanning/scanningRules.ts",
      from: "        schedule,\n",
      to: '        schedule: "17 5 * * 1-5",\n',
      policy: "scans-require-schedule",
    },
    {
      what: "whose token sends a scan's results (B2.1)",
      file: "infra/scanning/resultsRights.ts",
      from: "StringEquals: {\n            [",
      to: "StringLike: {\n            [",
      policy: "role-requires-known-trust",
    },
    {
      what: "the boundary of every role (B5.3)",
      file: "stacks/index.ts",
      from: "  boundRoles(settings.account);\n",
      to: "",
      policy: "role-requires-boundary",
    },
    {
      what: "the restriction of the scans' pods (B2.1)",
      file: "infra/scanning/scanPods.ts",
      from: '  capabilities: { drop: ["ALL"] },\n',
      to: "",
      policy: "workload-forbids-privileges",
    },
    {
      what: "the scans' being known by address (B2.1)",
      file: "infra/edge/functionConfigurations.ts",
      from: "addresses: scanning.egressAddresses",
      to: 'addresses: ["0.0.0.0/0"]',
      policy: "authorizer-limits-scans",
    },
    {
      what: "the lock on evidence (B0.4)",
      file: "infra/shared/privateBucket.ts",
      from: "...(lock ? { objectLockEnabled: true } : {})",
      to: "",
      policy: "evidence-bucket-requires-lock",
    },
    {
      what: "the refusal to delete evidence (B0.4)",
      file: "infra/evidence/bucketStatements.ts",
      from: '        "s3:DeleteObjectVersion",\n',
      to: "",
      policy: "evidence-bucket-forbids-changes",
    },
    {
      what: "the announcement of evidence (B0.4)",
      file: "infra/evidence/evidenceStore.ts",
      from: "eventbridge: true",
      to: "eventbridge: false",
      policy: "evidence-binds-channel",
    },
    {
      what: "the bills of materials (B6.2)",
      file: "stacks/staging.ts",
      from: '  new SupplyChain("supply-chain", { sboms }, opts);\n',
      to: "",
      policy: "functions-bind-sboms",
    },
    {
      what: "what a page goes by: requests of scans left out (B1.3)",
      file: "infra/observability/logMetrics/logMetricsRules.ts",
      from: 'isNot("clientId", proberClientId), noScan]',
      to: 'isNot("clientId", proberClientId)]',
      policy: "ordered-alerts-bind-pager",
    },
  ])("$what is named by $policy", ({ file, from, to, policy }) => {
    copy = new ProgramCopy().edit(file, from, to);
    const { status, output } = copy.preview();
    expect(output).toMatch(new RegExp(`✗ ${policy} .*violated`));
    expect(status).toBe(1);
  });

  it("is refused as settings, with status 2 and without a stack trace, where it is a setting", () => {
    copy = new ProgramCopy().edit(
      "Pulumi.staging.yaml",
      "domain: chat-03.staging.example.com",
      "domain: chat-02.staging.example.com",
    );
    const { status, output } = copy.preview();
    expect(output).toContain('agents[2].domain: got "chat-02.staging.example.com"');
    expect(output).not.toMatch(/\n\s+at /);
    expect(output).not.toContain("+ aws:");
    expect(status).toBe(2);
  });
});
