import { readFileSync } from "node:fs";
import { z } from "zod";
import { finding, type Finding } from "../../infra/evidence/record/findings.schema";
import { UsageError } from "../usageError";
import type { Critical } from "./report";

/** The ledger of findings: `stacks/<stack>/findings.json`. */
export const FINDINGS_FILE = "findings.json";

/** The ledger says more of each, which is nothing to this. */
const ledger = z.object({ findings: z.array(z.object(finding.shape)) });

/**
 * The findings that somebody has accepted until a day.
 *
 * @param file named so in what is said
 * @throws UsageError for a ledger that is not understood, which must not pass for one without exceptions, or with
 */
export function acceptedFindings(path: string, file: string): readonly Finding[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = ledger.safeParse(value);
  if (parsed.success) return parsed.data.findings.filter(({ status }) => status.state === "accepted");
  const [issue] = parsed.error.issues;
  throw new UsageError(
    `${file}: got ${issue?.path.join(".") || "a text"} that is not as it should be; allowed: what npm run findings writes; fix: take it from version control again`,
  );
}

/** The acceptance of this advisory in this package that still stands at the day's end in UTC; nothing where there is none. */
export function exceptionFor(
  { id, name }: Critical,
  accepted: readonly Finding[],
  nowMs: number,
): { readonly until: string; readonly by: string } | undefined {
  for (const { tool, rule, place, classes, status } of accepted) {
    if (status.state !== "accepted" || tool !== "npm-audit") continue;
    if (rule !== id && !classes.advisories.includes(id)) continue;
    if (place !== name && !place.startsWith(`${name}@`)) continue;
    if (nowMs < Date.parse(`${status.until}T00:00:00Z`) + DAY_MS) return status;
  }
  return undefined;
}

const DAY_MS = 86_400_000;
