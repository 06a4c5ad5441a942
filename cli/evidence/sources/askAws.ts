import { kindOf } from "../../client/errors";
import { UsageError } from "../../usageError";
import { unknown, type Answer, type Asked } from "./answer";

/** Of several services, which name the same differently. */
const DENIED = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedException",
  "Forbidden",
  "AuthorizationError",
]);
const NO_CREDENTIALS = new Set([
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "InvalidSignatureException",
  "TokenProviderError",
  // As S3 names them. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  "InvalidToken",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
]);

/**
 * Asks AWS: what does not answer is unknown, with what kind of error it was.
 *
 * @param right what the caller must be allowed, e.g. `cloudwatch:GetMetricData`
 * @throws UsageError where there are no credentials, or the right is missing: a person can mend both
 */
export async function askAws<T>(
  right: string,
  asked: Asked,
  work: () => Promise<Answer<T>>,
): Promise<Answer<T>> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const name = error instanceof Error ? error.name : "";
    // The person gave up waiting.
    if (name === "AbortError") throw error;
    if (DENIED.has(name)) throw missingRight(right);
    if (NO_CREDENTIALS.has(name))
      throw new UsageError(
        `credentials of AWS: got ${name}; allowed: a session of one of the roles in evidence.collectorRoles; fix: sign in, then collect again`,
      );
    if (!isVendors(error)) throw error;
    return unknown(`${asked.system} gave no answer to ${right}: ${kindOf(error)}`, [asked]);
  }
}

/** The SDK says of each of its errors how the request went, and the system gives its own a code; a fault of ours has neither. */
const isVendors = (error: unknown): boolean =>
  error instanceof Error && ("$metadata" in error || "code" in error || error.name === "TimeoutError");

export const missingRight = (right: string): UsageError =>
  new UsageError(
    `${right}: got a refusal; allowed: a role that may ${right}; fix: give the collector's role that right, or collect as one that has it`,
  );
