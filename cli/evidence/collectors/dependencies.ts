import { createHash } from "node:crypto";
import { AUDIT_RUN } from "../../../infra/evidence/record/requirements";
import type { Collector } from "../collector";
import type { AuditSource } from "../sources/audit";
import { predicateOf, type FindingsReader, type RunReport } from "./scans";
import { instant } from "./words";

/** B6.3: no critical advisory is open against what is deployed, but for dated exceptions. */
export const dependenciesCollector =
  (source: AuditSource, reader: FindingsReader): Collector =>
  async (context) => {
    const { projectDir, nowMs, progress } = context;
    const answer = await source.audit(projectDir);
    progress(answer.known ? "the registry has answered" : answer.because);
    const reports: RunReport[] = answer.known
      ? [
          {
            scan: AUDIT_RUN,
            endedAt: instant(nowMs()),
            file: "npm audit",
            text: answer.value.text,
            sha256: createHash("sha256").update(answer.value.text, "utf8").digest("hex"),
          },
        ]
      : [];
    const missing = answer.known ? [] : [answer.because];
    return [
      {
        kind: "findings",
        predicate: predicateOf("B6.3", reports, missing, answer.asked, reader, context, ["critical"]),
      },
    ];
  };
