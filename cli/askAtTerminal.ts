import type { Readable, Writable } from "node:stream";
import { createInterface } from "node:readline/promises";

/** Asks whoever sits at the terminal. Whoever leaves instead (Ctrl-C, Ctrl-D) or ends the input has answered nothing. */
export async function askAtTerminal(
  question: string,
  { input, output }: { readonly input: Readable; readonly output: Writable } = {
    input: process.stdin,
    output: process.stderr,
  },
): Promise<string> {
  const terminal = createInterface({
    input,
    output,
    ...(output === process.stderr ? {} : { terminal: true }),
  });
  try {
    const ended = new Promise<string>((resolve) => terminal.once("close", () => resolve("")));
    return await Promise.race([terminal.question(question), ended]);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    output.write("\n");
    return "";
  } finally {
    terminal.close();
  }
}
