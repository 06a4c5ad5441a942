/**
 * What a person can mend: an option, a path, a settings file. The commands print its message without a
 * stack trace and end with status 2.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
