import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { ObjectStore } from "./objectStore";

const requestTimeoutMs = 1_500;

/**
 * Large answers as objects of a bucket, which encrypts them by its own default. The client is made by the first large
 * answer: most instances never meet one. Its code is there from the start, since the bundler can't tell what nobody needs of
 * a package that is loaded when it runs, which made the bundle larger by a tenth of what it may have.
 */
export class S3ObjectStore implements ObjectStore {
  #client: S3Client | undefined;

  constructor(private readonly bucket: string) {}

  async put(_step: string, key: string, bytes: Uint8Array): Promise<void> {
    await this.#connected().send(
      new PutObjectCommand({
        Bucket: this.bucket,
        Key: key,
        Body: bytes,
        ContentType: "application/octet-stream",
      }),
    );
  }

  async get(_step: string, key: string): Promise<Uint8Array | undefined> {
    try {
      const { Body } = await this.#connected().send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
      return await Body?.transformToByteArray();
    } catch (error) {
      // Who may not list a bucket is told 403 for what is not there, so that absence cannot be told from a lack of
      // rights: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
      if (error instanceof Error && ["NoSuchKey", "AccessDenied"].includes(error.name)) return undefined;
      throw error;
    }
  }

  #connected(): S3Client {
    this.#client ??= new S3Client({
      maxAttempts: 2,
      requestHandler: {
        connectionTimeout: 200,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
      },
      // Names of buckets stay out of host names, so that an endpoint of one's own needs no DNS for them.
      forcePathStyle: process.env["AWS_ENDPOINT_URL"] !== undefined,
    });
    return this.#client;
  }
}
