/** The scans that were ordered, and where they stand in the cluster. */
import { namespaceOf, objectName } from "./cluster";
import type { Stack, StackResource } from "./policy";
import { types } from "./types";
import { strings } from "./values";

/** By the CronJob's name, each with the images that it needs (`pins.json`) and its clause. */
export const orderedScans: Readonly<
  Record<string, { readonly images: readonly string[]; readonly clause: string }>
> = {
  "zap-baseline": { images: ["zap", "aws-cli"], clause: "B2.1" },
  "zap-authenticated": { images: ["zap", "aws-cli"], clause: "B2.1" },
  fuzz: { images: ["schemathesis", "aws-cli"], clause: "B2.2" },
};

/** What of the stack is not deployed since nobody could look up its image, by component. */
export const unpinnedOf = ({ props }: StackResource): readonly string[] => strings(props.unpinned);

/** True where a scan has a reason not to be there, which images-require-pins tells. */
export const isUnpinned = (stack: Stack, scan: string): boolean =>
  stack
    .ofType("fase-b:index:Scanning")
    .flatMap(unpinnedOf)
    .some((image) => orderedScans[scan]?.images.includes(image));

export const scanJobs = (stack: Stack): readonly StackResource[] =>
  stack.ofType(types.cronJob).filter((job) => Object.hasOwn(orderedScans, objectName(job)));

/** The namespaces in which scans run. */
export const scanNamespaces = (stack: Stack): ReadonlySet<string> =>
  new Set(scanJobs(stack).map(namespaceOf));
