import { createRequire } from "node:module";
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { definitions } from "../catalogue";

const load = createRequire(__filename);
const policiesDir = join(__dirname, "..");

/** The part of the generated client that this test uses; the package declares no types for it. */
interface AnalyzerClient {
  getAnalyzerInfo(request: unknown, done: (error: Error | null, info: analyzer.AnalyzerInfo) => void): void;
  close(): void;
}
const { AnalyzerClient } = load("@pulumi/pulumi/proto/analyzer_grpc_pb") as {
  readonly AnalyzerClient: new (address: string, credentials: grpc.ChannelCredentials) => AnalyzerClient;
};
const { Empty } = createRequire(load.resolve("@pulumi/pulumi/proto/analyzer_pb"))(
  "google-protobuf/google/protobuf/empty_pb",
) as { readonly Empty: new () => object };

/** As the CLI starts a pack: in its own folder, by the SDK's own command. The CLI passes `nodeargs` after it. */
function startPack(): { readonly child: ChildProcess; readonly port: Promise<string> } {
  const command = load.resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const child = spawn(process.execPath, [command, "--require=../runtime/register.cjs", "127.0.0.1:0", "."], {
    cwd: policiesDir,
  });
  const port = new Promise<string>((resolve, reject) => {
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on("data", (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.on("exit", (code) =>
      reject(new Error(`the pack ended with ${code} before it printed its port: ${errors}`)),
    );
  });
  return { child, port };
}

describe("the real analyzer process", () => {
  let child: ChildProcess | undefined;
  let client: AnalyzerClient | undefined;
  let info: analyzer.AnalyzerInfo | undefined;

  beforeAll(async () => {
    const started = startPack();
    child = started.child;
    const opened = new AnalyzerClient(`127.0.0.1:${await started.port}`, grpc.credentials.createInsecure());
    client = opened;
    info = await new Promise<analyzer.AnalyzerInfo>((resolve, reject) =>
      opened.getAnalyzerInfo(new Empty(), (error, answer) => (error ? reject(error) : resolve(answer))),
    );
  });

  afterAll(() => {
    client?.close();
    child?.kill();
  });

  it("starts from policies/ alone and names the pack", () => {
    expect(info?.getName()).toBe("fase-b");
    expect(info?.getVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("delivers every policy's level, severity, clauses, remediation and URL", () => {
    const severities = { low: 1, medium: 2, high: 3, critical: 4 } as const;
    const levels = { advisory: 0, mandatory: 1 } as const;
    const delivered = (info?.getPoliciesList() ?? []).map((policy) => ({
      name: policy.getName(),
      level: policy.getEnforcementlevel(),
      severity: policy.getSeverity(),
      framework: policy.getFramework()?.getName(),
      clauses: policy.getFramework()?.getReference(),
      remediation: policy.getRemediationSteps(),
      url: policy.getUrl(),
    }));
    expect(delivered).toEqual(
      definitions.map((definition) => ({
        name: definition.name,
        level: levels[definition.level ?? "mandatory"],
        severity: severities[definition.severity],
        framework: "Fase B work order",
        clauses: definition.clauses.join(", "),
        remediation: definition.remediation,
        url: definition.url,
      })),
    );
  });
});
