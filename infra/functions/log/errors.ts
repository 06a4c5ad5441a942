/** Classes of errors by the name they give themselves: a bundle's constructors have lost theirs. */
export const errorClasses = [
  "Error",
  "TypeError",
  "RangeError",
  "SyntaxError",
  "ReferenceError",
  "AggregateError",
  "AbortError",
  "TimeoutError",
  "DerError",
  "MalformedCertificate",
  "StoreError",
  "AnswerLostError",
  "PkiProblem",
  "RotationProblem",
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
  "AccessDeniedException",
  "ConditionalCheckFailedException",
  "InternalServerError",
  "ItemCollectionSizeLimitExceededException",
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ResourceNotFoundException",
  "ServiceUnavailable",
  "ThrottlingException",
  "TransactionCanceledException",
  "TransactionConflictException",
  "TransactionInProgressException",
  "ValidationException",
  "CredentialsProviderError",
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  "NoSuchKey",
  "SlowDown",
  // https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
  "DecryptionFailure",
  "EncryptionFailure",
  "InternalServiceError",
  "InvalidParameterException",
  "InvalidRequestException",
  "LimitExceededException",
  "ResourceExistsException",
  // https://docs.aws.amazon.com/apigateway/latest/api/CommonErrors.html
  "BadRequestException",
  "ConflictException",
  "NotFoundException",
  "ServiceUnavailableException",
  "TooManyRequestsException",
  "UnauthorizedException",
  "OtherError",
] as const;

/** Codes of Node's network, TLS and HTTP layers. https://nodejs.org/api/errors.html */
export const errorCodes = [
  "ABORT_ERR",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "EMFILE",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "EPROTO",
  "ERR_STREAM_PREMATURE_CLOSE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "ETIMEDOUT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
] as const;

export type ErrorClass = (typeof errorClasses)[number];
export type ErrorCode = (typeof errorCodes)[number];

/** `fetch failed` carries what happened in its cause, and that in another one. */
const MAX_CAUSES = 4;

/**
 * What the log may say of something that was thrown: a class and a code out of the lists, never the message or the
 * stack, which hold whatever the caller sent.
 */
export function errorFields(thrown: unknown): { errorClass: ErrorClass; errorCode?: ErrorCode } {
  const errorClass = listed(errorClasses, property(thrown, "name")) ?? "OtherError";
  let link = thrown;
  for (let depth = 0; depth < MAX_CAUSES; depth += 1) {
    const errorCode = listed(errorCodes, property(link, "code"));
    if (errorCode !== undefined) return { errorClass, errorCode };
    link = property(link, "cause");
  }
  return { errorClass };
}

const listed = <T extends string>(words: readonly T[], value: unknown): T | undefined =>
  words.find((word) => word === value);

/** A property of whatever was thrown; one that cannot be read counts as missing. */
function property(of: unknown, name: "name" | "code" | "cause"): unknown {
  if ((typeof of !== "object" && typeof of !== "function") || of === null) return undefined;
  try {
    return (of as Readonly<Record<string, unknown>>)[name];
  } catch {
    // A getter that throws: what it throws is as little for the log as what it hides.
    return undefined;
  }
}
