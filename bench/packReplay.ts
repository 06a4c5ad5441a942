/** Asks a policy pack what another was asked (`packRecorder.ts`), with nothing else at work, and measures it beyond its start. */
import { portOf } from "../cli/preview/engine/analyzer";
import { collect, Processes } from "../cli/preview/engine/processes";
import { readPolicyPack } from "../cli/preview/engine/project";
import { RpcClient } from "../runtime/rpc";
import type { Call } from "./packCalls";
import { processorSecondsOf, watchMemory } from "./processTree";
import type { Sample } from "./statistics";

/** As the preview has it: enough that the pack never waits. */
const IN_FLIGHT = 32;

/**
 * From the first question about a resource to the answer about the whole stack.
 *
 * @throws RpcError when the pack fails
 */
export async function evaluate(
  directory: string,
  calls: readonly Call[],
): Promise<Sample & { readonly resources: number }> {
  const of = (method: Call["method"]): readonly Buffer[] =>
    calls.filter((call) => call.method === method).map(({ request }) => request);
  const processes = new Processes();
  const child = processes.start(
    [...readPolicyPack(directory, directory).runtime.nodeArgs, directory],
    directory,
    {},
  );
  let client: RpcClient | undefined;
  try {
    const errors = collect(child.stderr);
    const connected = (client = new RpcClient(await portOf(child, errors, directory, directory)));
    const ask = (method: string, request: Buffer): Promise<Buffer> =>
      connected.call(`/pulumirpc.Analyzer/${method}`, request);
    for (const request of of("ConfigureStack")) await ask("ConfigureStack", request);
    await ask("GetAnalyzerInfo", Buffer.alloc(0));

    const memory = watchMemory(child);
    const [started, usedBefore] = [performance.now(), processorSecondsOf(child)];
    const waiting = of("Analyze")[Symbol.iterator]();
    const askOn = async (): Promise<void> => {
      for (const request of waiting) await ask("Analyze", request);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, askOn));
    for (const request of of("AnalyzeStack")) await ask("AnalyzeStack", request);
    const [seconds, used] = [(performance.now() - started) / 1000, processorSecondsOf(child)];
    return {
      seconds,
      ...(used === undefined || usedBefore === undefined ? {} : { processorSeconds: used - usedBefore }),
      peakMiB: memory(),
      resources: of("Analyze").length,
    };
  } finally {
    client?.close();
    processes.close();
  }
}
