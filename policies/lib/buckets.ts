/** Buckets into which functions write. */
import { statementsOf } from "./iam";
import type { Report, Stack, StackResource } from "./policy";
import { arnResource, belongsTo } from "./relations";
import { types } from "./types";
import { text } from "./values";

/** Each bucket of the stack into which a role may put objects, with the beginnings of their keys. */
export function writtenBuckets(
  stack: Stack,
  report: Report,
): ReadonlyMap<StackResource, ReadonlySet<string>> {
  const written = new Map<StackResource, Set<string>>();
  for (const rights of stack.ofType(types.rolePolicy)) {
    for (const { allows, actions, resources } of statementsOf(rights, "policy", report)) {
      if (!allows || !actions.some((action) => /^s3:put/i.test(action))) continue;
      for (const arn of resources) {
        const [name = "", ...key] = arnResource(arn).split("/");
        const bucket = stack.ofType(types.bucket).find(({ props }) => text(props.bucket) === name);
        // rights-bind-data names what is not there.
        if (!bucket) continue;
        const prefixes = written.get(bucket) ?? new Set<string>();
        written.set(bucket, prefixes.add(key.join("/").replace(/\*.*$/, "")));
      }
    }
  }
  return written;
}

/** The parts of a type that belong to a bucket, such as its encryption. */
export const partsOf = (stack: Stack, bucket: StackResource, type: string): readonly StackResource[] =>
  stack.ofType(type).filter((part) => belongsTo(part, bucket));
