/**
 * What staging has beside its agents (`orderedAgents.ts`), and evidence must be of, all of it: the pack's own lists, by which nobody makes
 * a clause hold by leaving something out. A change of a function is a change here as well.
 */
import { stagingFacts } from "../stackFacts";

/** Before the names of all that the program makes. */
const prefix = `fase-b-${stagingFacts.stack}`;

/** Functions, each of which is deployed by a bundle and has a log. */
export const functions: readonly string[] = [
  ...["edge", "authorizer", "voice", "voice-authorizer", "announce"],
  ...["rotate-client-keys", "rotate-edge-certificate", "rotate-prober-certificates"],
  ...["rotate-scanner-certificate", "rotate-grafana-token", "rotate-stage-certificate", "trust-watch"],
];

const accessLog = `/aws/apigateway/${prefix}-access`;
const logOf = (name: string): string => `/aws/lambda/${prefix}-${name}`;

export const logs: readonly string[] = [
  accessLog,
  `/aws/apigateway/${prefix}-voice-access`,
  `aws-waf-logs-${prefix}`,
  `/fase-b/${prefix}/scans`,
  ...functions.map(logOf),
];

/** Every request leaves a line in each of these: where one is silent, nobody has looked. */
export const spokenLogs: readonly string[] = [accessLog, logOf("edge"), logOf("authorizer")];
