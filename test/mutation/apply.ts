/** Makes a mutant's resources from what was recorded. */
import type { AnalyzedResource } from "../../cli/preview/engine/messages";
import type { Json } from "../../cli/preview/model";
import { UNKNOWN } from "../../cli/preview/engine/signatures";
import { isProviderType } from "../../cli/preview/engine/urn";
import { decodeStruct, encodeStruct } from "../../cli/preview/engine/values";
import type { Change, Edit, Where } from "./mutant";
import type { Recorded, Recording } from "./recording";
import { edited, stepsOf } from "./values";

export interface Mutated {
  readonly resources: readonly Recorded[];
  /** Of these, what policies on single resources must be asked about anew. */
  readonly changed: readonly Recorded[];
}

const holdsUnknown = (value: Json | undefined): boolean =>
  value !== undefined && JSON.stringify(value).includes(UNKNOWN);

const classOf = (type: string): string => type.split(":").at(-1) ?? "";

function matches({ analyzed }: Recorded, where: Where): boolean {
  const [className = "", name = ""] = where.split("::");
  const pattern = name.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return (
    (className === "*" || classOf(analyzed.type) === className) &&
    new RegExp(`^${pattern.join(".*")}$`).test(analyzed.name)
  );
}

/** @throws when a place that is to be one is none or several */
function find(resources: readonly Recorded[], where: Where): readonly Recorded[] {
  const found = resources.filter((resource) => matches(resource, where));
  if (found.length === 0 || (found.length > 1 && !where.includes("*"))) {
    throw new Error(`${where} is ${found.length} resources; a mutant's place is one, or has a *: correct it`);
  }
  return found;
}

function one(resources: readonly Recorded[], where: Where): Recorded {
  const [found, ...more] = find(resources, where);
  if (!found || more.length > 0) throw new Error(`${where} is ${1 + more.length} resources; expected one`);
  return found;
}

/** In a state the value is known: here the texts that the stand-in of a provider made up for certificates and keys, one a line. */
function madeOf(targets: readonly Recorded[]): string {
  const texts = targets.flatMap(({ outputs }) => {
    const { certPem, privateKeyPem, value } = decodeStruct(outputs);
    return [certPem ?? privateKeyPem ?? value ?? ""];
  });
  return texts.map((text) => (typeof text === "string" ? text : "")).join("\n");
}

class Workbench {
  resources: readonly Recorded[];
  readonly changed = new Set<string>();

  constructor(private readonly recording: Recording) {
    this.resources = recording.resources;
  }

  private replace(old: Recorded, ...news: readonly Recorded[]): void {
    this.resources = this.resources.flatMap((each) => (each === old ? news : [each]));
    for (const { analyzed } of news)
      if (!news.includes(old) || analyzed !== old.analyzed) this.changed.add(analyzed.urn);
  }

  /** With other inputs, and with the outputs that follow from them. */
  private withInputs(
    resource: Recorded,
    analyzed: AnalyzedResource,
    edit: (object: { [key: string]: Json }) => { [key: string]: Json },
  ): Recorded {
    const inputs = edit(decodeStruct(resource.inputs));
    if (!resource.custom) {
      const outputs = decodeStruct(resource.outputs);
      const echoed = Object.keys(outputs).filter((key) => key in inputs);
      const kept = Object.fromEntries(
        Object.entries(outputs).filter(([key]) => !(key in decodeStruct(resource.inputs))),
      );
      return {
        ...resource,
        analyzed,
        inputs: encodeStruct(inputs),
        outputs: encodeStruct({
          ...kept,
          ...Object.fromEntries(echoed.map((key) => [key, inputs[key] ?? null])),
        }),
      };
    }
    return {
      ...resource,
      analyzed,
      inputs: encodeStruct(inputs),
      outputs: this.recording.outputsOf(analyzed.urn, analyzed.type, inputs),
    };
  }

  private related(resource: Recorded, input: string, on: readonly string[]): AnalyzedResource {
    const { analyzed } = resource;
    return {
      ...analyzed,
      dependencies: [...new Set([...analyzed.dependencies, ...on])].sort(),
      propertyDependencies: new Map([...analyzed.propertyDependencies, [input, on]]),
    };
  }

