import type { FunctionFacts } from "../configuration";
import { createLog, type Log, type LogOptions } from "./log";

/**
 * The log of a function that knows its stack.
 *
 * @param options names of the secrets that its lines may say; another place to write to, for tests
 */
export const functionLog = (
  functionName: LogOptions["functionName"],
  { namePrefix, memoryLimitMb, clientIds, agentIds }: FunctionFacts,
  options: Pick<LogOptions, "secretNames" | "write">,
): Log => createLog({ functionName, namePrefix, memoryLimitMb, clientIds, agentIds, ...options });
