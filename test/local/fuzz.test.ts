import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { preparePython } from "../../cli/local/emulator/python";
import { subject } from "./support/calls";
import { localDir, projectDir, Running } from "./support/running";

const SECONDS = Number(process.env["LOCAL_FUZZ_SECONDS"] ?? 40);
const SUPPORT = join(__dirname, "support");

/**
 * Without `unsupported_method`, which wants a 405: the gateway has one answer for a path and for a method that it does
 * not know, 404. https://schemathesis.readthedocs.io/en/stable/reference/checks/
 */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "missing_required_header",
];

let running: Running;
let python: string;

beforeAll(async () => {
  python = await preparePython({
    cacheDir: localDir,
    requirements: join(SUPPORT, "fuzzer.requirements.txt"),
    onProgress: () => undefined,
    signal: new AbortController().signal,
  });
  running = await Running.start(["--quiet"]);
});

afterAll(async () => {
  await running?.stop();
});

/** The fuzzer as testers of the deployed API run it, against this machine. */
async function fuzz(domain: string, path: string): Promise<{ status: number | null; output: string }> {
  const clients = join(running.folder, "clients");
  const args = [
    ...["-m", "schemathesis.cli", "run", join(projectDir, "infra", "contract", "openapi.yaml")],
    ...["--url", `https://${domain}:${running.port}`, "--include-path", path],
    ...["--checks", CHECKS.join(","), "--max-time", String(SECONDS), "--phases", "examples,coverage,fuzzing"],
    ...["--tls-verify", join(clients, "root.pem"), "--request-cert", join(clients, "web-app.pem")],
    ...["--request-cert-key", join(clients, "web-app.key")],
    ...["-H", `x-api-key:${running.clientFile("web-app.api-key")}`, "-H", `X-Subject:${subject}`],
    // A malformed one is replaced and not refused (B1.6), which is no finding.
    ...["-H", `X-Correlation-Id:${randomUUID()}`],
    // Of what throttles the caller there are tests of their own.
    ...["--rate-limit", "8/s", "--no-color", "--suppress-health-check", "all", "--warnings", "off"],
  ];
  const child = spawn(python, args, {
    cwd: running.folder,
    env: { PATH: process.env["PATH"] ?? "", PYTHONPATH: SUPPORT, SCHEMATHESIS_HOOKS: "fuzzer_hooks" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  await once(child, "close");
  return { status: child.exitCode, output };
}

describe("B2.2: fuzzed from the contract, the API", () => {
  it.each([
    ["chat-01", "/chat"],
    ["vision-01", "/vision"],
    ["avatar-01", "/avatar"],
    ["voice-tickets-01", "/realtime-voice/tickets"],
  ])(
    "at %s answers by the contract on %s, whatever comes",
    async (agentId, path) => {
      const { status, output } = await fuzz(`${agentId}.staging.example.com`, path);
      // The fuzzer says what it found, and how to send it again.
      if (status !== 0) throw new Error(output);
      expect(output).toMatch(/[1-9]\d* (generated|passed)/);
    },
    (SECONDS + 120) * 1000,
  );
});
