/**
 * What the unmodified program registers, as the packs are shown it: once as a preview has it, once as a state has
 * it, where all that providers make up is known.
 */
import { join, resolve } from "node:path";
import { inOrder } from "../../cli/preview/engine/digest";
import type { AnalyzedResource } from "../../cli/preview/engine/messages";
import { Monitor, type Registration } from "../../cli/preview/engine/monitor";
import { Outputs } from "../../cli/preview/engine/outputs";
import { collect, exited } from "../../cli/preview/engine/processes";
import { SdkTypes } from "../../cli/preview/engine/sdkTypes";
import type { JsonObject } from "../../cli/preview/engine/signatures";
import { startPreview } from "../../cli/preview/engine/start";
import { encodeStruct, forPolicies } from "../../cli/preview/engine/values";
import { made } from "../engine/standin/made";

/** `preview`: what only a provider can tell is unknown. `state`: everything is there. */
export type Moment = "preview" | "state";

export interface Recorded {
  readonly analyzed: AnalyzedResource;
  /** What a policy on single resources is shown, encoded. */
  readonly inputs: Buffer;
  /** What a policy on the whole stack is shown, encoded. */
  readonly outputs: Buffer;
  /** `false` for a component, whose outputs are its own. */
  readonly custom: boolean;
}

export interface Recording {
  readonly moment: Moment;
  /** In the order in which the engine hands them on. */
  readonly resources: readonly Recorded[];
  /** The outputs of a resource with these inputs, at this moment, as policies see them. */
  readonly outputsOf: (urn: string, type: string, inputs: JsonObject) => Buffer;
}

export const PROJECT_DIR = resolve(__dirname, "..", "..");
export const STACK = "staging";
const NODE_MODULES = [join(PROJECT_DIR, "node_modules")];
const sdkTypes = new SdkTypes(NODE_MODULES);

const outputsAt = (moment: Moment): Recording["outputsOf"] => {
  if (moment === "state")
    return (urn, _type, inputs) => encodeStruct(forPolicies(made(urn, inputs, sdkTypes).outputs));
  const outputs = new Outputs(sdkTypes);
  return (_urn, type, inputs) => {
    const encoded = encodeStruct(inputs);
    return outputs.of(type, encoded, encoded).seen;
  };
};

/** Runs the program against the preview's own monitor, with nobody to judge. */
export async function record(moment: Moment): Promise<Recording> {
  let registrations: readonly Registration[] = [];
  const shown = new Map<string, Buffer>();
  await startPreview({ projectDir: PROJECT_DIR, stack: STACK, policyPacks: [] }, () => ({
    serve: async ({ project, stack, program, door, processes }) => {
      const monitor = new Monitor({
        project: project.name,
        stack: stack.stack,
        directory: project.directory,
        nodeModules: NODE_MODULES,
        config: stack.config,
        ready: Promise.resolve(),
        judge: (resource, inputs) => {
          shown.set(resource.urn, inputs);
          return undefined;
        },
        onRegistered: () => undefined,
        onFatal: () => processes.killAll(),
        ...(moment === "state" ? { made: (urn, inputs) => made(urn, inputs, sdkTypes) } : {}),
      });
      try {
        monitor.answerAt(door);
        const errors = collect(program.stderr);
        program.stdout.resume();
        await Promise.race([monitor.programDone, exited(program)]);
        const problems = monitor.diagnostics.filter(({ severity }) => severity === "error");
        if (monitor.failed || problems.length > 0 || program.exitCode) {
          const said = problems.map(({ message }) => message).join("; ") || errors();
          throw new Error(`the program failed, so that there is nothing to record: ${said}`);
        }
        registrations = inOrder(monitor.registrations);
        return {
          project: project.name,
          stack: stack.stack,
          digest: { steps: [], changeSummary: {} },
          outputs: {},
          packs: [],
          diagnostics: [],
          programSucceeded: true,
        };
      } finally {
        monitor.close();
      }
    },
  }));
  if (registrations.length === 0)
    throw new Error("the program registered nothing: there is nothing to judge");
  return {
    moment,
    outputsOf: outputsAt(moment),
    resources: registrations.map(({ analyzed, outputs, custom }) => {
      const inputs = shown.get(analyzed.urn);
      if (!inputs) throw new Error(`${analyzed.urn} was registered and never shown to the policies`);
      return { analyzed, inputs, outputs, custom };
    }),
  };
}
