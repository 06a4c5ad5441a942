import type { ExitCode, Told } from "../../cli/outcome";
import type { Output } from "../../cli/style";

/** What a command has said, and how it ended. */
export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  /** What a person is told of what it threw; empty where it threw nothing. */
  readonly error: string;
}

/** Runs a command in this process, into streams that are no terminal. */
export async function saidBy(
  command: (streams: { readonly stdout: Output; readonly stderr: Output }) => Promise<ExitCode>,
  explained: (error: unknown) => Told,
): Promise<Said> {
  const said = { out: "", err: "", error: "" };
  const into = (where: "out" | "err"): Output => ({
    write: (text: string) => (said[where] += text),
    isTTY: false,
  });
  try {
    const status = await command({ stdout: into("out"), stderr: into("err") });
    return { status, ...said };
  } catch (error) {
    const { text, status } = explained(error);
    return { status, ...said, error: text };
  }
}
