import { S3Client } from "@aws-sdk/client-s3";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { evidenceBucketName } from "../../infra/evidence/evidenceNames";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { systemTiming } from "../../infra/functions/edge/upstream/timing";
import { createApiGatewayClient } from "../../infra/functions/rotation/apiGateway";
import { changeEventsUrl } from "../../infra/observability/pager/pagerRules";
import { secretNames } from "../../infra/secrets/secretsRules";
import { S3Bucket } from "../evidence/bucket";
import { readSigningKey } from "../evidence/keys";
import { ansiStyle, plainStyle, wantsColor, type Style } from "../style";
import { UsageError } from "../usageError";
import { codeOf, writeWhole } from "../wholeFile";
import { applyPlan, type Applied } from "./apply";
import { AwsGateway } from "./awsGateway";
import { clientCall, type Call } from "./call";
import { tellPager } from "./changeEvent";
import { checked } from "./check";
import type { Surroundings } from "./command";
import { documentOf } from "./document";
import { RepositoryHistory } from "./history";
import { backInStep } from "./inStep";
import type { CallOptions, Command } from "./options";
import { placeOf, type Place } from "./place";
import { demandMeant, type Plan, type Situation } from "./plan";
import { RollbackError } from "./problem";
import { keep, leftDeployments, rollbacksFolder, type Kept } from "./record";
import { demandReleased } from "./release";
import { planFrom, survey, type Sources } from "./survey";
import { checkText, listText, planText } from "./text";

type Runnable = Exclude<Command, { readonly kind: "help" }>;
type Of<K extends Runnable["kind"]> = Extract<Runnable, { readonly kind: K }>;

/** @returns whether all is as it should be */
export async function run(command: Runnable, surroundings: Surroundings): Promise<boolean> {
  const { cwd, env, stdout } = surroundings;
  const place = placeOf(command.options, cwd);
  if (command.kind === "document") return document(command, place, surroundings);
  const client = createApiGatewayClient({ region: place.region });
  // Where it is throttled or cannot be reached, minutes may go by.
  surroundings.stderr.write(`asking API Gateway of ${place.accountId} in ${place.region}\n`);
  try {
    const gateway = await AwsGateway.find(client, place);
    const { ids: left, unreadable } = leftDeployments(rollbacksFolder(place.projectDir, place.stack));
    const sources: Sources = {
      gateway,
      history: new RepositoryHistory({ ...place, restApiId: gateway.restApiId }, surroundings.runProgram),
      left,
      unreadable,
    };
    const style = wantsColor(command.options.color, stdout, env) ? ansiStyle : plainStyle;
    const situation = await survey(sources);
    switch (command.kind) {
      case "list":
        stdout.write(command.json ? jsonOf(situation.deployments) : listText(situation, style));
        return true;
      case "check": {
        const found = await checked(situation, gateway);
        stdout.write(command.json ? jsonOf(found) : checkText(found, style));
        return found.every(({ holds }) => holds);
      }
      case "plan": {
        const plan = await planFrom(sources, situation, command.to);
        stdout.write(command.json ? jsonOf(plan) : planText(plan, style));
        return true;
      }
      case "apply":
        return await apply(command, { place, sources, situation, style }, surroundings);
    }
  } finally {
    client.destroy();
  }
}

const jsonOf = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

interface Around {
  readonly place: Place;
  readonly sources: Sources;
  readonly situation: Situation;
  readonly style: Style;
}

