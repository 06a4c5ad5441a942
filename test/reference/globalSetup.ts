import type { TestProject } from "vitest/node";

/** One store for the whole run; each test file has tables of its own there. */
export default function setup(project: TestProject): void {
  const url = process.env["FASE_B_REFERENCE_URL"];
  if (url === undefined) throw new Error("no reference store; fix: npm run test:reference, which starts it");
  project.provide("referenceDynamo", url);
}
