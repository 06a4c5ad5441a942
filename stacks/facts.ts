import * as pulumi from "@pulumi/pulumi";
import { DOMAIN_OF } from "../infra/release/plan";
import type { Account } from "../infra/settings/account.schema";
import { formatProblem, showValue } from "../infra/shared/problem";

export interface HeldFacts {
  readonly project: string;
  readonly stack: string;
  readonly account: Pick<Account, "id" | "zoneName">;
}

/**
 * From here on nothing is registered that is not of the stack, the account and the zone that were judged: the guard looks at settings, and a
 * provider, a domain or an alias beside them would reach another stack all the same.
 */
export function holdFacts(facts: HeldFacts): void {
  pulumi.runtime.registerStackTransformation((resource) => {
    const { type, name, props, opts } = resource;
    const refuse = (said: Said): void => {
      if (said === undefined) return;
      throw new pulumi.RunError(formatProblem({ path: `${type} '${name}'`, ...said }));
    };
    for (const check of [withoutProvider, strangeDomain, strangeAlias]) refuse(check(resource, facts));
    if (type !== AWS_PROVIDER) return undefined;
    // The SDK has made an output of it; what waits for this provider is not registered before it is one of the account.
    const { allowedAccountIds } = props as { readonly allowedAccountIds?: pulumi.Input<string> };
    const judged = pulumi.output(allowedAccountIds).apply((ids) => {
      refuse(strangeAccount(ids, facts));
      return ids;
    });
    return { props: { ...(props as object), allowedAccountIds: judged }, opts };
  });
}

const AWS_PROVIDER = "pulumi:providers:aws";

type Said = { readonly got: string; readonly allowed: string; readonly fix: string } | undefined;
type Check = (resource: pulumi.ResourceTransformationArgs, facts: HeldFacts) => Said;

/** https://www.pulumi.com/registry/packages/aws/installation-configuration/ (allowedAccountIds) */
function strangeAccount(ids: unknown, { account }: HeldFacts): Said {
  const allowed = JSON.stringify([account.id]);
  if (ids === allowed || JSON.stringify(ids) === allowed) return undefined;
  return {
    got: `allowedAccountIds ${showValue(ids)}`,
    allowed: `${allowed}, the account that was judged`,
    fix: "take the account from the settings",
  };
}

const withoutProvider: Check = ({ type, opts }) => {
  if (!type.startsWith("aws:")) return undefined;
  const { provider } = opts as pulumi.CustomResourceOptions;
  if (provider !== undefined || opts.parent?.getProvider(type) !== undefined) return undefined;
  return {
    got: "no explicit provider",
    allowed: "the one of the account that was judged; the engine's own goes wherever its credentials lead",
    fix: "make it below a component of the stack",
  };
};

const strangeDomain: Check = ({ type, props }, { account: { zoneName } }) => {
  const said = (DOMAIN_OF.get(type) ?? []).map((key) => (props as Readonly<Record<string, unknown>>)[key]);
  // What only the deployment tells follows from a name that is told here.
  const names = said.flat().filter((name) => typeof name === "string");
  const strange = names.find((name) => {
    const plain = name.replace(/\.$/, "");
    return plain !== zoneName && !plain.endsWith(`.${zoneName}`);
  });
  if (strange === undefined) return undefined;
  return { got: showValue(strange), allowed: `a name in the zone ${zoneName}`, fix: "move it there" };
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
