import { kindOf } from "../client/errors";
import { UsageError } from "../usageError";

/** What helps, by the name of what came in the place of an answer; the first that fits. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [
    /^(Expired|RequestExpired|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch)/,
    "sign in anew, and check the machine's clock",
  ],
  [/CredentialsProviderError|TokenProviderError/, "sign in: name a profile in AWS_PROFILE, or aws sso login"],
  [/^AccessDenied/, "sign in with a role of the stack's account that has this right"],
  [
    /^(TooManyRequests|Throttling|LimitExceeded)/,
    "wait a minute: an update or a rotation may be asking as much as the account may",
  ],
  [
    /\b(E[A-Z]{3,}(_[A-Z]+)*|Timeout\w*|\w*CERT\w*)\b/,
    "check network, VPN and proxy; then https://health.aws.amazon.com",
  ],
];
const OTHERWISE =
  "look at https://health.aws.amazon.com, and whether a proxy answers in its place; then run it again";

/** Nobody could look, which is another thing than that there is nothing to go back to. */
export function unanswered(right: string, error: unknown): UsageError {
  const kind = kindOf(error);
  const fix = FIXES.find(([what]) => what.test(kind))?.[1] ?? OTHERWISE;
  return new UsageError(`${right}: got ${kind}; allowed: an answer of API Gateway; fix: ${fix}`);
}
