import { nothingOpen } from "../lib/release/evidenceFindings";
import { evidenceGate } from "../lib/release/evidenceGate";

/** Each runs every night, and is missed after so many hours. */
const runs = { names: ["zap-baseline", "zap-authenticated", "fuzz"], ageHours: 26 };

export const scansRequireEvidence = evidenceGate({
  clause: "B8.5",
  name: "scans-require-evidence",
  severity: "critical",
  wanted: `no critical or high finding open, accepted or seen again after its fix, after ${runs.names.join(", ")} of the last ${runs.ageHours} h`,
  first: "let the scans run, mend what they find and import their reports (npm run findings)",
  unbound: "A scan's run does not say which source it met: it is bound by its time.",
  url: "https://www.zaproxy.org/docs/docker/",
  shows: {
    findings: (said, asked) => nothingOpen(said, ["critical", "high"], runs, { mostDays: 0 }, asked),
  },
});
