import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { EVIDENCE_PREFIX } from "../../infra/evidence/evidenceNames";
import { MAX_ENVELOPE_BYTES } from "../../infra/evidence/record/envelope";
import { EvidenceError } from "../../infra/evidence/record/problem";
import type { EvidenceFile } from "../../infra/evidence/record/verify";
import { kindOf } from "../client/errors";

/** Where evidence goes beside the copy here. */
export interface Bucket {
  /** Paths below `evidence/` of a clause. */
  list(clause: string): Promise<readonly string[]>;
  get(path: string): Promise<Uint8Array>;
  /** Never over another. */
  put(file: EvidenceFile): Promise<void>;
}

export class S3Bucket implements Bucket {
  constructor(
    private readonly client: S3Client,
    private readonly name: string,
    private readonly signal: AbortSignal,
  ) {}

  async list(clause: string): Promise<readonly string[]> {
    const paths: string[] = [];
    for (let token: string | undefined, more = true; more;) {
      const page = await this.ask("s3:ListBucket", `list ${clause}`, () =>
        this.client.send(
          new ListObjectsV2Command({
            Bucket: this.name,
            Prefix: `${EVIDENCE_PREFIX}${clause}/`,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          { abortSignal: this.signal },
        ),
      );
      for (const { Key: key } of page.Contents ?? [])
        if (key !== undefined) paths.push(key.slice(EVIDENCE_PREFIX.length));
      token = page.NextContinuationToken;
      more = token !== undefined;
    }
    return paths;
  }

  get(path: string): Promise<Uint8Array> {
    return this.ask("s3:GetObject", `get ${path}`, async () => {
      const { Body: body, ContentLength: length = 0 } = await this.client.send(
        new GetObjectCommand({ Bucket: this.name, Key: `${EVIDENCE_PREFIX}${path}` }),
        { abortSignal: this.signal },
      );
      if (!body || length > MAX_ENVELOPE_BYTES) throw new RangeError("no envelope");
      return body.transformToByteArray();
    });
  }

  async put({ path, bytes }: EvidenceFile): Promise<void> {
    await this.ask("s3:PutObject", `put ${path}`, () =>
      this.client.send(
        new PutObjectCommand({
          Bucket: this.name,
          Key: `${EVIDENCE_PREFIX}${path}`,
          Body: bytes,
          ContentType: "application/vnd.dsse.envelope.v1+json",
          ChecksumSHA256: createHash("sha256").update(bytes).digest("base64"),
          IfNoneMatch: "*",
        }),
        { abortSignal: this.signal },
      ),
    );
  }

  private async ask<T>(right: string, what: string, how: () => Promise<T>): Promise<T> {
    try {
      return await how();
    } catch (error) {
      throw new EvidenceError({
        what: `bucket ${this.name}: ${what}`,
        got: kindOf(error),
        allowed: `a collector's role of the stack's account that may ${right}, and a key that is free`,
        fix: "check credentials and region; with --local it is kept here only, and put with the next",
      });
    }
  }
}
