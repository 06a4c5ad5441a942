/**
 * The policy pack in `recorder/`: it says yes to everything and writes down what it was asked, byte for byte, so that
 * another pack can be asked the same by itself (`packReplay.ts`). It writes to the file that RECORDING names.
 */
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { RpcServer } from "../runtime/rpc";
import { encodeFirstString } from "../cli/preview/engine/messages";
import { encodeCalls, RECORDING, type Call } from "./packCalls";

const EMPTY = Buffer.alloc(0);
const calls: Call[] = [];

const note =
  (method: Call["method"], answer: Buffer) =>
  (request: Buffer): Buffer => {
    // The bytes are a part of a buffer that the connection uses again.
    calls.push({ method, request: Buffer.from(request) });
    return answer;
  };

const server = new RpcServer();
server.add("pulumirpc.Analyzer", {
  Handshake: () => EMPTY,
  ConfigureStack: note("ConfigureStack", EMPTY),
  GetAnalyzerInfo: () => encodeFirstString("recorder"),
  Configure: () => EMPTY,
  Analyze: note("Analyze", EMPTY),
  AnalyzeStack: (request) => {
    note("AnalyzeStack", EMPTY)(request);
    const file = process.env[RECORDING];
    if (!file) throw new Error(`${RECORDING}: got nothing; allowed: a file to write; fix: set it`);
    // Before the answer: a pack is killed when it is needed no longer.
    writeFileSync(file, encodeCalls(calls));
    return EMPTY;
  },
});
const door = createServer();
server.answerAt(door);
door.listen(0, "127.0.0.1", () => console.log(String((door.address() as AddressInfo).port)));
