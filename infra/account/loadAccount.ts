import { ProblemError, showValue } from "../shared/problem";
import { accountSettings, type AccountSettings } from "./account.schema";

/** What is wrong with the settings of an account's own stack. */
export class AccountError extends ProblemError {
  override readonly name = "AccountError";
}

/**
 * Reads what the engine hands over; a star, a variable or a name like the stack's own is refused before anything is registered.
 *
 * @param values by full key, `fase-b-account:repository`; what is no text is JSON
 * @throws AccountError
 */
export function loadAccount(
  values: Readonly<Record<string, string>>,
  project: string,
  stack: string,
): AccountSettings {
  const file = `stacks/account/Pulumi.${stack}.yaml`;
  const raw = Object.fromEntries(
    Object.entries(values).map(([key, text]) => [key.replace(`${project}:`, ""), valueOf(text)]),
  );
  const read = accountSettings.safeParse(raw);
  if (!read.success) {
    const [issue] = read.error.issues;
    const path = issue?.path.join(".") ?? "";
    const at = issue?.path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
      raw,
    );
    throw new AccountError({
      what: `${file}: ${path === "" ? "config" : path}`,
      got: issue?.code === "unrecognized_keys" ? showValue(issue.keys) : showValue(at),
      allowed: issue?.message ?? "what the schema says",
      fix: "see infra/account/account.schema.ts",
    });
  }
  if (
    read.data.deployRole.startsWith("fase-b-staging") ||
    read.data.deployRole.startsWith("fase-b-production")
  )
    throw new AccountError({
      what: `${file}: deployRole`,
      got: showValue(read.data.deployRole),
      allowed:
        "a name that does not begin as the stack's own: it may change those, and would change its own rights",
      fix: "deployRole: fase-b-operator",
    });
  return read.data;
}

function valueOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // A number that stands alone is a text: an account begins with zeros.
    return typeof value === "object" ? value : text;
  } catch {
    return text;
  }
}
