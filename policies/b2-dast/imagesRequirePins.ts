import { stackPolicy } from "../lib/policy";
import { orderedScans, unpinnedOf } from "../lib/scans";
import { join } from "../lib/values";

/** What rests on an image beside the scans. */
const rests: Readonly<Record<string, readonly string[]>> = { "blackbox-exporter": ["B1.5"] };

const clausesOf = (image: string): readonly string[] => [
  ...new Set([
    ...(rests[image] ?? []),
    ...Object.values(orderedScans).flatMap(({ images, clause }) => (images.includes(image) ? [clause] : [])),
  ]),
];

export const imagesRequirePins = stackPolicy({
  name: "images-require-pins",
  severity: "high",
  level: "advisory",
  clauses: ["B1.5", "B2.1", "B2.2", "B6.2"],
  summary:
    "What is not deployed since nobody could look up its image is told on every run, with the clauses that are open by it.",
  reads: "unpinned of every component",
  remediation: "run `npm run pins` where there is a network, and commit pins.json.",
  url: "https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",
  check(stack, report) {
    for (const component of stack.resources.filter(({ type }) => type.startsWith("fase-b:index:"))) {
      for (const image of unpinnedOf(component)) {
        const open = clausesOf(image);
        report({
          resource: component,
          got: `no digest of ${image}, so that its workload is not there${open.length > 0 ? `; open by it: ${join(open)}` : ""}`,
          expected: "a digest that was looked up",
        });
      }
    }
  },
});
