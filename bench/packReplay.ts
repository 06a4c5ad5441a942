/** Asks a policy pack what another was asked (`packRecorder.ts`), with nothing else at work, and measures it beyond its start. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { portOf } from "../cli/preview/engine/analyzer";
import { collect, Processes } from "../cli/preview/engine/processes";
import { readPolicyPack } from "../cli/preview/engine/project";
import { RpcClient, RpcServer } from "../runtime/rpc";
import type { Call } from "./packCalls";
import { processorSecondsOf, watchMemory } from "./processTree";
import type { Sample } from "./statistics";

/** Enough that the pack never waits: with fewer it and its client work in turns. */
const IN_FLIGHT = 128;

/** Of so many bytes is an answer of the pack that finds nothing wrong. */
const ANSWER_BYTES = 4096;

type Ask = (method: string, request: Buffer) => Promise<Buffer>;

async function askAll(ask: Ask, requests: readonly Buffer[]): Promise<void> {
  const waiting = requests[Symbol.iterator]();
  const askOn = async (): Promise<void> => {
    for (const request of waiting) await ask("Analyze", request);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, askOn));
}

const asks =
  (client: RpcClient): Ask =>
  (method, request) =>
    client.call(`/pulumirpc.Analyzer/${method}`, request);

/**
 * Asks somebody who answers at once. The engine's client is compiled; ours runs slowly until it has run for a while, and for a
 * quarter of the time it was the pack that waited for it.
 */
async function warmUp(requests: readonly Buffer[]): Promise<void> {
  const server = new RpcServer();
  server.add("pulumirpc.Analyzer", { Analyze: () => Buffer.alloc(ANSWER_BYTES) });
  const door = createServer();
  server.answerAt(door);
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  const client = new RpcClient((door.address() as AddressInfo).port);
  try {
    await askAll(asks(client), requests);
  } finally {
    client.close();
    server.close();
    door.close();
  }
}

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
  await warmUp(of("Analyze"));
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
    const ask = asks(connected);
    for (const request of of("ConfigureStack")) await ask("ConfigureStack", request);
    await ask("GetAnalyzerInfo", Buffer.alloc(0));

    const memory = watchMemory(child);
    const [started, usedBefore] = [performance.now(), processorSecondsOf(child)];
    await askAll(ask, of("Analyze"));
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
