import { spawn } from "node:child_process";
import { once } from "node:events";
import { known, unknown, type Answer } from "./answer";

/** What the registry knows against the packages of a lock file. */
export interface AuditSource {
  /** The report as npm writes it. */
  audit(projectDir: string): Promise<Answer<{ readonly text: string }>>;
}

const MOST_BYTES = 32 * 1024 * 1024;

/** Asks the registry that npm is told of. One without an audit service is no answer, and that is no good one. */
export class NpmAudit implements AuditSource {
  constructor(private readonly signal?: AbortSignal) {}

  async audit(cwd: string): Promise<Answer<{ readonly text: string }>> {
    const asked = [{ system: "repository", asked: "npm audit --json --package-lock-only --omit dev" }];
    const child = spawn("npm", ["audit", "--json", "--package-lock-only", "--omit", "dev"], {
      cwd,
      stdio: ["ignore", "pipe", "ignore"],
      ...(this.signal === undefined ? {} : { signal: this.signal }),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MOST_BYTES) chunks.push(chunk);
    });
    try {
      await once(child, "close");
    } catch (error) {
      if (this.signal?.aborted) throw error;
      return unknown("npm could not be run", asked);
    }
    return auditAnswer(Buffer.concat(chunks).toString("utf8"), asked);
  }
}

/** npm prints JSON for a report and for a failure alike. */
export function auditAnswer(
  text: string,
  asked: readonly { readonly system: string; readonly asked: string }[],
): Answer<{ readonly text: string }> {
  const value = jsonOf(text);
  if (typeof value === "object" && value !== null && "auditReportVersion" in value && "metadata" in value)
    return known({ text }, asked);
  return unknown("the registry gave no audit: it has no such service, or could not be reached", asked);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
