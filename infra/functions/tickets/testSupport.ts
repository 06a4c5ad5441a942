import type { TicketGrant } from "./tickets";

export const sessionId = "11111111-2222-4333-8444-555555555555";
export const grant: TicketGrant = {
  clientId: "web-app",
  subject: "u_7f3b2c9a1d4e4f60",
  agentId: "voice-01",
  correlationId: "6f1c3a52-0c1e-4f0c-9d43-8d1f0a8e2b77",
  language: "es-ES",
  encoding: "opus",
  sampleRateHz: 48_000,
  maxDurationSeconds: 600,
};
