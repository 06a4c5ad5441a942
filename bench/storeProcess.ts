/**
 * A store in a process of its own, so that its work is not the function's: `stand-in` or `embedded`, by its one argument.
 * Prints its address, and ends when its standard input does: with whoever started it.
 */
import { startEmbeddedDynamo } from "../infra/functions/store/embeddedDynamo";
import { startStandInStore } from "./standInStore";

interface Store {
  readonly endpoint: string;
  close(): Promise<void>;
}

const FORGET_EVERY_MS = 1_000;

async function startEmbedded(): Promise<Store> {
  const dynamo = await startEmbeddedDynamo();
  // What it keeps of every request is for tests.
  const forgetting = setInterval(() => {
    dynamo.operations.length = 0;
    dynamo.bodies.length = 0;
  }, FORGET_EVERY_MS);
  return {
    endpoint: dynamo.endpoint,
    close: () => {
      clearInterval(forgetting);
      return dynamo.close();
    },
  };
}

(process.argv[2] === "embedded" ? startEmbedded() : startStandInStore()).then(
  ({ endpoint, close }) => {
    process.stdin.resume().once("end", () => {
      close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
    process.stdout.write(`${endpoint}\n`);
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