async function apply(command: Of<"apply">, around: Around, surroundings: Surroundings): Promise<boolean> {
  const { place, sources, situation, style } = around;
  const { cwd, env, stdout, nowMs } = surroundings;
  const { projectDir, stack } = place;
  const from = command.options.cwd === undefined ? cwd : resolve(cwd, command.options.cwd);
  // Whatever a person has to mend is told before anything is changed.
  demandReleased(place, situation.domains, nowMs(), surroundings.loadRelease);
  const key =
    command.key === undefined
      ? undefined
      : readSigningKey(
          resolve(from, command.key),
          readCollectorKeys(join(projectDir, "stacks", stack)),
          nowMs(),
        ).key;
  const call = command.call === undefined ? undefined : callOf(command.call, situation, from);
  const planned = await planFrom(sources, situation, command.to);
  const plan = { ...planned, warnings: [...planned.warnings, ...divertedBy(env)] };
  if (command.from !== undefined && command.from !== plan.from.id)
    throw new RollbackError({
      what: "--from",
      got: command.from,
      allowed: `${plan.from.id}, which is in force`,
      fix: "plan again: the stage is not what it was",
    });
  if (command.to === undefined && command.from === undefined) demandMeant(situation, plan);
  stdout.write(`${planText(plan, style)}\n`);
  if (!(await agreed(command, stack, surroundings))) {
    stdout.write("nothing was done\n");
    return false;
  }
  // From here on the stage may be changed, and what was done is kept before anything else is.
  const held = surroundings.holdInterrupt();
  try {
    const applied = await applyPlan({
      gateway: sources.gateway,
      plan,
      call,
      timing: { nowMs, sleep: (ms) => sleep(ms), interrupted: held.signal },
      place,
      who: { by: command.by, reason: command.reason },
    });
    stdout.write(outcomeText(applied, plan, style));
    const record = keep(applied.rollback, { folder: rollbacksFolder(projectDir, stack), stack }, key);
    stdout.write(recordText(record, projectDir, key !== undefined));
    if (!command.local) stdout.write(await told(applied, record, key !== undefined, place, env));
    if (applied.rollback.verdict === "not-met") return false;
    stdout.write(`\n${style.bold("state and program")}\n${inStepText(plan, situation, stack)}`);
    return applied.settled && record.lost === undefined;
  } finally {
    held.release();
  }
}

function recordText({ file, bytes, lost }: Kept, projectDir: string, signed: boolean): string {
  const shown = relative(projectDir, file);
  return lost === undefined
    ? `record: ${shown}${signed ? "" : ", not signed: no --key"}\n`
    : `record: ${shown}: got ${lost}; allowed: a folder that can be written to; fix: put this there by hand\n${bytes.toString("utf8")}\n`;
}

/** Of the record as well: what was done at another endpoint than AWS' own was done there. */
const divertedBy = (env: NodeJS.ProcessEnv): readonly string[] =>
  Object.keys(env)
    .filter((name) => /^AWS_ENDPOINT_URL(_|$)/.test(name))
    .map((name) => `${name} is set: this is asked of another place than AWS`);

function inStepText({ from, to }: Plan, { deployments }: Situation, stack: string): string {
  // Forward again, to where the last update had left it.
  if (deployments[0]?.id === to.id)
    return `  the newest deployment is in force, as Pulumi's state has it: npm run drift -- --stack ${stack} says whether all is\n`;
  const commit = to.commit.known ? to.commit.value : undefined;
  // To Pulumi's state the stage points at the last update's, which need not be the one that this went away from.
  const last = deployments.find(({ digest }) => digest !== undefined) ?? from;
  return backInStep(stack, { from: last.id, to: to.id, modelDigest: to.digest, commit })
    .map((step, at) => `  ${at + 1}. ${step}\n`)
    .join("");
}

async function agreed(command: Of<"apply">, stack: string, { ask }: Surroundings): Promise<boolean> {
  if (command.yes) return true;
  if (ask === undefined)
    throw new UsageError("apply: got no terminal to ask; allowed: an answer, or --yes; fix: --yes");
  return (await ask(`Point the stage of ${stack} back? Type its name: `)) === stack;
}

