import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { z } from "zod";
import type { ScanName } from "../../../infra/scanning/scanning.schema";
import { jsonOf } from "../../../infra/shared/json";
import { known, unknown, type Answer } from "./answer";
import { askAws } from "./askAws";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const instant = z.iso.datetime();

/** `run.json`, which a scan's pod makes last, of what is there. */
export const scanRun = z.strictObject({
  scan: z.string().min(1).max(64),
  startedAt: instant,
  endedAt: instant,
  exitCode: z.number().int().min(0).max(255),
  tool: z.strictObject({ name: z.string().min(1).max(60), version: z.string().min(1).max(60) }),
  stack: z.string().min(1).max(100),
  reports: z.array(z.strictObject({ file: z.enum(["report.json", "junit.xml"]), sha256 })).max(2),
});
export type ScanRunFile = z.infer<typeof scanRun>;

export interface ScanReport {
  /** The object's key. */
  readonly key: string;
  readonly text: string;
  readonly sha256: string;
}

/** The last run of a scan that is complete, with what it reported. */
export interface CompleteRun {
  readonly run: ScanRunFile;
  readonly reports: readonly ScanReport[];
  /** Later ones that were begun and have no end. */
  readonly laterWithoutEnd: number;
}

/** Scans' reports, where the scans' pods leave them. */
export interface ScanSource {
  /** `undefined` where there is no complete one. */
  lastRun(scan: ScanName): Promise<Answer<CompleteRun | undefined>>;
}

const RUN_FILE = "run.json";
const FOLDER = /^\d{8}T\d{6}Z$/;
const MOST_PAGES = 100;
/** A run that is under way, and a few that broke off. */
const MOST_FOLDERS = 10;
const MOST_BYTES = 32 * 1024 * 1024;

export class BucketScans implements ScanSource {
  constructor(
    private readonly client: Pick<S3Client, "send">,
    private readonly bucket: string,
    private readonly stack: string,
    private readonly signal?: AbortSignal,
  ) {}

  lastRun(scan: ScanName): Promise<Answer<CompleteRun | undefined>> {
    const prefix = `scans/${scan}/`;
    const asked = { system: "bucket", asked: `the last complete run below s3://${this.bucket}/${prefix}` };
    return askAws("s3:ListBucket and s3:GetObject", asked, async () => {
      const folders = await this.folders(prefix);
      if (folders === undefined)
        return unknown(`${prefix} has more than ${MOST_PAGES} pages of runs`, [asked]);
      for (const [index, folder] of folders.slice(0, MOST_FOLDERS).entries()) {
        const key = `${prefix}${folder}/${RUN_FILE}`;
        const text = await this.text(key);
        if (text === undefined) continue;
        const exact = { system: "bucket", asked: `s3://${this.bucket}/${key}` };
        const parsed = scanRun.safeParse(jsonOf(text));
        if (!parsed.success) return unknown(`${key} is no report of a run`, [exact]);
        const run = parsed.data;
        if (run.scan !== scan || run.stack !== this.stack || compact(run.startedAt) !== folder)
          return unknown(`${key} tells of another run: ${run.scan} of ${run.stack}, begun ${run.startedAt}`, [
            exact,
          ]);
        const reports: ScanReport[] = [];
        for (const { file, sha256: expected } of run.reports) {
          const at = `${prefix}${folder}/${file}`;
          const report = await this.text(at);
          if (report === undefined) return unknown(`${at} is not there, though its run names it`, [exact]);
          if (digest(report) !== expected)
            return unknown(`${at} is not what its run wrote: its digest differs`, [exact]);
          reports.push({ key: at, text: report, sha256: expected });
        }
        return known({ run, reports, laterWithoutEnd: index }, [exact]);
      }
      return known(undefined, [asked]);
    });
  }

  /** Newest first. */
  private async folders(prefix: string): Promise<string[] | undefined> {
    const names: string[] = [];
    let ContinuationToken: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer = await this.client.send(
        new ListObjectsV2Command({
          Bucket: this.bucket,
          Prefix: prefix,
          Delimiter: "/",
          ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
        }),
        this.options,
      );
      for (const { Prefix = "" } of answer.CommonPrefixes ?? []) names.push(Prefix.slice(prefix.length, -1));
      ContinuationToken = answer.NextContinuationToken;
      if (ContinuationToken === undefined)
        return names
          .filter((name) => FOLDER.test(name))
          .sort()
          .reverse();
    }
    return undefined;
  }

  private async text(Key: string): Promise<string | undefined> {
    try {
      const { Body, ContentLength = 0 } = await this.client.send(
        new GetObjectCommand({ Bucket: this.bucket, Key }),
        this.options,
      );
      if (ContentLength > MOST_BYTES) throw Object.assign(new Error("too large"), { code: "TOO_LARGE" });
      return await Body?.transformToString("utf8");
    } catch (error) {
      if (error instanceof Error && ["NoSuchKey", "NotFound"].includes(error.name)) return undefined;
      // Thrown while the body is read, and without a code: by itself it would look like a fault of ours.
      if (error instanceof Error && error.message.startsWith("Checksum mismatch"))
        throw Object.assign(new Error("checksum"), { code: "CHECKSUM_MISMATCH" });
      throw error;
    }
  }

  private get options(): { abortSignal?: AbortSignal } {
    return this.signal === undefined ? {} : { abortSignal: this.signal };
  }
}

const digest = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

const compact = (instant: string): string =>
  new Date(instant)
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.\d{3}Z$/, "Z");
