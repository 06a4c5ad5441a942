/** What a release rests on, read from the repository when a rule first asks for it: on staging mostly nobody does. */
import type { ReleaseRecord, StackRecord } from "../lib/release/record";
import { trustedRoles } from "../lib/trustedRoles";
import { readFileAt, readFilesBelow } from "./files";
import type { Source } from "./source";

const listBytes = 1024 * 1024;
const letters = { files: 6000, bytes: 1024 * 1024, depth: 0 };
/** `<clause>/<kind>/<time>-<sha256>.json` */
const evidence = { files: 20_000, bytes: 32 * 1024 * 1024, depth: 2 };

export interface ReleaseOptions {
  /** The folder that has `stacks/<stack>/` in it. */
  readonly root: string;
  /** Asked once. */
  readonly source: () => Source;
  /** A variable by which the provider asks another host than AWS. */
  readonly divertedBy?: string | undefined;
  /** @default the pack's own; tests have keys of their own */
  readonly trusted?: ReleaseRecord["trustedRoles"];
}

export function readRelease({
  root,
  source,
  divertedBy,
  trusted = trustedRoles,
}: ReleaseOptions): ReleaseRecord {
  let known: Source | undefined;
  const stacks = new Map<string, StackRecord>();
  return {
    ...(divertedBy === undefined ? {} : { divertedBy }),
    source: () => (known ??= source()),
    ofStack: (stack) => {
      const read = stacks.get(stack) ?? readStack(root, stack);
      stacks.set(stack, read);
      return read;
    },
    trustedRoles: trusted,
  };
}

function readStack(root: string, stack: string): StackRecord {
  // A stack's name comes from a URN, and in a state file that can be anything: it must not lead elsewhere.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stack))
    return { letters: [], evidence: [], defects: [`${JSON.stringify(stack)}, which is no stack's name`] };
  const folder = `stacks/${stack}`;
  const defects: string[] = [];
  const roles = readFileAt(root, `${folder}/roles.json`, listBytes, defects);
  const collectors = readFileAt(root, `${folder}/collectors.json`, listBytes, defects);
  return {
    ...(roles && { roles }),
    ...(collectors && { collectors }),
    letters: readFilesBelow(root, `${folder}/letters`, letters, defects),
    evidence: readFilesBelow(root, `${folder}/evidence`, evidence, defects),
    defects,
  };
}
