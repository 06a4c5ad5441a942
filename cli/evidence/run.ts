import { S3Client } from "@aws-sdk/client-s3";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { evidenceBucketName } from "../../infra/evidence/evidenceNames";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { demandsOf } from "../../infra/evidence/record/judge";
import { EVIDENCE_CLAUSES } from "../../infra/evidence/record/requirements";
import { readCopy } from "../../infra/evidence/record/readCopy";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { holds, verifyEvidence } from "../../infra/evidence/record/verify";
import { findPaths } from "../preview/paths";
import { sourceCommit } from "../sourceCommit";
import { readStackSettings } from "../stackSettings";
import { ansiStyle, plainStyle, plural, wantsColor } from "../style";
import { UsageError } from "../usageError";
import { BASELINE_CLAUSES, type BaselineClause } from "./baseline";
import { S3Bucket } from "./bucket";
import { collectClause } from "./collect";
import { collectorsOf, liveSources } from "./collectors";
import type { Surroundings } from "./command";

import { makeKey, readSigningKey } from "./keys";
import type { Command } from "./options";
import { listed, verified } from "./text";

type Runnable = Exclude<Command, { readonly kind: "help" }>;
type Of<K extends Runnable["kind"]> = Extract<Runnable, { readonly kind: K }>;

/** @returns whether all is as it should be */
export async function run(command: Runnable, surroundings: Surroundings): Promise<boolean> {
  switch (command.kind) {
    case "collect":
      return collect(command, surroundings);
    case "verify":
      return verify(command, surroundings);
    case "list":
      return list(command, surroundings);
    case "keygen":
      return keygen(command, surroundings);
  }
}

const startedIn = ({ options }: Runnable, { cwd }: Surroundings): string =>
  options.cwd === undefined ? cwd : resolve(cwd, options.cwd);

async function collect(command: Of<"collect">, surroundings: Surroundings): Promise<boolean> {
  const { options, clauses } = command;
  const { cwd, env, stdout, stderr, nowMs, signal } = surroundings;
  const from = startedIn(command, surroundings);
  const { settings, contract, projectDir } = readStackSettings(options, cwd);
  const strange = command.baseline ? clauses.find((clause) => !isBaselineClause(clause)) : undefined;
  if (strange !== undefined)
    throw new UsageError(
      `--baseline: got ${strange}; allowed: ${BASELINE_CLAUSES.join(", ")}; fix: collect one of them`,
    );
  const stackDir = join(projectDir, "stacks", options.stack);
  const keys = readCollectorKeys(stackDir);
  const { key } = readSigningKey(resolve(from, command.key), keys, nowMs());
  const bucketName = evidenceBucketName(settings.namePrefix, settings.account.id);
  const { sources, close } = await liveSources({
    settings,
    contract,
    evidenceBucket: bucketName,
    signal,
    ...(command.prometheus === undefined
      ? {}
      : { metricsSource: { from: "prometheus", url: command.prometheus } }),
  });
  const s3 = new S3Client({
    region: settings.account.region,
    forcePathStyle: env["AWS_ENDPOINT_URL"] !== undefined,
  });
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  const collectors = collectorsOf(sources);
  const { name, version } = JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  const { commit } = sourceCommit(projectDir);
  try {
    for (const clause of clauses) {
      const kept = await collectClause(
        clause,
        collectors[clause],
        {
          settings,
          contract,
          projectDir,
          sourceDigest: sourceDigest(projectDir),
          nowMs,
          progress: (text) => void stderr.write(`${style.dim(text)}\n`),
          signal,
        },
        {
          folder: command.out === undefined ? join(stackDir, "evidence") : resolve(from, command.out),
          ...(command.local ? {} : { bucket: new S3Bucket(s3, bucketName, signal) }),
          key,
          keys,
          collector: { name: `${name} evidence`, version: version ?? "" },
          ...(commit === undefined ? {} : { commit }),
          sourceDigest: () => sourceDigest(projectDir),
          baseline: command.baseline,
        },
      );
      for (const { path, statement } of kept) {
        const { verdict, because } = statement.predicate;
        stdout.write(`${clause} ${verdict}: ${because}\n  ${path}\n`);
      }
    }
  } finally {
    s3.destroy();
    close();
  }
  return true;
}

const isBaselineClause = (clause: string): clause is BaselineClause =>
  (BASELINE_CLAUSES as readonly string[]).includes(clause);

/**
 * The folder of `--from`. Where nothing was collected yet the stack has no folder, and every clause is unknown; one that somebody names
 * has to be there.
 */
function copyOf(command: Of<"verify"> | Of<"list">, surroundings: Surroundings): string | undefined {
  if (command.from === undefined) return undefined;
  const folder = resolve(startedIn(command, surroundings), command.from);
  if (!existsSync(folder))
    throw new UsageError(
      `--from: got ${folder}, which is not there; allowed: the folder of a copy of the evidence; fix: name one, or leave it out for the stack's own`,
    );
  return folder;
}

function verify(command: Of<"verify">, surroundings: Surroundings): boolean {
  const { options, clauses, expected, at } = command;
  const { cwd, env, stdout, nowMs } = surroundings;
  const { settings, projectDir } = readStackSettings(options, cwd);
  const stackDir = join(projectDir, "stacks", options.stack);
  const folder = copyOf(command, surroundings) ?? join(stackDir, "evidence");
  const verification = verifyEvidence({
    files: readCopy(folder),
    keys: readCollectorKeys(stackDir),
    stack: settings.stack,
    sourceDigest: sourceDigest(projectDir),
    nowMs: nowMs(),
    ...(at === undefined ? {} : { atMs: at }),
    demands: demandsOf(settings),
    clauses,
    expected,
  });
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  stdout.write(verified(verification, command.json, style));
  return holds(verification);
}

function list(command: Of<"list">, surroundings: Surroundings): boolean {
  const { projectDir } = findPaths(command.options, surroundings.cwd);
  const folder =
    copyOf(command, surroundings) ?? join(projectDir, "stacks", command.options.stack, "evidence");
  const files = readCopy(folder);
  surroundings.stdout.write(
    listed(
      files.map(({ path }) => path),
      EVIDENCE_CLAUSES,
    ) + `${plural(files.length, "file")}; verify says what they show\n`,
  );
  return true;
}

function keygen(command: Of<"keygen">, surroundings: Surroundings): boolean {
  const entry = makeKey(
    resolve(startedIn(command, surroundings), command.out),
    command.name,
    surroundings.nowMs(),
  );
  surroundings.stdout.write(`${JSON.stringify(entry, undefined, 2)}\n`);
  return true;
}
