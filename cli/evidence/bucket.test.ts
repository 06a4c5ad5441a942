import { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { S3Bucket } from "./bucket";
import {
  bucketRefusal,
  startAwsDouble,
  withoutSession,
  withoutWaits,
  type AwsDouble,
  type ServiceReply,
  type ServiceRequest,
} from "./sources/awsDouble";

const NAME = "fase-b-staging-evidence-123456789012";
const PATH = "B8.1/metrics/20261126T072030Z-aa.json";
const envelope = Buffer.from('{"payload":"e30="}');
const sha256 = (bytes: Uint8Array, as: "base64" | "hex"): string =>
  createHash("sha256").update(bytes).digest(as);

let double: AwsDouble | undefined;
let client: S3Client | undefined;
afterEach(async () => {
  client?.destroy();
  await double?.close();
  [client, double] = [undefined, undefined];
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
beforeEach(withoutWaits);

async function bucketOf(
  answer: (request: ServiceRequest, index: number) => ServiceReply,
  signal = new AbortController().signal,
): Promise<{ readonly bucket: S3Bucket; readonly requests: readonly ServiceRequest[] }> {
  double = await startAwsDouble(answer);
  client = new S3Client({ ...double.client, forcePathStyle: true });
  return { bucket: new S3Bucket(client, NAME, signal), requests: double.requests };
}
const listing = (keys: readonly string[], next?: string): ServiceReply => ({
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${NAME}</Name><IsTruncated>${next !== undefined}</IsTruncated>${
    next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`
  }${keys.map((key) => `<Contents><Key>${key}</Key><Size>18</Size></Contents>`).join("")}</ListBucketResult>`,
});

describe("the bucket of evidence", () => {
  it("is put to once a key, with the digest that it checks, the payload signed and nothing said of encryption (B0.4)", async () => {
    const { bucket, requests } = await bucketOf(() => ({}));
    await bucket.put({ path: PATH, bytes: envelope });
    expect(requests).toHaveLength(1);
    const [{ method, path, headers, body } = { headers: {} as Record<string, string> }] = requests;
    expect([method, path]).toEqual(["PUT", `/${NAME}/evidence/${PATH}`]);
    expect(body).toEqual(envelope);
    expect(headers).toMatchObject({
      "if-none-match": "*",
      "content-type": "application/vnd.dsse.envelope.v1+json",
      "x-amz-checksum-sha256": sha256(envelope, "base64"),
      // The bucket's policy refuses what is not signed: s3:x-amz-content-sha256 "UNSIGNED-PAYLOAD".
      "x-amz-content-sha256": sha256(envelope, "hex"),
    });
    expect(headers["authorization"]).toMatch(/SignedHeaders=[^,]*if-none-match[^,]*x-amz-checksum-sha256/);
    // What is not said is the bucket's default: its key. Another algorithm beside the digest would be checked in its place.
    const names = Object.keys(headers);
    expect(names.filter((name) => /server-side-encryption|acl|x-amz-checksum-crc/.test(name))).toEqual([]);
  });

  it("is tried again where it is busy, with the same bytes under the same condition", async () => {
    const { bucket, requests } = await bucketOf((_, index) =>
      index === 0 ? bucketRefusal("SlowDown", 503) : {},
    );
    await bucket.put({ path: PATH, bytes: envelope });
    expect(requests.map(({ body, headers }) => [body.toString(), headers["if-none-match"]])).toEqual([
      [envelope.toString(), "*"],
      [envelope.toString(), "*"],
    ]);
  });

  it("gives the paths of a clause from all of its pages", async () => {
    const { bucket, requests } = await bucketOf(({ query }) =>
      query.get("continuation-token") === null
        ? listing([`evidence/${PATH}`], "a token+/=")
        : listing([`evidence/${PATH}.2`]),
    );
    expect(await bucket.list("B8.1")).toEqual([PATH, `${PATH}.2`]);
    expect(requests.map(({ query }) => [query.get("prefix"), query.get("continuation-token")])).toEqual([
      ["evidence/B8.1/", null],
      ["evidence/B8.1/", "a token+/="],
    ]);
  });

  it("gives nothing of a clause of which it has nothing", async () => {
    const { bucket } = await bucketOf(() => listing([]));
    expect(await bucket.list("B8.1")).toEqual([]);
  });

  it("gives the bytes of a key", async () => {
    const { bucket, requests } = await bucketOf(() => ({ body: envelope.toString() }));
    expect(Buffer.from(await bucket.get(PATH))).toEqual(envelope);
    expect(requests.map(({ method, path }) => [method, path])).toEqual([
      ["GET", `/${NAME}/evidence/${PATH}`],
    ]);
  });

  it.each<[string, ServiceReply, RegExp]>([
    ["is larger than any envelope", { headers: { "content-length": String(2 ** 25 + 1) } }, /got RangeError/],
    ["breaks off", { body: envelope.toString(), cut: true }, /got Error \(ECONNRESET/],
    [
      "has another checksum than the bucket says",
      { headers: { "x-amz-checksum-sha256": sha256(Buffer.from("x"), "base64") }, body: "y" },
      /got Error, without a code/,
    ],
  ])("gives nothing of what %s", async (_, reply, got) => {
    const { bucket } = await bucketOf(() => reply);
    await expect(bucket.get(PATH)).rejects.toMatchObject({
      name: "EvidenceError",
      message: expect.stringMatching(got) as string,
    });
  });

  it.each([
    ["put", "PreconditionFailed", 412, "s3:PutObject"],
    ["put", "AccessDenied", 403, "s3:PutObject"],
    ["get", "AccessDenied", 403, "s3:GetObject"],
    ["list", "AccessDenied", 403, "s3:ListBucket"],
    ["list", "InvalidAccessKeyId", 403, "s3:ListBucket"],
  ] as const)(
    "says of a refused %s what it was (%s), and which right it needs",
    async (what, name, status, right) => {
      const { bucket, requests } = await bucketOf(() => bucketRefusal(name, status));
      const done = {
        put: () => bucket.put({ path: PATH, bytes: envelope }),
        get: () => bucket.get(PATH),
        list: () => bucket.list("B8.1"),
      };
      const error: unknown = await done[what]().catch((caught: unknown) => caught);
      expect(error).toMatchObject({ name: "EvidenceError" });
      const { message } = error as Error;
      expect(message).toMatch(`bucket ${NAME}: ${what} `);
      expect(message).toMatch(`got ${name}; allowed:`);
      expect(message).toContain(right);
      // A vendor's message may carry anything.
      expect(message).not.toContain("jane.doe");
      expect(requests).toHaveLength(1);
    },
  );

  it("asks nobody where there is no session, and says so", async () => {
    withoutSession();
    double = await startAwsDouble(() => listing([]));
    const { endpoint, region } = double.client;
    client = new S3Client({ endpoint, region, forcePathStyle: true });
    const bucket = new S3Bucket(client, NAME, new AbortController().signal);
    await expect(bucket.list("B8.1")).rejects.toThrow(
      /got CredentialsProviderError; .*fix: check credentials/,
    );
    expect(double.requests).toEqual([]);
  });

  it("is left alone by who has given up", async () => {
    const { bucket, requests } = await bucketOf(() => ({}), AbortSignal.abort());
    await expect(bucket.put({ path: PATH, bytes: envelope })).rejects.toThrow(/got AbortError/);
    expect(requests).toEqual([]);
  });
});
