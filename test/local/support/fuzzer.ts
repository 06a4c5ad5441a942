import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { preparePython } from "../../../cli/local/emulator/python";
import { subject } from "./calls";
import { localDir, projectDir, type Running } from "./running";

/** Schemathesis from PyPI, in an environment of its own. */
export const prepareFuzzer = (): Promise<string> =>
  preparePython({
    cacheDir: localDir,
    requirements: join(__dirname, "fuzzer.requirements.txt"),
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });

export interface Fuzzing {
  /** Of {@link prepareFuzzer}. */
  readonly python: string;
  readonly running: Running;
  readonly domain: string;
  readonly path: string;
  readonly checks: readonly string[];
  readonly seconds: number;
  /** Where its report goes. @default none */
  readonly junit?: string;
}

/** The fuzzer as testers of the deployed API run it, against this machine. */
export async function fuzz({
  python,
  running,
  domain,
  path,
  checks,
  seconds,
  junit,
}: Fuzzing): Promise<{ readonly status: number | null; readonly output: string }> {
  const clients = join(running.folder, "clients");
  const args = [
    ...["-m", "schemathesis.cli", "run", join(projectDir, "infra", "contract", "openapi.yaml")],
    ...["--url", `https://${domain}:${running.port}`, "--include-path", path],
    ...["--checks", checks.join(","), "--max-time", String(seconds), "--phases", "examples,coverage,fuzzing"],
    ...["--tls-verify", join(clients, "root.pem"), "--request-cert", join(clients, "web-app.pem")],
    ...["--request-cert-key", join(clients, "web-app.key")],
    ...["-H", `x-api-key:${running.clientFile("web-app.api-key")}`, "-H", `X-Subject:${subject}`],
    // A malformed one is replaced and not refused (B1.6), which is no finding.
    ...["-H", `X-Correlation-Id:${randomUUID()}`],
    // Of what throttles the caller there are tests of their own.
    ...["--rate-limit", "8/s", "--no-color", "--suppress-health-check", "all", "--warnings", "off"],
    ...(junit === undefined ? [] : ["--report", "junit", "--report-junit-path", junit]),
  ];
  const child = spawn(python, args, {
    cwd: running.folder,
    env: { PATH: process.env["PATH"] ?? "", PYTHONPATH: __dirname, SCHEMATHESIS_HOOKS: "fuzzer_hooks" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  await once(child, "close");
  return { status: child.exitCode, output };
}
