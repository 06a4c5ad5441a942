import { STAGING } from "../../infra/release/stackFacts";
import { UsageError } from "../usageError";
import {
  readDigest,
  readInstant,
  readOptions,
  stackDefinitions,
  stackOptions,
  type StackOptions,
} from "../words";

export interface ReportOptions extends StackOptions {
  readonly sample: boolean;
  readonly record?: string;
  readonly source?: string;
  readonly atMs?: number;
  readonly out?: string;
}

export const help = `Makes Informe B (B7.1) from verified evidence: one page of HTML that prints, and its PDF where a Chromium is.

Usage: npm run report [-- --sample] [--at <instant>] [--record <folder>] [--source <sha256>] [--out <folder>]

It is in Spanish: 2 or 3 pages, and an annex that names every piece of evidence by its digest. No measured figure stands in it that
is not in a signed piece which is believed; what is missing is said in its place. It needs neither account nor pulumi, and asks nobody.

      --sample              with evidence made up here, by a key of this run alone; marked as MUESTRA, and believed by nobody
      --at <instant>        as of then, e.g. 2026-11-26T12:00:00Z; default now
      --record <folder>     which has keys, evidence, findings and letters in its stacks/staging/; default the project's folder
      --source <sha256>     the digest of the source that staging was deployed from; default this checkout's
      --out <folder>        where it goes; default stacks/staging/report
  -s, --stack <name>        ${STAGING.stack} alone: evidence is of nothing else
      --config-file <file>  the stack's configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

The PDF needs a Chromium: one on the PATH, the one that FASE_B_CHROMIUM names, or the one that npm run test:browser unpacks.

Exit status:
  0  the report is written, and what it shows allows a GO or a conditional one to be proposed; a sample was written
  1  the report is written and says NO-GO, or its pages before the annex are not 2 or 3
  2  the command line, the settings, a key file or a list is wrong, or a fault of ours; then nothing is written
`;

const definitions = {
  sample: { type: "boolean" },
  at: { type: "string" },
  record: { type: "string" },
  source: { type: "string" },
  out: { type: "string" },
  ...stackDefinitions,
} as const;

/**
 * @returns undefined where help is asked for
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): ReportOptions | undefined {
  const read = readOptions(argv, definitions, "report");
  if (read === undefined) return undefined;
  const { texts, flags } = read;
  const [record, source, out, at] = (["record", "source", "out", "at"] as const).map((name) =>
    texts.get(name),
  );
  const stack = stackOptions(texts);
  if (stack.stack !== STAGING.stack)
    throw new UsageError(
      `--stack: got ${JSON.stringify(stack.stack)}; allowed: ${STAGING.stack}, of which alone there is evidence; fix: leave it out`,
    );
  const sample = flags.has("sample");
  if (sample && record !== undefined)
    throw new UsageError(
      "--sample: got --record beside it; allowed: one of the two, as a sample's evidence is made up here; fix: leave one out",
    );
  return {
    ...stack,
    sample,
    ...(record === undefined ? {} : { record }),
    ...(source === undefined ? {} : { source: readDigest("--source", source) }),
    ...(out === undefined ? {} : { out }),
    ...(at === undefined ? {} : { atMs: readInstant("--at", at) }),
  };
}
