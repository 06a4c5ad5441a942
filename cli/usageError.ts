/**
 * What a person can mend: an option, a path, a settings file. The commands print its message without a
 * stack trace and end with status 2.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * What is said of a mistake that a person can mend, settings and contract included: a line, or one a problem. `undefined` for a fault of
 * ours. By name, since the classes' modules take longer to load than a mistake on the command line to be told.
 */
export function mistake(error: Error): string | undefined {
  if (error.name === "SettingsError") return error.message;
  const known = [
    "UsageError",
    "PreviewError",
    "ContractError",
    "FindingsError",
    "ReleaseError",
    "EvidenceError",
  ];
  return known.includes(error.name) ? error.message.replace(/\s+/g, " ") : undefined;
}
