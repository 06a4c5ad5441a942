import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { runPreview } from "../../cli/preview/engine";
import type { PreviewResult } from "../../cli/preview/model";
import { normalise, verdicts } from "./compare";
import { fixtureFile, sample, staging } from "./subjects";
import type { EngineFixture } from "./writeFixture";

const MINUTES = 60_000;

describe.each([
  ["the sample", sample],
  ["staging", staging],
])("%s and the engine's committed digest", (_name, subject) => {
  const fixture = JSON.parse(readFileSync(fixtureFile(subject), "utf8")) as EngineFixture;
  let preview: PreviewResult;

  beforeAll(async () => {
    const { directory: projectDir, stack, policyPack } = subject;
    preview = await runPreview({ projectDir, stack, policyPacks: [policyPack] });
  }, 5 * MINUTES);

  it("agree on every resource, or the digest is stale: `node --require=tsx/cjs test/engine/writeFixture.ts`", () => {
    const ours = normalise(preview.digest);
    expect(ours.steps.map(({ urn }) => urn)).toEqual(fixture.digest.steps.map(({ urn }) => urn));
    ours.steps.forEach((step, index) => expect(step).toEqual(fixture.digest.steps[index]));
    expect(ours.changeSummary).toEqual(fixture.digest.changeSummary);
    expect(ours.config).toEqual(fixture.digest.config);
  });

  it("agree on every policy's verdict", () => {
    expect(verdicts(preview.packs.flatMap(({ violations }) => violations))).toEqual(fixture.violations);
  });

  it("names the version of the CLI that said so", () => {
    expect(fixture.cli).toMatch(/^v3\.\d+\.\d+$/);
  });

  it("holds nothing of a machine", () => {
    expect(JSON.stringify(fixture)).not.toMatch(/\/(home|root|tmp|work|opt|Users)\/|file:\/\//);
  });
});
