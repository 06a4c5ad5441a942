// What a workflow's matrix is made of, as lines of its outputs: the functions that have a bill of materials, and the images that
// others make, by the digest in pins.json. An image that is not pinned is not deployed, and has no bill.
import { readFileSync } from "node:fs";
import { URL } from "node:url";

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));

const functions = read(process.argv[2] ?? ".build/sbom/index.json")
  .map(({ name }) => name)
  .filter((name) => name !== "program");
const images = Object.entries(read("pins.json").images)
  .filter(([, { digest }]) => digest !== "unpinned")
  .map(([name, { image, digest }]) => ({ name, reference: `${image}@${digest}` }));

process.stdout.write(`functions=${JSON.stringify(functions)}\nimages=${JSON.stringify(images)}\n`);
