/**
 * Staging's composition with more agents than staging has. The settings are raised here and not in a configuration
 * file: the language runtime gets a stack's configuration in one environment variable, which Linux limits to
 * 128 KiB, some 390 agents. https://man7.org/linux/man-pages/man2/execve.2.html
 */
import * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { readContract } from "../infra/contract/contract";
import { readCredentials } from "../infra/observability/providers";
import { loadSettings } from "../infra/settings/loadSettings";
import { buildFunctions } from "../infra/edge/bundle";
import { readPins } from "../infra/pins/pins";
import { readSboms } from "../infra/supplyChain/sbomIndex";
import { staging } from "../stacks/staging";
import { raiseSettings } from "./raiseSettings";

const root = path.join(__dirname, "..");
const namespace = "fase-b:";

const { config } = parse(readFileSync(path.join(root, "staging.yaml"), "utf8")) as {
  readonly config: Readonly<Record<string, unknown>>;
};
const values = Object.fromEntries(
  Object.entries(config).map(([key, value]) => [key.slice(namespace.length), value]),
);
const raised = raiseSettings(values, new pulumi.Config().requireNumber("benchAgents"));
const contract = readContract();
const settings = loadSettings(
  {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    values: Object.fromEntries(
      Object.entries(raised).map(([key, value]) => [`${namespace}${key}`, JSON.stringify(value)]),
    ),
    secretKeys: [],
  },
  contract,
);

export = async () => {
  const code = await buildFunctions(root, contract);
  const { webAclArn, restApiId } = await staging(
    settings,
    contract,
    code,
    readPins(root),
    // No service is asked: providers are stand-ins.
    readCredentials({}, true),
    readSboms(path.join(root, "stacks", "staging")),
  );
  return { webAclArn, restApiId };
};
