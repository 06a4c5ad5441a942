import { SCANS } from "../../../infra/scanning/scanning.schema";
import type { Contract } from "../../../infra/contract/contract";
import type { Settings } from "../../../infra/settings/settings.schema";
import type { Collector } from "../collector";
import { NpmAudit, type AuditSource } from "../sources/audit";
import { CloudWatchMetrics, type MetricsSource } from "../sources/cloudWatchMetrics";
import { CloudWatchRequests } from "../sources/cloudWatchRequests";
import { AcmCertificates, type CertificateSource } from "../sources/certificates";
import { ledgerReader } from "../sources/findingsReader";
import { ApiGateway, type GatewaySource } from "../sources/gateway";
import { CloudWatchLogs, type LogsSource } from "../sources/logs";
import { HttpPrometheus } from "../sources/prometheus";
import { PrometheusRequests, type RequestMetricNames } from "../sources/prometheusRequests";
import type { RequestsSource } from "../sources/requests";
import { BucketScans, type ScanSource } from "../sources/scanRuns";
import { agentsCollector } from "./agents";
import { dependenciesCollector } from "./dependencies";
import { logScanCollector } from "./logScan";
import { errorsCollector, latencyCollector } from "./objectives";
import { proofCollector } from "./proofs";
import { sbomCollector } from "./sboms";
import { scansCollector, type FindingsReader } from "./scans";

/** Clauses that hold by evidence. */
export const COLLECTED_CLAUSES = [
  "B6.2",
  "B6.3",
  "B8.1",
  "B8.2",
  "B8.3",
  "B8.4",
  "B8.5",
  "B8.6",
  "B8.7",
  "B8.8",
] as const;
export type CollectedClause = (typeof COLLECTED_CLAUSES)[number];

/** Everything that collectors ask. */
export interface Sources {
  readonly requests: RequestsSource;
  readonly metrics: MetricsSource;
  readonly logs: LogsSource;
  readonly gateway: GatewaySource;
  readonly certificates: CertificateSource;
  readonly scans: ScanSource;
  readonly audit: AuditSource;
  /** Findings of scans, and those of dependencies. */
  readonly scanFindings: FindingsReader;
  readonly dependencyFindings: FindingsReader;
}

export const collectorsOf = (sources: Sources): Readonly<Record<CollectedClause, Collector>> => ({
  "B6.2": sbomCollector,
  "B6.3": dependenciesCollector(sources.audit, sources.dependencyFindings),
  "B8.1": latencyCollector(sources.requests),
  "B8.2": errorsCollector(sources.requests),
  "B8.3": logScanCollector(sources.metrics, sources.logs, sources.gateway),
  "B8.4": agentsCollector(sources.gateway, sources.certificates),
  "B8.5": scansCollector(sources.scans, sources.scanFindings),
  "B8.6": proofCollector("B8.6", "idempotency", sources.metrics),
  "B8.7": proofCollector("B8.7", "breaker", sources.metrics),
  "B8.8": proofCollector("B8.8", "rate-limit", sources.metrics),
});

/** Where p95 and errors are measured. */
export type MetricsOrigin =
  | { readonly from: "cloudwatch" }
  | { readonly from: "prometheus"; readonly url: string; readonly names?: RequestMetricNames };

export interface LiveOptions {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly evidenceBucket: string;
  /** @default CloudWatch */
  readonly metricsSource?: MetricsOrigin;
  readonly signal?: AbortSignal;
}

/** The SDK tries a throttled call again so often; its waits grow up to 20 s. */
const MAX_ATTEMPTS = 8;

/** Sources of the live account. The SDKs are loaded here and not before: they take longer than a mistake to be told. */
export async function liveSources(
  options: LiveOptions,
): Promise<{ readonly sources: Sources; readonly close: () => void }> {
  const { settings, contract, evidenceBucket, metricsSource = { from: "cloudwatch" }, signal } = options;
  const [
    { CloudWatchClient },
    { CloudWatchLogsClient },
    { ACMClient },
    { APIGatewayClient },
    { ApiGatewayV2Client },
    { S3Client },
  ] = await Promise.all([
    import("@aws-sdk/client-cloudwatch"),
    import("@aws-sdk/client-cloudwatch-logs"),
    import("@aws-sdk/client-acm"),
    import("@aws-sdk/client-api-gateway"),
    import("@aws-sdk/client-apigatewayv2"),
    import("@aws-sdk/client-s3"),
  ]);
  const configuration = { region: settings.account.region, maxAttempts: MAX_ATTEMPTS };
  const cloudWatch = new CloudWatchClient(configuration);
  const logs = new CloudWatchLogsClient(configuration);
  const acm = new ACMClient(configuration);
  const rest = new APIGatewayClient(configuration);
  const webSocket = new ApiGatewayV2Client(configuration);
  const s3 = new S3Client(configuration);
  const metrics = new CloudWatchMetrics(cloudWatch, signal);
  const scans: readonly string[] = SCANS;
  return {
    sources: {
      requests:
        metricsSource.from === "cloudwatch"
          ? new CloudWatchRequests(metrics, settings, contract)
          : new PrometheusRequests(
              new HttpPrometheus(metricsSource.url, signal),
              settings,
              metricsSource.names,
            ),
      metrics,
      logs: new CloudWatchLogs(logs, signal),
      gateway: new ApiGateway(rest, webSocket, settings, signal),
      certificates: new AcmCertificates(acm, signal),
      scans: new BucketScans(s3, evidenceBucket, settings.stack, signal),
      audit: new NpmAudit(signal),
      scanFindings: ledgerReader((finding) => finding.scans.some((scan) => scans.includes(scan))),
      dependencyFindings: ledgerReader(({ tool }) => tool === "npm-audit" || tool === "osv"),
    },
    close: () => {
      for (const client of [cloudWatch, logs, acm, rest, webSocket, s3]) client.destroy();
    },
  };
}
