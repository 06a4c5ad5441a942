/**
 * What is used of the client, for those who load it late: of a package that is imported as a whole when it runs, the
 * bundler can't tell what nobody needs.
 */
export { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
