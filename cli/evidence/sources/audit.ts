import { jsonOf } from "../../../infra/shared/json";
import { askAudit, AUDIT } from "../../advisories/audit";
import { known, unknown, type Answer } from "./answer";

/** What the registry knows against the packages of a lock file. */
export interface AuditSource {
  /** The report as npm writes it. */
  audit(projectDir: string): Promise<Answer<{ readonly text: string }>>;
}

/** Asks the registry that npm is told of. One without an audit service is no answer, and that is no good one. */
export class NpmAudit implements AuditSource {
  constructor(private readonly signal?: AbortSignal) {}

  async audit(cwd: string): Promise<Answer<{ readonly text: string }>> {
    const omit = ["--omit", "dev"];
    const asked = [{ system: "repository", asked: ["npm", ...AUDIT, ...omit].join(" ") }];
    try {
      const { signal } = this;
      const { text } = await askAudit(cwd, {
        env: process.env,
        omit,
        ...(signal === undefined ? {} : { signal }),
      });
      return auditAnswer(text, asked);
    } catch (error) {
      if (this.signal?.aborted) throw error;
      return unknown("npm could not be run", asked);
    }
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
