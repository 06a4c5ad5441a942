import { nothingOpen } from "../lib/release/evidenceFindings";
import { evidenceGate } from "../lib/release/evidenceGate";

const runs = { names: ["npm-audit"], ageHours: 24 };
/** What is critical may stay for so long by a dated exception. */
const exceptions = { mostDays: 30 };

export const patchesRequireEvidence = evidenceGate({
  clause: "B6.3",
  name: "patches-require-evidence",
  severity: "critical",
  wanted: `no critical advisory open after an audit of the last ${runs.ageHours} h, but for an exception of ${exceptions.mostDays} days at most`,
  first: "npm run advisories, and mend or accept what it finds",
  url: "https://docs.npmjs.com/cli/v10/commands/npm-audit",
  shows: {
    findings: (said, asked) => nothingOpen(said, ["critical"], runs, exceptions, asked),
  },
});
