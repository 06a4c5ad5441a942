import { bucketArn, eventRuleArn, roleArn, snsTopicArn, type AccountScope } from "../shared/arn";
import type { PredicateKind } from "./record/predicates";

/** What stands under `evidence/` is signed; what stands under `scans/` is a tool's own report, which evidence names by its digest. */
export const EVIDENCE_PREFIX = "evidence/";
export const SCANS_PREFIX = "scans/";

/** Puts scans' reports, and nothing else. */
export const scanResultsRoleName = (namePrefix: string): string => `${namePrefix}-scan-results`;

export const evidenceBucketName = (namePrefix: string, accountId: string): string =>
  `${namePrefix}-evidence-${accountId}`;

export interface EvidenceNames {
  readonly bucket: string;
  readonly bucketArn: string;
  readonly keyAlias: string;
  readonly topic: string;
  readonly topicArn: string;
  readonly rule: string;
  readonly ruleArn: string;
  readonly chatRole: string;
  readonly chatRoleArn: string;
  readonly scanResultsRoleArn: string;
}

/** Built of account, region and name, so that a policy knows them at preview. */
export function evidenceNames(namePrefix: string, scope: AccountScope): EvidenceNames {
  const bucket = evidenceBucketName(namePrefix, scope.accountId);
  const topic = `${namePrefix}-evidence`;
  const rule = `${namePrefix}-evidence-put`;
  const chatRole = `${namePrefix}-evidence-chat`;
  return {
    bucket,
    bucketArn: bucketArn(scope, bucket),
    keyAlias: `alias/${namePrefix}-evidence`,
    topic,
    topicArn: snsTopicArn(scope, topic),
    rule,
    ruleArn: eventRuleArn(scope, rule),
    chatRole,
    chatRoleArn: roleArn(scope, chatRole),
    scanResultsRoleArn: roleArn(scope, scanResultsRoleName(namePrefix)),
  };
}

/** A role of the account by its name, as a session's condition sees it. */
export const rolesArns = (scope: AccountScope, names: readonly string[]): readonly string[] =>
  names.map((name) => roleArn(scope, name));

/** Where a piece of evidence lies, below `evidence/` in the bucket and below `stacks/<stack>/evidence/` here. */
export interface EvidencePlace {
  readonly clause: string;
  readonly kind: PredicateKind;
  /** Milliseconds since the epoch. */
  readonly collectedAtMs: number;
  /** SHA-256 of the envelope's bytes, in hexadecimal. */
  readonly sha256: string;
}

/** `B8.1/metrics/20261126T070102003Z-<sha256>.json`: sorted by name is sorted by time. */
export const evidencePath = ({ clause, kind, collectedAtMs, sha256 }: EvidencePlace): string =>
  `${clause}/${kind}/${compactInstant(collectedAtMs)}-${sha256}.json`;

export const evidenceKey = (place: EvidencePlace): string => `${EVIDENCE_PREFIX}${evidencePath(place)}`;

/** `20261126T070102003Z` */
export const compactInstant = (ms: number): string => new Date(ms).toISOString().replace(/[-:.]/g, "");

export interface ParsedPath {
  readonly clause: string;
  /** As it is written; whether there is such a kind is not said. */
  readonly kind: string;
  readonly collectedAtMs: number;
  readonly sha256: string;
}

const PATH =
  /^(B\d\.\d)\/([A-Za-z]{1,32})\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-([0-9a-f]{64})\.json$/;

/** Nothing where it is no path of evidence, or its instant is none. */
export function parseEvidencePath(path: string): ParsedPath | undefined {
  const match = PATH.exec(path);
  if (!match) return undefined;
  const [, clause = "", kind = "", year, month, day, hour, minute, second, ms, sha256 = ""] = match;
  const collectedAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  // `2026-02-30` is read as a day of March by some: only what is written back the same is meant.
  if (Number.isNaN(collectedAtMs) || compactInstant(collectedAtMs) !== path.split("/")[2]?.slice(0, 19))
    return undefined;
  return { clause, kind, collectedAtMs, sha256 };
}

/** What a scan's pod leaves, each run in a folder of its own; `run.json` is made last, of what is there. */
export const SCAN_FILES = ["report.json", "junit.xml", "run.json"] as const;
export type ScanFile = (typeof SCAN_FILES)[number];

/** `scans/<ScanName>/20261126T070102Z/` */
export const scanFolder = (scan: string, startedAtMs: number): string =>
  `${SCANS_PREFIX}${scan}/${compactInstant(startedAtMs).replace(/\d{3}Z$/, "Z")}/`;

export const scanKey = (scan: string, startedAtMs: number, file: ScanFile): string =>
  `${scanFolder(scan, startedAtMs)}${file}`;

/** Who may put signed evidence, and who may read all, beside the account's own administrators of the key. */
export interface EvidenceRoles {
  readonly collectors: readonly string[];
  readonly auditors: readonly string[];
}

export const evidenceRoles = (
  scope: AccountScope,
  settings: { readonly collectorRoles: readonly string[]; readonly auditorRoles: readonly string[] },
): EvidenceRoles => ({
  collectors: rolesArns(scope, settings.collectorRoles),
  auditors: rolesArns(scope, settings.auditorRoles),
});
