import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "../../../infra/contract/contract";
import { readReport, type Report } from "./index";

export const contract = readContract();

const folder = join(__dirname, "..", "testdata");

/** Every report of the test data, as `tool/file`. */
export const reportNames: readonly string[] = ["zap", "schemathesis", "osv", "npm-audit", "sarif"].flatMap(
  (tool) =>
    readdirSync(join(folder, tool))
      .filter((name) => /\.(json|xml|sarif)$/.test(name))
      .map((name) => `${tool}/${name}`),
);

export const reportText = (name: string): string => readFileSync(join(folder, name), "utf8");

export const read = (text: string, file = "report"): Report => readReport(text, { file, contract });

/** The message of the error that reading ends with; fails where it ends with none. */
export function refusal(text: string, file = "report"): string {
  try {
    read(text, file);
  } catch (error) {
    if (error instanceof Error && error.name === "ReportError") return error.message;
    throw error;
  }
  throw new Error(`${file}: was read`);
}
