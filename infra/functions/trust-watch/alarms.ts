import type { MetricName } from "../log/metrics";
import type { TrustThresholds } from "./trustThresholds.schema";

/**
 * A condition over the watch's metrics, one alarm for each value of the metric's dimension. A metric that does not come is as
 * bad as one beyond its threshold, and pages by itself: as a fault of the watch, or as its silence.
 */
export interface TrustAlarm {
  readonly metric: MetricName;
  readonly comparison: "at most" | "at least";
  readonly threshold: number;
}

export const trustAlarms = (thresholds: TrustThresholds): readonly TrustAlarm[] => [
  { metric: "CertificateLife", comparison: "at most", threshold: thresholds.certificateLifePercent },
  { metric: "AuthorityLife", comparison: "at most", threshold: thresholds.authorityLifePercent },
  {
    metric: "StageCertificateLife",
    comparison: "at most",
    threshold: thresholds.stageCertificateLifePercent,
  },
  { metric: "SecretAge", comparison: "at least", threshold: thresholds.secretAgeDays },
  { metric: "RotationOverdue", comparison: "at least", threshold: 1 },
  { metric: "RotationFailed", comparison: "at least", threshold: 1 },
];

export const isInAlarm = ({ comparison, threshold }: TrustAlarm, value: number | undefined): boolean =>
  value === undefined || (comparison === "at most" ? value <= threshold : value >= threshold);
