import { Analyzer } from "../../preview/engine/analyzer";
import { inOrder } from "../../preview/engine/digest";
import type { AnalyzedProvider, AnalyzedResource } from "../../preview/engine/messages";
import { Processes } from "../../preview/engine/processes";
import { readPolicyPack } from "../../preview/engine/project";
import { providerUrn } from "../../preview/engine/urn";
import { encodeStruct, forPolicies } from "../../preview/engine/values";
import { urnName } from "../../preview/view";
import type { PackReport } from "../../preview/model";
import type { JudgedStack } from "./judged";
import type { StateFile, StateResource } from "./stateFile";

/** What a file backend calls the organization, which it does not have. */
const ORGANIZATION = "organization";

/**
 * Asks the pack about a state as the engine asks about a program: about each resource by its inputs, then about all of them by their outputs.
 *
 * @param packFolder where the pack's `PulumiPolicy.yaml` lies
 * @throws PreviewError when the pack fails
 */
export async function judgeState(
  state: StateFile,
  packFolder: string,
  environment: Readonly<Record<string, string>>,
): Promise<JudgedStack> {
  const { project, stack, resources, sha256, hiddenSecrets, beingDeleted, pendingOperations } = state;
  return {
    project,
    stack,
    subject: {
      from: "state",
      sha256,
      resources: resources.length,
      hiddenSecrets,
      beingDeleted,
      pendingOperations,
    },
    resources,
    pack: await ask(state, packFolder, environment),
  };
}

async function ask(
  { project, stack, resources }: StateFile,
  packFolder: string,
  environment: Readonly<Record<string, string>>,
): Promise<PackReport> {
  const processes = new Processes();
  let analyzer: Analyzer | undefined;
  try {
    const pack = readPolicyPack(packFolder, "policies");
    const child = processes.start([...pack.runtime.nodeArgs, pack.directory], pack.directory, environment);
    const identity = { stack, project, organization: ORGANIZATION, config: new Map<string, string>() };
    analyzer = await Analyzer.connect(child, pack, "policies", identity);
    const asked = inOrder(analyzedOf(resources));
    for (const { analyzed, inputs } of asked) analyzer.analyze(analyzed, inputs);
    await analyzer.settled();
    await analyzer.analyzeStack(asked).judged;
    return analyzer.report();
  } finally {
    analyzer?.close();
    processes.close();
  }
}

interface Asked {
  readonly analyzed: AnalyzedResource;
  readonly provider: string;
  readonly inputs: Buffer;
  readonly outputs: Buffer;
}

function analyzedOf(resources: readonly StateResource[]): ReadonlyMap<string, Asked> {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const providers = new Map<string, AnalyzedProvider | undefined>();
  const providerOf = (reference: string): AnalyzedProvider | undefined => {
    if (reference === "") return undefined;
    const urn = providerUrn(reference);
    if (!providers.has(urn)) {
      const found = byUrn.get(urn);
      providers.set(
        urn,
        found && {
          urn,
          type: found.type,
          name: urnName(urn),
          properties: encodeStruct(forPolicies(found.inputs)),
        },
      );
    }
    return providers.get(urn);
  };
  return new Map(
    resources.map((resource): [string, Asked] => [
      resource.urn,
      {
        provider: resource.provider,
        inputs: encodeStruct(forPolicies(resource.inputs)),
        outputs: encodeStruct(forPolicies(resource.outputs)),
        analyzed: {
          urn: resource.urn,
          type: resource.type,
          name: urnName(resource.urn),
          parent: resource.parent,
          protect: resource.protect,
          ignoreChanges: resource.ignoreChanges,
          // A state does not keep it.
          deleteBeforeReplace: undefined,
          additionalSecretOutputs: resource.additionalSecretOutputs,
          timeouts: { ...resource.timeouts, read: 0 },
          provider: providerOf(resource.provider),
          dependencies: resource.dependencies,
          propertyDependencies: new Map(Object.entries(resource.propertyDependencies)),
        },
      },
    ]),
  );
}
