import { z } from "zod";

export const data = z.strictObject({
  claims: z.strictObject({
    /**
     * By how much two instances' clocks may differ. It lengthens the lease of a claim, the 24 h of a record and the
     * time for which a count is remembered. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html keeps
     * clocks within milliseconds; a second is for an instance that was frozen.
     */
    clockDifferenceMs: z.number().int().min(100).max(10_000),
  }),
  answers: z.strictObject({
    /**
     * Large answers are deleted after this many days, counted by S3 from the midnight (UTC) that follows. A record
     * refers to its answer for 24 h and the clocks' difference, hence 2 at least.
     * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
     */
    retentionDays: z.number().int().min(2).max(7),
  }),
});

export type DataSettings = z.infer<typeof data>;
