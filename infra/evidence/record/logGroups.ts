import { functionNames } from "../../edge/functionNames";
import { logGroupName as firewallLogGroupName } from "../../firewall/firewallLogging";
import { accessLogName, voiceAccessLogName } from "../../gateway/accessLog";
import { scansLogGroupName } from "../../observability/logMetrics/logMetricsRules";
import { functionLogGroup } from "../../shared/arn";

/** Every group that the program declares and whose name follows from the settings. */
export const declaredLogGroups = (namePrefix: string): readonly string[] => [
  accessLogName(namePrefix),
  voiceAccessLogName(namePrefix),
  firewallLogGroupName(namePrefix),
  scansLogGroupName(namePrefix),
  ...functionNames.map((name) => functionLogGroup(`${namePrefix}-${name}`)),
];

/** Those that each request leaves a line in: where they say nothing, nobody has looked. */
export const spokenLogGroups = (namePrefix: string): readonly string[] => [
  accessLogName(namePrefix),
  ...(["edge", "authorizer"] as const).map((name) => functionLogGroup(`${namePrefix}-${name}`)),
];
