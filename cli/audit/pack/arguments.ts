/** By which an audit tells its pack what `policies/index.ts` finds by itself: an audit is asked about a time. */
export const AT_VARIABLE = "FASE_B_AUDIT_AT";

export interface PackArguments {
  readonly at: Date;
}

export const toEnvironment = ({ at }: PackArguments): Readonly<Record<string, string>> => ({
  [AT_VARIABLE]: at.toISOString(),
});

/** @throws Error where the pack was started by something else */
export function fromEnvironment(environment: NodeJS.ProcessEnv): PackArguments {
  const at = new Date(environment[AT_VARIABLE] ?? "");
  if (Number.isNaN(at.getTime()))
    throw new Error(
      `${AT_VARIABLE}: got ${environment[AT_VARIABLE] ?? "nothing"}; allowed: an instant; fix: npm run audit starts this pack`,
    );
  return { at };
}
