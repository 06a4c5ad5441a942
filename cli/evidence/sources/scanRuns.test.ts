import { S3Client } from "@aws-sdk/client-s3";
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  bucketRefusal,
  startAwsDouble,
  withoutSession,
  withoutWaits,
  type AwsDouble,
  type ServiceReply,
  type ServiceRequest,
} from "./awsDouble";
import { BucketScans } from "./scanRuns";

const NAME = "fase-b-staging-evidence-123456789012";
const FOLDER = "20261126T051700Z";
const AT = `scans/fuzz/${FOLDER}/`;
const text = '<testsuites name="é"/>';
const run = {
  scan: "fuzz",
  startedAt: "2026-11-26T05:17:00Z",
  endedAt: "2026-11-26T05:40:00Z",
  exitCode: 1,
  tool: { name: "Schemathesis", version: "4.32.5" },
  stack: "staging",
  reports: [{ file: "junit.xml", sha256: createHash("sha256").update(text).digest("hex") }],
};

let double: AwsDouble | undefined;
let client: S3Client | undefined;
beforeEach(withoutWaits);
afterEach(async () => {
  client?.destroy();
  await double?.close();
  [client, double] = [undefined, undefined];
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function scansOf(
  answer: (request: ServiceRequest, index: number) => ServiceReply,
  signal?: AbortSignal,
): Promise<{ readonly scans: BucketScans; readonly requests: readonly ServiceRequest[] }> {
  double = await startAwsDouble(answer);
  client = new S3Client({ ...double.client, forcePathStyle: true });
  return { scans: new BucketScans(client, NAME, "staging", signal), requests: double.requests };
}
const listing = (folders: readonly string[], next?: string): ServiceReply => ({
  headers: { "content-type": "application/xml" },
  body: `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${NAME}</Name><Delimiter>/</Delimiter><IsTruncated>${next !== undefined}</IsTruncated>${
    next === undefined ? "" : `<NextContinuationToken>${next}</NextContinuationToken>`
  }${folders.map((folder) => `<CommonPrefixes><Prefix>scans/fuzz/${folder}/</Prefix></CommonPrefixes>`).join("")}</ListBucketResult>`,
});
/** A bucket with these objects, and with these folders on one page. */
const bucket =
  (objects: Readonly<Record<string, ServiceReply>>, folders: readonly string[] = [FOLDER]) =>
  ({ path, query }: ServiceRequest): ServiceReply =>
    query.has("list-type")
      ? listing(folders)
      : (objects[path.slice(NAME.length + 2)] ?? bucketRefusal("NoSuchKey", 404));
const whole = { [`${AT}run.json`]: { body: run }, [`${AT}junit.xml`]: { body: text } };

describe("a scan's runs in the bucket", () => {
  it("give the last one that has an end, with its reports, whichever page tells of it", async () => {
    const begun = "20261126T061700Z";
    const { scans, requests } = await scansOf((request) =>
      request.query.has("list-type")
        ? request.query.has("continuation-token")
          ? listing(["20261125T051700Z", begun])
          : listing([FOLDER, "a-folder-of-no-run"], "a token+/=")
        : bucket(whole)(request),
    );
    expect(await scans.lastRun("fuzz")).toEqual({
      known: true,
      value: {
        run,
        reports: [{ key: `${AT}junit.xml`, text, sha256: run.reports[0]?.sha256 }],
        laterWithoutEnd: 1,
      },
      asked: [{ system: "bucket", asked: `s3://${NAME}/${AT}run.json` }],
    });
    expect(
      requests.map(({ path, query }) => [path, query.get("prefix"), query.get("continuation-token")]),
    ).toEqual([
      [`/${NAME}/`, "scans/fuzz/", null],
      [`/${NAME}/`, "scans/fuzz/", "a token+/="],
      [`/${NAME}/scans/fuzz/${begun}/run.json`, null, null],
      [`/${NAME}/${AT}run.json`, null, null],
      [`/${NAME}/${AT}junit.xml`, null, null],
    ]);
    expect(requests[0]?.query.get("delimiter")).toBe("/");
  });

  it("are known to be none where there is none, or none of the last ten has an end", async () => {
    const days = Array.from({ length: 11 }, (_, day) => `202611${10 + day}T051700Z`);
    for (const folders of [[], days]) {
      const { scans, requests } = await scansOf(bucket({}, folders));
      expect(await scans.lastRun("fuzz")).toMatchObject({ known: true, value: undefined });
      expect(requests).toHaveLength(1 + Math.min(folders.length, 10));
      client?.destroy();
      await double?.close();
    }
  });

  it("are asked for again where the bucket is busy", async () => {
    const { scans, requests } = await scansOf((request, index) =>
      index % 2 === 0 ? bucketRefusal("SlowDown", 503) : bucket(whole)(request),
    );
    expect(await scans.lastRun("fuzz")).toMatchObject({ known: true, value: { reports: [{ text }] } });
    expect(requests).toHaveLength(6);
  });

  it.each<[string, Readonly<Record<string, ServiceReply>>, RegExp]>([
    ["the bucket stays busy", { [`${AT}run.json`]: bucketRefusal("SlowDown", 503) }, /GetObject: SlowDown$/],
    ["a report breaks off", { ...whole, [`${AT}junit.xml`]: { body: text, cut: true } }, /ECONNRESET/],
    [
      "a report has another checksum than the bucket says",
      {
        ...whole,
        [`${AT}junit.xml`]: {
          body: text,
          headers: { "x-amz-checksum-sha256": createHash("sha256").update("x").digest("base64") },
        },
      },
      /CHECKSUM_MISMATCH/,
    ],
    [
      "a report is larger than any",
      { ...whole, [`${AT}junit.xml`]: { headers: { "content-length": String(2 ** 25 + 1) } } },
      /TOO_LARGE/,
    ],
    [
      "a report is not what its run wrote",
      { ...whole, [`${AT}junit.xml`]: { body: `${text} ` } },
      /its digest differs/,
    ],
    ["a report is gone", { [`${AT}run.json`]: { body: run } }, /is not there, though its run names it/],
    [
      "the run is of another time than its folder",
      { [`${AT}run.json`]: { body: { ...run, startedAt: "2026-11-26T05:17:01Z" } } },
      /another run/,
    ],
    [
      "the run is of another scan",
      { [`${AT}run.json`]: { body: { ...run, scan: "zap-baseline" } } },
      /another run/,
    ],
    [
      "the run says what no run says",
      { [`${AT}run.json`]: { body: { ...run, more: 1 } } },
      /no report of a run/,
    ],
  ])("are unknown where %s, whatever an earlier one said", async (_, objects, because) => {
    const { scans } = await scansOf(bucket(objects, ["20261125T051700Z", FOLDER]));
    const answer = await scans.lastRun("fuzz");
    expect(answer).toMatchObject({ known: false, because: expect.stringMatching(because) as string });
    // A vendor's message may carry anything.
    expect(JSON.stringify(answer)).not.toContain("jane.doe");
  });

  it("are unknown where pages never end", async () => {
    const { scans, requests } = await scansOf(() => listing([FOLDER], "again"));
    expect(await scans.lastRun("fuzz")).toMatchObject({
      known: false,
      because: "scans/fuzz/ has more than 100 pages of runs",
    });
    expect(requests).toHaveLength(100);
  });

  it.each(["list", "get"])(
    "are refused to who may not %s them, with the rights that are needed",
    async (what) => {
      const { scans } = await scansOf((request) =>
        request.query.has("list-type") === (what === "list")
          ? bucketRefusal("AccessDenied", 403)
          : bucket(whole)(request),
      );
      await expect(scans.lastRun("fuzz")).rejects.toMatchObject({
        name: "UsageError",
        message: expect.stringMatching(
          /^s3:ListBucket and s3:GetObject: got a refusal; allowed: .*; fix: give/,
        ) as string,
      });
    },
  );

  // The bucket has names of its own for what the other services call otherwise.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  it.each(["ExpiredToken", "InvalidToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"])(
    "are no matter of the scans where the session does not hold: %s",
    async (name) => {
      const { scans } = await scansOf(() => bucketRefusal(name, 403));
      await expect(scans.lastRun("fuzz")).rejects.toThrow(
        new RegExp(`^credentials of AWS: got ${name}; allowed: .*; fix: sign in, then collect again$`),
      );
    },
  );

  it("are not asked for without a session", async () => {
    withoutSession();
    double = await startAwsDouble(bucket(whole));
    const { endpoint, region } = double.client;
    client = new S3Client({ endpoint, region, forcePathStyle: true });
    await expect(new BucketScans(client, NAME, "staging").lastRun("fuzz")).rejects.toThrow(
      /^credentials of AWS: got CredentialsProviderError; allowed: .*; fix: sign in/,
    );
    expect(double.requests).toEqual([]);
  });

  it("are given up with who has given up, and are not unknown then", async () => {
    const giveUp = new AbortController();
    const { scans } = await scansOf((request) => {
      giveUp.abort();
      return bucket(whole)(request);
    }, giveUp.signal);
    await expect(scans.lastRun("fuzz")).rejects.toMatchObject({ name: "AbortError" });
  });
});
