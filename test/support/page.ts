import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

/** The blocks of a page that its reader is to paste, in order. */
export const blocksOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```sh\n([^]*?)\n```$/gm)].map(([, text = ""]) => text);

export interface Tried {
  readonly command: string;
  /** What the page says comes back: `200`, `200 replayed`, `refused`. */
  readonly says: string;
  /** What came, in the same words; with curl's own where nothing did. */
  readonly came: string;
}

/**
 * Curl's own configuration, by which the page's addresses lead to this machine and its server is believed.
 * https://curl.se/docs/manpage.html#-K
 */
export function leadHere(folder: string, port: number, rootPem: string): void {
  writeFileSync(join(folder, "root.pem"), rootPem);
  const lines = [`connect-to = "::127.0.0.1:${port}"`, `cacert = "${join(folder, "root.pem")}"`];
  writeFileSync(join(folder, ".curlrc"), `${lines.join("\n")}\n`);
}

/** Runs a block as it stands, by bash in the folder. @returns each of its `curl` lines */
export async function tryBlock(block: string, folder: string): Promise<readonly Tried[]> {
  const commands = block.replaceAll("\\\n", " ").split("\n");
  const script = commands.map((command, at) =>
    command.startsWith("curl ")
      ? `{ ${command}\n} > ${at}.out 2> ${at}.err; echo $? >> ${at}.err`
      : `${command} || exit 1`,
  );
  await promisify(execFile)("bash", ["-uc", script.join("\n")], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, CURL_HOME: folder },
    timeout: 100_000,
  });
  return commands.flatMap((command, at) => {
    if (!command.startsWith("curl ")) return [];
    const [, says = "nothing"] = / # ([a-z0-9 ]+)$/.exec(command) ?? [];
    const [out, error] = ["out", "err"].map((kind) => readFileSync(join(folder, `${at}.${kind}`), "utf8"));
    return [{ command, says, came: cameOf(out ?? "", error ?? "") }];
  });
}

function cameOf(out: string, error: string): string {
  // Of a call that curl repeats by itself the last answer counts, which begins where the body before it ends.
  const status = [...out.matchAll(/HTTP\/[\d.]+ (\d{3})/g)].at(-1)?.[1];
  if (status !== undefined)
    return /^idempotency-replayed: true\r?$/im.test(out) ? `${status} replayed` : status;
  // 35, 55 and 56: the handshake, or what followed it, was cut off. https://curl.se/libcurl/c/libcurl-errors.html
  return /\b(35|55|56)\n$/.test(error) ? "refused" : `nothing: ${error}`;
}
