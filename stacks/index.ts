import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { ContractError, readContract, type Contract } from "../infra/contract/contract";
import { buildFunctions } from "../infra/edge/bundle";
import { readCredentials } from "../infra/observability/providers";
import { PinsError, readPins, type Pins } from "../infra/pins/pins";
import { loadSettings, SettingsError } from "../infra/settings/loadSettings";
import { readSboms, SbomError, type Sbom } from "../infra/supplyChain/sbomIndex";
import { LedgerError, readLedger } from "../infra/trust/ledger";
import type { Settings } from "../infra/settings/settings.schema";
import { STAGING } from "../infra/release/stackFacts";
import { ProblemError } from "../infra/shared/problem";
import { holdFacts } from "./facts";
import { guard, GuardError } from "./guard";
import { boundRoles } from "./boundary";
import { protectState } from "./protection";
import { staging, type StackOutputs } from "./staging";

/** The folder of `Pulumi.yaml`. */
const projectDir = path.join(__dirname, "..");

/**
 * The entry point: reads the contract and the stack's settings, refuses what is wrong and what is not released before anything is
 * registered, and composes the stack: production is what staging is, by its own settings.
 */
async function compose(): Promise<StackOutputs> {
  const stack = pulumi.getStack();
  const values = pulumi.runtime.allConfig();
  const {
    sources,
    staging: isStaging,
    unprotect,
  } = readAsAPersonReads(() =>
    guard({
      stack,
      projectDir,
      nowMs: Date.now(),
      environment: process.env,
      handed: values,
      readSources: () => readSources(stack, values),
      loadRelease,
    }),
  );
  const { settings, contract, pins, sboms } = sources;
  const credentials = readCredentials(process.env, pulumi.runtime.isDryRun());
  // An earlier build is good enough to look at, and not to deploy.
  const anew = !isStaging || !pulumi.runtime.isDryRun();
  const built = await buildFunctions(projectDir, contract, { anew });
  holdFacts({ project: pulumi.getProject(), stack, settings });
  protectState(unprotect);
  boundRoles(settings.account);
  return staging(settings, contract, built, pins, credentials, sboms);
}

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRelease = (): typeof import("../infra/release/release") => require("../infra/release/release");

interface Sources {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly pins: Pins;
  readonly sboms: readonly Sbom[];
}

function readSources(stack: string, values: Readonly<Record<string, string>>): Sources {
  // The SDK keeps which values are secret to itself; this is how the engine tells it.
  const secretKeys = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
  const contract = readContract();
  const ledger = readLedger(path.join(__dirname, stack));
  const config = { project: pulumi.getProject(), stack, values, secretKeys };
  const settings = loadSettings(config, contract, { ledger });
  const pins = readPins(projectDir);
  // Of the source, which is one for every stack: they are kept where it is tried.
  return { settings, contract, pins, sboms: readSboms(path.join(__dirname, STAGING.stack)) };
}

/** A person reads these; a stack trace would only hide them. */
const FOR_PEOPLE = [
  GuardError,
  SettingsError,
  ContractError,
  LedgerError,
  PinsError,
  SbomError,
  ProblemError,
];

function readAsAPersonReads<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (FOR_PEOPLE.some((kind) => error instanceof kind)) throw new pulumi.RunError((error as Error).message);
    throw error;
  }
}

export = compose;