/** @throws UsageError for a domain that does not lead here, or a file that cannot be read */
function callOf(
  options: CallOptions,
  { domains }: Situation,
  from: string,
): { readonly how: Call; readonly domain: string; readonly options: CallOptions } {
  const names = domains.map(({ name }) => name);
  const domain = options.domain ?? domains.find(({ truststore }) => truststore !== undefined)?.name;
  if (domain === undefined || !names.includes(domain))
    throw new UsageError(
      `--domain: got ${domain ?? "none, and no domain of the stage asks for a certificate"}; allowed: ${names.join(", ") || "none: no domain leads to the stage"}; fix: name one, or --unverified`,
    );
  return { how: clientCall(options, domain, from), domain, options };
}

function outcomeText({ rollback }: Applied, { from, to }: Plan, style: Style): string {
  const { verdict, because } = rollback;
  const mark = { met: style.green("✓"), "not-met": style.red("✗"), unknown: style.yellow("!") }[verdict];
  const back =
    verdict === "not-met"
      ? `  ${to.id} stays in force; back again: npm run rollback -- apply --to ${from.id}, or name an older one\n`
      : "";
  const unseen = verdict === "unknown" ? "  call it now as a client, and look at the dashboard\n" : "";
  return `${mark} ${because}\n${back}${unseen}`;
}

/** Each that could not be told is said, and holds up nothing: the stage is back. */
async function told(
  { rollback }: Applied,
  { bucketPath, bytes, file }: Kept,
  signed: boolean,
  { namePrefix, stageName, region, accountId, pagerAccount }: Place,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const bucketName = evidenceBucketName(namePrefix, accountId);
  let channel = "channel: not told, since the record is not signed: name a collector's key with --key\n";
  if (signed) {
    const s3 = new S3Client({ region, forcePathStyle: env["AWS_ENDPOINT_URL"] !== undefined });
    try {
      await new S3Bucket(s3, bucketName, AbortSignal.timeout(60_000)).put({ path: bucketPath, bytes });
      channel = `channel: told by the bucket's event of evidence/${bucketPath}\n`;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== "EvidenceError") throw error;
      channel = `channel: not told: ${error.message}; put it later: aws s3api put-object --if-none-match '*' --bucket ${bucketName} --key evidence/${bucketPath} --body ${file}\n`;
    } finally {
      s3.destroy();
    }
  }
  if (pagerAccount === undefined) return `${channel}pager: not told: the settings name no account of it\n`;
  const secrets = new SecretsManagerClient({ region });
  try {
    const failed = await tellPager(
      {
        namePrefix,
        stageName,
        from: rollback.from.id,
        to: rollback.to.id,
        by: rollback.by,
        reason: rollback.reason,
        atMs: Date.parse(rollback.endedAt),
      },
      {
        url: changeEventsUrl(pagerAccount),
        secretText: async () =>
          (
            await secrets.send(
              new GetSecretValueCommand({ SecretId: secretNames(namePrefix).pagerDutyKey }),
              { abortSignal: AbortSignal.timeout(20_000) },
            )
          ).SecretString ?? "",
      },
      systemTiming,
    );
    return `${channel}pager: ${failed === undefined ? "told by a change event" : `not told: ${failed}`}\n`;
  } finally {
    secrets.destroy();
  }
}

function document({ check }: Of<"document">, place: Place, { stdout }: Surroundings): boolean {
  const path = join(place.projectDir, "stacks", place.stack, "rollback.md");
  const shown = relative(place.projectDir, path);
  const text = documentOf(place);
  if (textAt(path) === text) {
    stdout.write(`${shown} is fresh\n`);
    return true;
  }
  if (check) {
    stdout.write(
      `${shown}: got another text; allowed: what is made now; fix: npm run rollback -- document\n`,
    );
    return false;
  }
  writeWhole(path, Buffer.from(text), {
    over: true,
    refuse: (got) =>
      new UsageError(`${shown}: got ${got}; allowed: a place that can be written to; fix: check its folder`),
  });
  stdout.write(`${shown} written\n`);
  return true;
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UsageError(
      `${path}: got ${codeOf(error)}; allowed: a file that can be read; fix: check its rights`,
    );
  }
}
