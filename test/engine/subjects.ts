/** What is compared with the engine. */
import { join } from "node:path";
import type { Subject } from "./cli";

export const ROOT = join(__dirname, "..", "..");

export const sample: Subject = {
  directory: join(__dirname, "fixtures", "sample"),
  stack: "sample",
  policyPack: "policies",
};

export const staging: Subject = { directory: ROOT, stack: "staging", policyPack: "policies" };

export const fixtureFile = ({ stack }: Subject): string =>
  join(__dirname, "fixtures", `engine-digest.${stack}.json`);
