import { EVIDENCE_PREFIX } from "./evidenceNames";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export const putPattern = (bucketName: string): object => ({
  source: ["aws.s3"],
  "detail-type": ["Object Created"],
  detail: { bucket: { name: [bucketName] }, object: { key: [{ prefix: EVIDENCE_PREFIX }] } },
});

/** What an announcement takes from the event. The key says clause, kind, time and digest. */
export const announcedPaths = {
  bucket: "$.detail.bucket.name",
  key: "$.detail.object.key",
  version: "$.detail.object.version-id",
} as const;

/**
 * The one form in which the chat integration shows a message of ours.
 * https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
 */
export const announcementTemplate = (stack: string): string =>
  JSON.stringify({
    version: "1.0",
    source: "custom",
    id: "<version>",
    content: {
      textType: "client-markdown",
      title: `Evidence of ${stack} kept`,
      description: "Clause, kind, time and SHA-256: `<key>`\nIn `<bucket>`, version `<version>`",
      nextSteps: ["`npm run evidence -- verify` with a copy says what it shows."],
    },
  });
