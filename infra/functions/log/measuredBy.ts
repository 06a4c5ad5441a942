import type { functionNames } from "./fields";
import type { MetricName } from "./metrics";

type FunctionName = (typeof functionNames)[number];

const authorizers = ["authorizer", "voice-authorizer"] as const;

/** Who measures what: a query for another function's value of a metric would never be answered. A test reads it off the sources. */
export const measuredBy: Readonly<Record<MetricName, readonly FunctionName[] | "every function">> = {
  Requests: "every function",
  Faults: "every function",
  RefusedFields: "every function",
  MemoryUsed: "every function",
  MemoryUse: "every function",
  CpuTime: "every function",
  CpuUse: "every function",
  Denials: authorizers,
  AuthorizerLatency: authorizers,
  Replays: ["edge"],
  Conflicts: ["edge"],
  Mismatches: ["edge"],
  Takeovers: ["edge"],
  LockWaits: ["edge"],
  Outcomes: ["edge"],
  BreakerState: ["edge"],
  BreakerOpenings: ["edge"],
  Retries: ["edge"],
  QuotaUse: ["edge"],
  QuotaRefusals: ["edge"],
  EdgeLatency: ["edge"],
  StoreLatency: ["edge"],
  UpstreamLatency: ["edge"],
  VoiceWarnings: ["voice"],
  VoiceHolds: ["voice"],
  VoiceHoldTime: ["voice"],
  VoiceOverruns: ["voice"],
  VoiceRefusals: ["voice"],
  VoiceBytes: ["voice"],
  VoiceSessionTime: ["voice"],
  CertificateLife: ["trust-watch"],
  AuthorityLife: ["trust-watch"],
  StageCertificateLife: ["trust-watch"],
  SecretAge: ["trust-watch"],
  RotationOverdue: ["trust-watch"],
  RotationFailed: ["trust-watch"],
};
