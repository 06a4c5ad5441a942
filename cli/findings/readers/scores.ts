import type { Severity } from "../../../infra/evidence/record/findings.schema";

/** The qualitative scale. https://www.first.org/cvss/v3.1/specification-document#Qualitative-Severity-Rating-Scale */
export function severityOfScore(text: string | undefined): Severity | undefined {
  if (text === undefined || !/^(10|\d)(\.\d{1,2})?$/.test(text)) return undefined;
  const score = Number(text);
  if (score > 10) return undefined;
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  if (score >= 4) return "medium";
  return score > 0 ? "low" : "info";
}
