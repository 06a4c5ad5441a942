/** Functions on a request's way. */
export const requestFunctions = ["edge", "authorizer", "voice", "voice-authorizer"] as const;

/** Functions that rotate secrets and certificates, and the watch over them. */
export const rotationFunctions = [
  "rotate-client-keys",
  "rotate-edge-certificate",
  "rotate-prober-certificates",
  "rotate-scanner-certificate",
  "rotate-grafana-token",
  "rotate-stage-certificate",
  "trust-watch",
] as const;

/** Tells people what has changed. */
export const announcer = "announce";

/** The functions of the stack: each a folder of `infra/functions` with an `index.ts`. */
export const functionNames = [...requestFunctions, ...rotationFunctions, announcer] as const;
export type RotationFunctionName = (typeof rotationFunctions)[number];
export type FunctionName = (typeof functionNames)[number];
