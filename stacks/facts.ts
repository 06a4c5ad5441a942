import * as pulumi from "@pulumi/pulumi";
import { DATA_SOURCE, hostOf, NAMES_OF, valueAt } from "../infra/release/reached";
import type { Settings } from "../infra/settings/settings.schema";
import { formatProblem, showValue } from "../infra/shared/problem";
import { judged, type Inputs } from "./inputs";
import { knownProviders, off, type KnownProviders } from "./providers";

export interface HeldFacts {
  readonly project: string;
  readonly stack: string;
  readonly settings: Settings;
}

/**
 * From here on nothing is registered that is not of the stack, the account, the zone, the cluster and the Grafana that were judged: the
 * guard looks at settings, and a provider, a domain or an alias beside them would reach another stack all the same.
 */
export const holdFacts = (facts: HeldFacts): void =>
  pulumi.runtime.registerStackTransformation(holding(facts));

export function holding(facts: HeldFacts): pulumi.ResourceTransformation {
  const held: Held = { ...facts, known: knownProviders(facts.settings), providers: new Map() };
  return (resource) => {
    const { type, name, opts } = resource;
    const given = resource.props as Inputs;
    const refuse = (said: Said): void => {
      if (said === undefined) return;
      throw new pulumi.RunError(formatProblem({ path: `${type} '${name}'`, ...said }));
    };
    for (const check of [unknownType, strangeProvider, laterChange, strangeAlias])
      refuse(check(resource, held));
    const props = judgedInputs(type, given, held).reduce(
      (all, { key, judge }) => judged(all, key, (value) => refuse(judge(value))),
      given,
    );
    return props === given ? undefined : { props, opts };
  };
}

type Said = { readonly got: string; readonly allowed: string; readonly fix: string } | undefined;

interface Held extends HeldFacts {
  readonly known: KnownProviders;
  /** The one provider of each package. */
  readonly providers: Map<string, pulumi.Resource>;
}
type Check = (resource: pulumi.ResourceTransformationArgs, held: Held) => Said;

const COMPONENT = "fase-b:index:";
const PROVIDER = "pulumi:providers:";
const packageOf = (type: string): string =>
  type.startsWith(PROVIDER) ? type.slice(PROVIDER.length) : type.slice(0, type.indexOf(":"));

/** Another package reaches accounts by credentials of its own, and `command` and dynamic providers run whatever they are told. */
const unknownType: Check = ({ type }, { known }) => {
  if (type.startsWith(COMPONENT) || Object.hasOwn(known, packageOf(type))) return undefined;
  return {
    got: `a resource of the package ${packageOf(type)}`,
    allowed: `those of ${Object.keys(known).join(", ")}, and components of ${COMPONENT}`,
    fix: "do it with one of these, or add the package to stacks/providers.ts with what its provider may be told",
  };
};

const strangeProvider: Check = ({ resource, type, opts }, { providers }) => {
  const packageName = packageOf(type);
  const one = providers.get(packageName);
  if (type.startsWith(PROVIDER)) {
    providers.set(packageName, one ?? resource);
    if (one === undefined) return undefined;
    return {
      got: `a second provider of ${packageName}`,
      allowed: "one, which was judged",
      fix: "hand on that one",
    };
  }
  if (type.startsWith(COMPONENT)) return undefined;
  const { provider, providers: ofChildren } = opts as pulumi.CustomResourceOptions &
    pulumi.ComponentResourceOptions;
  const used = provider ?? opts.parent?.getProvider(type);
  if (used !== undefined && used === one && ofChildren === undefined) return undefined;
  return {
    got: used === undefined ? "no explicit provider" : "another provider than the one that was judged",
    allowed: `the stack's own of ${packageName}; the engine's own goes wherever its credentials lead`,
    fix: "make it below a component of the stack",
  };
};

/**
 * The engine asks transforms after the program has said what it wants: they could take the protection off or add an alias.
 * https://www.pulumi.com/docs/iac/concepts/options/transforms/
 */
