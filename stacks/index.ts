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
import { protectState } from "./protection";
import { staging, type StackOutputs } from "./staging";

/**
 * The entry point: reads the contract and the stack's settings, refuses what is wrong before anything is
 * registered, and composes the stack.
 */
async function compose(): Promise<StackOutputs> {
  const stack = pulumi.getStack();
  if (stack !== "staging") {
    throw new pulumi.RunError(
      `stack: got ${JSON.stringify(stack)}; allowed: "staging", the only stack that this program deploys; ` +
        "fix: pulumi stack select staging (production needs the signed Carta GO, clause B0.1)",
    );
  }
  const { settings, contract, pins, sboms } = readSources(stack);
  const credentials = readCredentials(process.env, pulumi.runtime.isDryRun());
  const built = await buildFunctions(path.join(__dirname, ".."), contract);
  protectState([]);
  return staging(settings, contract, built, pins, credentials, sboms);
}

interface Sources {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly pins: Pins;
  readonly sboms: readonly Sbom[];
}

function readSources(stack: string): Sources {
  const values = pulumi.runtime.allConfig();
  // The SDK keeps which values are secret to itself; this is how the engine tells it.
  const secretKeys = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
  try {
    const contract = readContract();
    const ledger = readLedger(path.join(__dirname, stack));
    const config = { project: pulumi.getProject(), stack, values, secretKeys };
    const settings = loadSettings(config, contract, { ledger });
    const pins = readPins(path.join(__dirname, ".."));
    return { settings, contract, pins, sboms: readSboms(path.join(__dirname, stack)) };
  } catch (error) {
    // A person reads these; a stack trace would only hide them.
    const forPeople = [SettingsError, ContractError, LedgerError, PinsError, SbomError];
    if (forPeople.some((kind) => error instanceof kind)) throw new pulumi.RunError((error as Error).message);
    throw error;
  }
}

export = compose;