  edit(resource: Recorded, edit: Edit): Recorded | undefined {
    const { analyzed } = resource;
    const put = (now: Recorded): Recorded => {
      this.replace(resource, now);
      return now;
    };
    if ("remove" in edit) return this.remove(resource);
    if ("twin" in edit) {
      const type = edit.type ?? analyzed.type;
      const [project, types = "", ...name] = analyzed.urn.split("::").slice(1);
      const ownTypes = types.slice(0, types.length - analyzed.type.length) + type;
      const urn = [analyzed.urn.split("::")[0], project, ownTypes, ...name.slice(0, -1), edit.twin].join(
        "::",
      );
      const made = this.withInputs(resource, { ...analyzed, urn, type, name: edit.twin }, (inputs) => inputs);
      this.replace(resource, resource, made);
      let twin: Recorded | undefined = made;
      for (const inner of edit.and ?? []) twin = twin && this.edit(twin, inner);
      return resource;
    }
    if ("protect" in edit) return put({ ...resource, analyzed: { ...analyzed, protect: edit.protect } });
    if ("aliases" in edit) return put({ ...resource, analyzed: { ...analyzed, aliases: edit.aliases } });
    if ("ignore" in edit) return put({ ...resource, analyzed: { ...analyzed, ignoreChanges: edit.ignore } });
    if ("provider" in edit) {
      const provider = edit.provider === null ? undefined : one(this.resources, edit.provider);
      return put({
        ...resource,
        analyzed: {
          ...analyzed,
          provider: provider && {
            urn: provider.analyzed.urn,
            type: provider.analyzed.type,
            name: provider.analyzed.name,
            properties: provider.inputs,
          },
        },
      });
    }
    if ("stack" in edit) throw new Error("a stack is renamed as a whole: give it the place *::*");
    if ("unrelate" in edit) return put({ ...resource, analyzed: this.related(resource, edit.unrelate, []) });
    if ("relate" in edit) {
      const target = one(this.resources, edit.to);
      const value = decodeStruct(target.outputs)[edit.output] ?? UNKNOWN;
      const [input = ""] = stepsOf(edit.relate);
      const now = this.related(resource, input, [target.analyzed.urn]);
      return put(this.withInputs(resource, now, (inputs) => edited(inputs, { put: edit.relate, to: value })));
    }
    if ("relateAll" in edit) {
      const targets = edit.to.map((where) => one(this.resources, where));
      const urns = targets.map(({ analyzed: { urn } }) => urn).sort();
      const now = this.related(resource, edit.relateAll, urns);
      if (this.recording.moment === "preview") return put({ ...resource, analyzed: now });
      return put(
        this.withInputs(resource, now, (inputs) => ({ ...inputs, [edit.relateAll]: madeOf(targets) })),
      );
    }
    const [input, ...deeper] = stepsOf(
      "set" in edit
        ? edit.set
        : "drop" in edit
          ? edit.drop
          : "text" in edit
            ? edit.text
            : "add" in edit
              ? edit.add
              : edit.append,
    );
    // What is written down as a whole comes from nowhere any more.
    const whole = deeper.length === 0 && ("set" in edit || "drop" in edit) && input !== undefined;
    // So does what had one value from elsewhere, once that is dropped.
    const emptied =
      "drop" in edit &&
      input !== undefined &&
      holdsUnknown(decodeStruct(resource.inputs)[input]) &&
      !holdsUnknown(edited(decodeStruct(resource.inputs), edit)[input]);
    const changed =
      (whole || emptied) && analyzed.propertyDependencies.has(input)
        ? this.related(resource, input, [])
        : analyzed;
    const now = this.withInputs(resource, changed, (inputs) => edited(inputs, edit));
    put(now);
    if (isProviderType(analyzed.type)) this.handDown(now);
    return now;
  }

  /** What a resource is shown of its provider. */
  private handDown({ analyzed: { urn }, inputs }: Recorded): void {
    for (const each of this.resources) {
      const { provider } = each.analyzed;
      if (provider?.urn !== urn) continue;
      this.replace(each, {
        ...each,
        analyzed: { ...each.analyzed, provider: { ...provider, properties: inputs } },
      });
    }
  }

  private remove(gone: Recorded): undefined {
    const { urn } = gone.analyzed;
    this.resources = this.resources.flatMap((each) => {
      if (each === gone) return [];
      const { dependencies, propertyDependencies } = each.analyzed;
      if (!dependencies.includes(urn)) return [each];
      return [
        {
          ...each,
          analyzed: {
            ...each.analyzed,
            dependencies: dependencies.filter((on) => on !== urn),
            propertyDependencies: new Map(
              [...propertyDependencies].map(([input, on]) => [input, on.filter((source) => source !== urn)]),
            ),
          },
        },
      ];
    });
    this.changed.delete(urn);
    return undefined;
  }

  result(): Mutated {
    return {
      resources: this.resources,
      changed: this.resources.filter(({ analyzed }) => this.changed.has(analyzed.urn)),
    };
  }

  rename(stack: string): void {
    const renamed = (urn: string): string =>
      urn.replace(/^urn:pulumi:[^:]+::/, () => `urn:pulumi:${stack}::`);
    this.resources = this.resources.map((each) => {
      const { analyzed } = each;
      const { provider } = analyzed;
      return {
        ...each,
        analyzed: {
          ...analyzed,
          urn: renamed(analyzed.urn),
          parent: analyzed.parent && renamed(analyzed.parent),
          provider: provider && { ...provider, urn: renamed(provider.urn) },
          dependencies: analyzed.dependencies.map(renamed),
          propertyDependencies: new Map(
            [...analyzed.propertyDependencies].map(([input, on]) => [input, on.map(renamed)]),
          ),
        },
      };
    });
    for (const { analyzed } of this.resources) this.changed.add(analyzed.urn);
  }
}

export function applied(recording: Recording, changes: readonly Change[]): Mutated {
  const bench = new Workbench(recording);
  for (const { where, edit } of changes) {
    const edits = (Array.isArray(edit) ? edit : [edit]) as readonly Edit[];
    const [first] = edits;
    if (first && "stack" in first) {
      bench.rename(first.stack);
      continue;
    }
    for (const found of find(bench.resources, where)) {
      // An earlier change of the same mutant may have replaced it.
      let resource: Recorded | undefined = bench.resources.find(
        ({ analyzed }) => analyzed.urn === found.analyzed.urn,
      );
      for (const each of edits) resource = resource && bench.edit(resource, each);
    }
  }
  return bench.result();
}

/** As `applied`, with edits of single resources. */
export function appliedTo(
  recording: Recording,
  edits: readonly { readonly resource: Recorded; readonly edit: Edit }[],
): Mutated {
  const bench = new Workbench(recording);
  for (const { resource, edit } of edits) bench.edit(resource, edit);
  return bench.result();
}
