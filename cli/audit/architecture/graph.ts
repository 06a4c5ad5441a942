import { blocks } from "../../../policies/clauses";
import { isArray } from "../../preview/json";
import { shortType, urnName } from "../../preview/view";
import type { JudgedStack } from "../input/judged";
import type { ArchitectureNode } from "../model";

/**
 * The components that say which clauses they serve, and which of them refer to resources of which others. Components of one type whose
 * clauses lie in one block are one node, so that a stack of a thousand agents is no larger a picture than one of eighteen. Pure.
 */

type Resource = JudgedStack["resources"][number];

interface Draft {
  readonly type: string;
  readonly block: string;
  readonly names: string[];
  readonly clauses: Set<string>;
  readonly uses: Set<string>;
  readonly types: Map<string, number>;
  resources: number;
}

const BLOCKS: readonly string[] = blocks.map(({ id }) => id);

export function architectureOf(resources: readonly Resource[]): readonly ArchitectureNode[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const drafts = new Map<string, Draft>();
  const nodeOfComponent = new Map<string, string>();
  for (const resource of resources) {
    const clauses = clausesOf(resource);
    const block = blockOf(clauses);
    if (block === undefined) continue;
    const type = resource.type.slice(resource.type.lastIndexOf(":") + 1);
    const id = `${block} ${type}`;
    const draft = drafts.get(id) ?? {
      type,
      block,
      names: [],
      clauses: new Set<string>(),
      uses: new Set<string>(),
      types: new Map<string, number>(),
      resources: 0,
    };
    draft.names.push(urnName(resource.urn));
    for (const clause of clauses) draft.clauses.add(clause);
    drafts.set(id, draft);
    nodeOfComponent.set(resource.urn, id);
  }

  const owners = new Map<string, string | undefined>();
  /** The node of the nearest component above it; a parent that is its own ancestor belongs to none. */
  const ownerOf = (urn: string): string | undefined => {
    const path: string[] = [];
    const seen = new Set<string>();
    let owner: string | undefined;
    for (let above: string | undefined = urn; above !== undefined && !seen.has(above);) {
      if (owners.has(above)) {
        owner = owners.get(above);
        break;
      }
      seen.add(above);
      path.push(above);
      owner = nodeOfComponent.get(above);
      if (owner !== undefined) break;
      above = byUrn.get(above)?.parent;
    }
    for (const one of path) owners.set(one, owner);
    return owner;
  };

  for (const resource of resources) {
    const id = ownerOf(resource.urn);
    const draft = id === undefined ? undefined : drafts.get(id);
    if (id === undefined || draft === undefined) continue;
    if (resource.custom) {
      draft.resources++;
      const type = shortType(resource.type);
      draft.types.set(type, (draft.types.get(type) ?? 0) + 1);
    }
    for (const urn of referencesOf(resource)) {
      const other = ownerOf(urn);
      if (other !== undefined && other !== id) draft.uses.add(other);
    }
  }

  return [...drafts]
    .map(([id, draft]) => ({
      id,
      block: draft.block,
      type: draft.type,
      names: draft.names.sort(),
      clauses: [...draft.clauses].sort(byClause),
      resources: draft.resources,
      uses: [...draft.uses].sort(),
      types: [...draft.types].sort(([a, m], [b, n]) => n - m || byText(a, b)),
    }))
    .sort((a, b) => BLOCKS.indexOf(a.block) - BLOCKS.indexOf(b.block) || byText(a.id, b.id));
}

function clausesOf({ custom, inputs }: Resource): readonly string[] {
  const clauses = custom ? undefined : inputs?.["clauses"];
  return isArray(clauses) ? clauses.filter((clause): clause is string => typeof clause === "string") : [];
}

/** Where most of its clauses are; of equals the first in the work order. */
function blockOf(clauses: readonly string[]): string | undefined {
  const counts = BLOCKS.map((block) => clauses.filter((clause) => clause.startsWith(`${block}.`)).length);
  const most = Math.max(...counts);
  return most === 0 ? undefined : BLOCKS[counts.indexOf(most)];
}

function referencesOf({ dependencies, propertyDependencies }: Resource): ReadonlySet<string> {
  return new Set([
    ...(dependencies ?? []),
    ...Object.values(propertyDependencies ?? {}).flatMap((urns) => urns ?? []),
  ]);
}

const byClause = (a: string, b: string): number => {
  const [blockA = 0, numberA = 0] = a.slice(1).split(".").map(Number);
  const [blockB = 0, numberB = 0] = b.slice(1).split(".").map(Number);
  return blockA - blockB || numberA - numberB || byText(a, b);
};
const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
