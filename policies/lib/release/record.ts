/**
 * What a release rests on, as it was found: bytes of files and the source's digest. Nothing of it is believed yet.
 *
 * `policies/index.ts` hands it to the rules; for a state file it comes from the command line.
 */

/** A file below its folder: the path with slashes, and what is in it. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** What lies in `stacks/<stack>/`. */
export interface StackRecord {
  /** `roles.json`: whose signatures count on a letter; absent where there is no such file. */
  readonly roles?: Uint8Array;
  /** `letters/`: letters and their envelopes. */
  readonly letters: readonly FoundFile[];
  /** `collectors.json`: whose signatures count on evidence. */
  readonly collectors?: Uint8Array;
  /** `evidence/`: `<clause>/<kind>/<time>-<sha256>.json`. */
  readonly evidence: readonly FoundFile[];
  /** What could not be read, a sentence each: such a record is not met. */
  readonly defects: readonly string[];
}

export interface ReleaseRecord {
  /** SHA-256 of the source that the stack is deployed from; a sentence under `defect` where it has none. */
  readonly source: () => { readonly digest: string } | { readonly defect: string };
  /** A variable of the environment by which the provider asks another host than AWS, which may say it is any account. */
  readonly divertedBy?: string;
  /** Read when it is first asked for, once a stack. */
  readonly ofStack: (stack: string) => StackRecord;
  /** SHA-256 of the `roles.json` whose keys count for a stack (`../trustedRoles.ts`); `undefined` where nobody has entered one. */
  readonly trustedRoles: (stack: string) => string | undefined;
}

const nothing: StackRecord = { letters: [], evidence: [], defects: [] };

/** Nothing was found: nothing is released. */
export const noRelease: ReleaseRecord = {
  source: () => ({ defect: "the source was not read" }),
  ofStack: () => nothing,
  trustedRoles: () => undefined,
};