const laterChange: Check = ({ opts }) => {
  const { transforms = [], transformations = [] } = opts;
  if (transforms.length + transformations.length === 0) return undefined;
  return {
    got: `the option ${transforms.length > 0 ? "transforms" : "transformations"}`,
    allowed: "none: what a resource is, is said where it is made",
    fix: "say it there",
  };
};

/** https://www.pulumi.com/docs/iac/concepts/options/aliases/ */
const strangeAlias: Check = ({ opts }, { project, stack }) => {
  const own = `urn:pulumi:${stack}::${project}::`;
  const isOwn = (alias: unknown): boolean => {
    if (typeof alias === "string") return alias.startsWith(own);
    // An output could become anything later.
    if (typeof alias !== "object" || alias === null || pulumi.Output.isInstance(alias)) return false;
    const { stack: of = stack, project: within = project } = alias as pulumi.Alias;
    return of === stack && within === project;
  };
  const strange = (opts.aliases ?? []).find((alias) => !isOwn(alias));
  if (strange === undefined) return undefined;
  return {
    got: `the alias ${pulumi.Output.isInstance(strange) ? "of an output" : showValue(strange)}`,
    allowed: `aliases of ${own}`,
    fix: "leave it out: it would take over a resource of another stack",
  };
};

/** An input, and what is to be said of its value. */
interface JudgedInput {
  readonly key: string;
  readonly judge: (value: unknown) => Said;
}

function judgedInputs(type: string, props: Inputs, held: Held): readonly JudgedInput[] {
  if (type.startsWith(PROVIDER)) return toldInputs(held.known[packageOf(type)] ?? {}, props);
  const { prometheusUrl } = held.settings.observability.grafana;
  if (type === DATA_SOURCE) return [{ key: "url", judge: (value) => strangeAddress(value, prometheusUrl) }];
  const paths = NAMES_OF.get(type) ?? [];
  return [...new Set(paths.map(firstOf))].map((key) => ({
    key,
    judge: (value) => {
      const names = paths
        .filter((path) => firstOf(path) === key)
        .flatMap((path) => valueAt({ [key]: value }, path));
      return strangeName(names, held.settings);
    },
  }));
}

const firstOf = (path: string): string => path.split(".")[0] ?? path;

const toldInputs = (told: KnownProviders[string], props: Inputs): readonly JudgedInput[] =>
  [...new Set([...Object.keys(told), ...Object.keys(props)])].map((key) => {
    const { allowed, holds } = told[key] ?? off;
    // What is off may be a credential, which nobody shows.
    const got = (value: unknown): string =>
      told[key] === undefined ? `${key} set` : `${key} ${showValue(value)}`;
    return {
      key,
      judge: (value) =>
        holds(value) ? undefined : { got: got(value), allowed, fix: "take it from the settings" },
    };
  });

/** CloudWatch's data source has none. */
function strangeAddress(url: unknown, prometheusUrl: string): Said {
  if (url === undefined || url === prometheusUrl) return undefined;
  return {
    got: `url ${showValue(url)}`,
    allowed: `${prometheusUrl}, which was judged`,
    fix: "take it from the settings",
  };
}

function strangeName(names: readonly unknown[], { account: { zoneName }, agents }: Settings): Said {
  const called = agents.flatMap(({ upstream }) => (upstream === undefined ? [] : [hostOf(upstream.url)]));
  const isOurs = (name: unknown): boolean => {
    if (typeof name !== "string") return false;
    const plain = name.replace(/\.$/, "");
    return plain === zoneName || plain.endsWith(`.${zoneName}`) || called.includes(plain);
  };
  const strange = names.find((name) => name !== undefined && !isOurs(name));
  if (strange === undefined) return undefined;
  return { got: showValue(strange), allowed: `a name in the zone ${zoneName}`, fix: "move it there" };
}
