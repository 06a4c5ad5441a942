import { isNpmAudit, readNpmAudit } from "./npmAudit";
import { isOsv, readOsv } from "./osv";
import type { Reading, Report } from "./report";
import { ReportError, shown } from "./reportError";
import { isSarif, readSarif } from "./sarif";
import { readSchemathesis } from "./schemathesis";
import { parseJson } from "./strictJson";
import { isZap, readZap } from "./zap";

export { ReportError } from "./reportError";
export { NOT_STATED, type Reading, type Report } from "./report";

interface JsonFormat {
  readonly name: string;
  readonly is: (value: object) => boolean;
  readonly read: (value: unknown, reading: Reading) => Report;
}

const JSON_FORMATS: readonly JsonFormat[] = [
  { name: "ZAP", is: isZap, read: readZap },
  { name: "SARIF", is: isSarif, read: readSarif },
  { name: "npm audit", is: isNpmAudit, read: readNpmAudit },
  { name: "osv-scanner", is: isOsv, read: readOsv },
];

const ALLOWED =
  "ZAP's traditional JSON, Schemathesis' JUnit, SARIF 2.1.0, osv-scanner's JSON, npm audit --json";

/**
 * A tool's report as findings, by the format that it is found to be of: all that it says, or an error.
 *
 * @throws ReportError
 */
export function readReport(text: string, reading: Reading): Report {
  const { file } = reading;
  if (/^\ufeff?\s*</.test(text)) return readSchemathesis(text, reading);
  const value = parseJson(text, file);
  const refuse = (got: string): never => {
    throw new ReportError({
      file,
      place: "the whole file",
      got,
      allowed: ALLOWED,
      fix: "name a report of one of these",
    });
  };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse(shown(value));
  const formats = JSON_FORMATS.filter(({ is }) => is(value));
  const [format] = formats;
  if (format === undefined) return refuse("JSON of no form that is known");
  if (formats.length > 1) return refuse(`what could be ${formats.map(({ name }) => name).join(" and ")}`);
  return format.read(value, reading);
}
