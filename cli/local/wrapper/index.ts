import { connect } from "node:net";
import { join } from "node:path";
import { authorized, completeEvent, markAnswer } from "./wrap";

/**
 * Stands in front of an unchanged function in the emulator's Lambda: `local.handler`, deployed beside `index.js`. Gives
 * the function what it has in AWS and the emulator has not, and tells the command that the instance lives.
 */
const takeFromEnvironment = (name: string): string => {
  const value = process.env[name] ?? "";
  // The function must not find what AWS does not give it.
  delete process.env[name];
  return value;
};
const secret = takeFromEnvironment("FASE_B_LOCAL_SECRET");
const mark = takeFromEnvironment("FASE_B_LOCAL_MARK");
const port = Number(takeFromEnvironment("FASE_B_LOCAL_INSTANCES_PORT"));
// Empty until now, which keeps the emulator from sending every HTTPS request to loopback to itself.
process.env["AWS_ENDPOINT_URL"] = takeFromEnvironment("FASE_B_LOCAL_ENDPOINT_URL");

const lifeline = connect({ host: "127.0.0.1", port });
// It tells and never holds: an instance lives and ends without it too.
lifeline.on("error", () => lifeline.destroy());
lifeline.unref();
const tell = (what: unknown): void => {
  if (!lifeline.destroyed) lifeline.write(`${JSON.stringify(what)}\n`);
};
tell({ type: "instance", secret, functionName: process.env["AWS_LAMBDA_FUNCTION_NAME"], pid: process.pid });

type Handler = (event: unknown, context: unknown) => Promise<unknown>;
// Not a bundled module: the function's own, as it is deployed.

const { handler: inner } = module.require(join(__dirname, "index.js")) as { readonly handler: Handler };

export const handler: Handler = async (event, context) => {
  const complete = completeEvent(event, secret);
  const answer = await inner(complete, context);
  const decision = authorized(complete, answer);
  if (decision !== undefined) tell(decision);
  return markAnswer(answer, mark);
};
