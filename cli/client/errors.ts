import { ProblemError } from "../../infra/shared/problem";

/** Names that say nothing of what happened. */
const GENERIC = new Set(["Error", "AggregateError", "TypeError", "SyntaxError", "Unknown", "UnknownError"]);
const CODE = /^[A-Z][A-Z0-9_]{1,40}$/;

/**
 * What may be told of a vendor's error: its name; where that says nothing, the system's code and the HTTP status too. Never
 * its message, which may carry values.
 */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  if (!GENERIC.has(error.name)) return error.name;
  const known = [codeIn(error), statusIn(error)].filter((text) => text !== undefined);
  return known.length > 0 ? `${error.name} (${known.join(", ")})` : `${error.name}, without a code`;
}

/** Its own, or that of what it was made from. */
function codeIn(error: unknown, depth = 0): string | undefined {
  if (typeof error !== "object" || error === null || depth > 3) return undefined;
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === "string" && CODE.test(code)) return code;
  const inner: readonly unknown[] = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.map((one) => codeIn(one, depth + 1)).find((text) => text !== undefined);
}

function statusIn(error: Error): string | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return typeof status === "number" ? `HTTP ${status}` : undefined;
}

/** What stands against a command and a person can mend, said in one line. */
export class ClientError extends ProblemError {
  override readonly name = "ClientError";
}
