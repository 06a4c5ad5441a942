/** By which an audit tells its pack what `policies/index.ts` finds by itself: an audit is asked about a time, a record and a source. */
const VARIABLES = {
  at: "FASE_B_AUDIT_AT",
  root: "FASE_B_AUDIT_RECORD",
  source: "FASE_B_AUDIT_SOURCE",
} as const;

export interface PackArguments {
  readonly at: Date;
  /** The folder that has `stacks/<stack>/` in it, with letters, keys and evidence. */
  readonly root: string;
  /** SHA-256 of the source that the stack is deployed from. */
  readonly source: string;
}

export const toEnvironment = ({ at, root, source }: PackArguments): Readonly<Record<string, string>> => ({
  [VARIABLES.at]: at.toISOString(),
  [VARIABLES.root]: root,
  [VARIABLES.source]: source,
});

/** @throws Error where the pack was started by something else */
export function fromEnvironment(environment: NodeJS.ProcessEnv): PackArguments {
  const given = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "")
      throw new Error(
        `${name}: got nothing; allowed: what an audit is asked about; fix: npm run audit starts this pack`,
      );
    return value;
  };
  return {
    at: new Date(given(VARIABLES.at)),
    root: given(VARIABLES.root),
    source: given(VARIABLES.source),
  };
}
