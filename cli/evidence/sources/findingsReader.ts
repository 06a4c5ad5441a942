import { join } from "node:path";
import type { Finding } from "../../../infra/evidence/record/findings.schema";
import { FindingsError } from "../../findings/findingsError";
import { mergeRun, openCounts, readLedger, type LedgerFinding } from "../../findings/ledger";
import { readReport, ReportError } from "../../findings/readers";
import { UsageError } from "../../usageError";
import type { CollectorContext } from "../collector";
import type { FindingsReader, ReadFindings } from "../collectors/scans";

/** Reports put to the committed list of findings, of which nothing is written here. */
export const ledgerReader = (isOurs: (finding: LedgerFinding) => boolean): FindingsReader => ({
  read(reports, { settings, contract, projectDir, nowMs }: CollectorContext): ReadFindings | string {
    const tools: { name: string; version: string }[] = [];
    const incomplete: string[] = [];
    try {
      let ledger = readLedger(join(projectDir, "stacks", settings.stack));
      for (const { scan, endedAt, file, text, sha256 } of reports) {
        const report = readReport(text, { file, contract });
        tools.push({ ...report.tool });
        if (report.incomplete !== undefined) incomplete.push(`${file}: ${report.incomplete}`);
        ledger = mergeRun(ledger, {
          scan,
          format: report.format,
          tool: report.tool,
          endedAt,
          reportSha256: sha256,
          ...(report.incomplete === undefined ? {} : { incomplete: report.incomplete }),
          findings: [...report.findings],
        });
      }
      const findings = ledger.findings.filter(isOurs);
      return {
        findings: findings.map(withoutScans),
        ...openCounts({ findings }, nowMs()),
        tools,
        incomplete,
      };
    } catch (error) {
      // A report that cannot be read says nothing of what it holds; the list is a person's, and a person can mend it.
      if (error instanceof ReportError) return error.message;
      if (error instanceof FindingsError) throw new UsageError(error.message);
      throw error;
    }
  },
});

const withoutScans = ({ scans: _, ...finding }: LedgerFinding): Finding => finding;
