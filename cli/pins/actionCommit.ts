import { spawn } from "node:child_process";
import { LookUpError } from "./registry";

export interface GitOptions {
  /** @default GitHub */
  readonly base?: string;
  readonly timeoutMs?: number;
}

/**
 * The commit that an action's tag stands for, asked of its repository by git.
 *
 * @param action `owner/name`, with a folder below it or without
 * @throws LookUpError
 */
export async function actionCommit(action: string, tag: string, options: GitOptions = {}): Promise<string> {
  const { base = "https://github.com", timeoutMs = 20_000 } = options;
  const [owner = "", name = ""] = action.split("/");
  const ref = `refs/tags/${tag}`;
  const text = await lsRemote(`${base}/${owner}/${name}`, [ref, `${ref}^{}`], timeoutMs);
  const refs = new Map(
    text.split("\n").map((line): [string, string] => {
      const [id = "", named = ""] = line.split("\t");
      return [named, id];
    }),
  );
  // An annotated tag is an object of its own; the commit is what it was peeled to.
  const commit = refs.get(`${ref}^{}`) ?? refs.get(ref);
  if (commit === undefined) throw new LookUpError(`${owner}/${name} has no tag ${tag}`);
  if (!/^[0-9a-f]{40}$/.test(commit)) throw new LookUpError(`${owner}/${name} gives no commit of ${tag}`);
  return commit;
}

function lsRemote(url: string, refs: readonly string[], timeoutMs: number): Promise<string> {
  const allowed = new URL(url).protocol.replace(":", "");
  return new Promise((resolve, reject) => {
    const child = spawn(
      "git",
      // Nothing of the person's own settings, and no other way than the one in the address.
      [
        ...["-c", "protocol.allow=never", "-c", `protocol.${allowed}.allow=always`],
        ...["-c", "http.followRedirects=false", "-c", "credential.helper="],
        ...["ls-remote", "--quiet", "--", url, ...refs],
      ],
      {
        env: {
          PATH: process.env["PATH"],
          GIT_TERMINAL_PROMPT: "0",
          GIT_CONFIG_GLOBAL: "/dev/null",
          GIT_CONFIG_NOSYSTEM: "1",
        },
        stdio: ["ignore", "pipe", "ignore"],
        timeout: timeoutMs,
        killSignal: "SIGKILL",
      },
    );
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
    child.once("error", reject);
    child.once("close", (status) => {
      if (status === 0) resolve(text);
      else
        reject(
          new LookUpError(
            status === null ? "git gave no answer in time" : "the repository can't be reached by git",
          ),
        );
    });
  });
}
