import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as path from "node:path";
import { AccountFoundation } from "../infra/account/account";
import type { AccountSettings, Environment } from "../infra/account/account.schema";
import { AccountError, loadAccount } from "../infra/account/loadAccount";
import { divertedEndpoints } from "../infra/release/endpoints";
import { STAGING } from "../infra/release/stackFacts";
import { protectState } from "./protection";

/**
 * The account's own stack: a small program beside the other one, with a project of its own (`stacks/account/Pulumi.yaml`). A person deploys
 * it once in each account, before the first stack is there; no pipeline may. The policy pack is for the stacks that serve the API, and refuses one
 * that has none of it; this one's rules are in its tests.
 */
export interface AccountOutputs {
  readonly stateUrl: string;
  /** ARNs, by the place of the host that takes them: each is the variable AWS_ROLE_ARN there. */
  readonly roles: Readonly<Record<string, string>>;
}

/** The folder of the other project, where letters and evidence lie. */
const projectDir = path.join(__dirname, "..");

export interface AccountGuard {
  readonly stack: string;
  readonly settings: AccountSettings;
  readonly environment: NodeJS.ProcessEnv;
  readonly nowMs: number;
  readonly loadRelease: () => Pick<typeof import("../infra/release/release"), "releaseOf">;
}

/**
 * Staging's account is staging's by name and number. Every other is production's, where nothing is made before the three have signed: neither the
 * stack nor who deploys it (B0.1).
 *
 * @throws AccountError
 */
export function guardAccount(input: AccountGuard): Environment {
  const { stack, settings, environment, nowMs, loadRelease } = input;
  const [diverted] = divertedEndpoints(environment);
  if (diverted !== undefined) throw new AccountError({ ...diverted, what: diverted.path });
  const isStagings = settings.id === STAGING.accountId;
  if (stack === STAGING.stack && isStagings) return "staging";
  if (stack !== "production" || isStagings)
    throw new AccountError({
      what: "the account's stack",
      got: `${JSON.stringify(stack)} in the account ${settings.id}`,
      allowed: `staging in ${STAGING.accountId}, production in another one`,
      fix: "name the stack after what it is for, and give each its own account",
    });
  const release = loadRelease().releaseOf({ projectDir, stack: "production", nowMs });
  if ("problems" in release)
    throw new AccountError({
      what: "production's account",
      got: release.problems.join("; "),
      allowed: "what the signed Carta GO of Fase B releases (B0.1)",
      fix: "npm run letter -- verify --stack production",
    });
  return "production";
}

/** Registers all of it. */
export function account(): AccountOutputs {
  const stack = pulumi.getStack();
  const settings = loadAccount(pulumi.runtime.allConfig(), pulumi.getProject(), stack);
  // By `require`, since `import()` would bypass the hook that compiles TypeScript.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const loadRelease = (): typeof import("../infra/release/release") => require("../infra/release/release");
  const environment = guardAccount({
    stack,
    settings,
    environment: process.env,
    nowMs: Date.now(),
    loadRelease,
  });
  // Only staging's own letter lifts a protection, and not this one.
  protectState([]);
  const provider = new aws.Provider("aws", {
    region: settings.region as aws.Region,
    allowedAccountIds: [settings.id],
    defaultTags: { tags: { project: "fase-b", stack: `account-${stack}` } },
  });
  const foundation = new AccountFoundation(
    "account",
    { settings, environment },
    { providers: { aws: provider } },
  );
  return { stateUrl: foundation.stateUrl, roles: foundation.roles };
}

/** A person reads these; a stack trace would only hide them. */
export function asAPersonReads<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof AccountError) throw new pulumi.RunError(error.message);
    throw error;
  }
}
