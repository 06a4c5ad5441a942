import { met, notMet, unknown, windowAmiss } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { logs, spokenLogs } from "../lib/release/evidenceStaging";

export const logsRequireEvidence = evidenceGate({
  clause: "B8.3",
  name: "logs-require-evidence",
  severity: "critical",
  wanted: "no personal data in any log of 24 h, neither in its lines nor as its masking counts it",
  first: "let staging carry a day of requests",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html",
  shows: {
    logScan: (said, asked) => {
      const { groups, protectionFindings } = said;
      const found = groups.flatMap((group) => Object.values(group.found)).reduce((sum, one) => sum + one, 0);
      if (found > 0 || (protectionFindings ?? 0) > 0)
        return notMet(`${found} found in lines, ${protectionFindings ?? "unknown"} by the masking`);
      if (protectionFindings === undefined) return unknown("it does not say what the masking found");
      const amiss = windowAmiss(said, asked);
      if (amiss !== undefined) return unknown(amiss);
      const linesOf = (name: string): number | undefined =>
        groups.find(({ logGroup }) => logGroup === name)?.lines;
      const unread = logs.filter((name) => linesOf(name) === undefined);
      if (unread.length > 0) return unknown(`${unread.join(", ")} not looked through`);
      const silent = spokenLogs.filter((name) => linesOf(name) === 0);
      return silent.length > 0 ? unknown(`no line of ${silent.join(", ")}`) : met("nothing is found");
    },
  },
});
