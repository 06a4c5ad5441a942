/** Every alert, by the name that Grafana, the pager and the runbook know it by. */
export const alertNames = [
  // Ordered: B1.2, B1.3, B1.4, B1.5
  "ChatLatencyHigh",
  "ServerErrorsHigh",
  "ThrottlingSpike",
  "MutualTlsDown",

  // The objectives of B8.1 and B8.2, by how fast their budget burns
  "LatencyBudgetBurnsFast",
  "LatencyBudgetBurns",
  "LatencyBudgetBurnsSlowly",
  "ErrorBudgetBurnsFast",
  "ErrorBudgetBurns",
  "ErrorBudgetBurnsSlowly",

  // Doors and who tries them
  "MutualTlsOpen",
  "MutualTlsRefusedLate",
  "MutualTlsUnproven",
  "DomainUnreachable",
  "ProberDown",
  "ProberSecretsStale",
  "ProberCertificatesStale",

  // Agents: one that pages and one that does not, as the agent's own settings say
  "BreakerOpen",
  "BreakerOpenTicket",
  "AgentMemoryHigh",
  "UpstreamUnverified",

  // Limits
  "QuotaNearEnd",
  "QuotaExhausted",
  "WouldHaveBlocked",

  // What ends or grows old
  "DomainCertificateExpiring",
  "DomainCertificateRenewalFailed",
  "UpstreamCertificateExpiring",
  "ClientCertificateExpiring",
  "AuthorityExpiring",
  "StageCertificateExpiring",
  "SecretStale",
  "RotationOverdue",
  "RotationFailed",
  "RotationFunctionFailed",

  // Functions, queues, logs
  "FunctionFaults",
  "FunctionThrottled",
  "FunctionMemoryHigh",
  "AsyncEventsLost",
  "AsyncEventsLate",
  "QueueLate",
  "DeadLetters",
  "LogFindings",
  "ScanFailed",
  "ScanMissing",

  // A source that has fallen silent
  "GatewaySilent",
  "AccessLogSilent",
  "EdgeSilent",
  "TrustWatchSilent",
  "AgentsSilent",
] as const;

export type AlertName = (typeof alertNames)[number];
