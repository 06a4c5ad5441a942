import type { Contract } from "../../../infra/contract/contract";
import { clean } from "./clean";

/** A segment that names one thing and not a kind of things: a number, a UUID, what is long. */
const SINGLE = /^(\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|.*%.*|.{33,})$/i;

const matches = (template: string, path: string): boolean => {
  const wanted = template.split("/");
  const given = path.split("/");
  return (
    wanted.length === given.length && wanted.every((step, at) => step.startsWith("{") || step === given[at])
  );
};

/**
 * Where on the API: method and path of the contract. A path that the contract does not have is told without its query and without what
 * names one thing only.
 *
 * @param target a URL, or a path
 * @returns undefined for what is neither
 */
export function routePlace(method: string, target: string, contract: Contract): string | undefined {
  if (!/^[A-Za-z]{1,20}$/.test(method)) return undefined;
  const path = pathOf(target);
  if (path === undefined) return undefined;
  const known = contract.routes.find((route) => matches(route.path, path))?.path;
  const shownPath =
    known ??
    path
      .split("/")
      .map((step) => (SINGLE.test(step) ? "{…}" : step))
      .join("/");
  return clean(`${method.toUpperCase()} ${shownPath}`, 300);
}

function pathOf(target: string): string | undefined {
  const text = target.startsWith("/") ? `http://path.invalid${target}` : target;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).pathname;
}
