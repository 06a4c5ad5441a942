import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { beginProof } from "../../test/local/support/proof";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { readProofRun } from "./proofRun";

describe("the report of a proof", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "fase-b-proof-"));
    for (const part of ["infra", "policies", "runtime", "stacks"]) mkdirSync(join(folder, part));
    const single = ["Pulumi.yaml", "package.json", "package-lock.json", "pins.json", "tsconfig.json"];
    for (const file of [...single, "infra/a.ts"]) writeFileSync(join(folder, file), "{}\n");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const hold = (): void => beginProof("breaker", folder).held({ requests: 1 }, "all of it held");

  it("is left where all of it held, and is of the source that ran", () => {
    hold();
    expect(readProofRun(folder, "breaker")).toMatchObject({
      kind: "run",
      report: { verdict: "met", sourceDigest: sourceDigest(folder), figures: { requests: 1 } },
    });
  });

  it("does not outlive the beginning of the next run, which may fail with the same source", () => {
    hold();
    beginProof("breaker", folder);
    expect(readProofRun(folder, "breaker")).toEqual({ kind: "none" });
  });

  it("is not of a source that changed while it ran", () => {
    const proof = beginProof("breaker", folder);
    writeFileSync(join(folder, "infra", "a.ts"), "{ }\n");
    proof.held({ requests: 1 }, "all of it held");
    expect(readProofRun(folder, "breaker")).toEqual({ kind: "none" });
  });
});
