import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { runPreview } from "../../cli/preview/engine";
import type { PreviewResult } from "../../cli/preview/model";
import { briefly, normalise, withoutBuilds } from "./compare";
import { fixtureFile, sample, staging } from "./subjects";
import type { EngineFixture } from "./writeFixture";

const MINUTES = 60_000;

/** The configuration that the engine was asked with, as a stack's file. */
function configFileOf({ digest }: EngineFixture, folder: string): string {
  const config = Object.fromEntries(
    Object.entries(digest.config).map(([key, text]) => [
      key,
      /^[[{]/.test(text) ? (JSON.parse(text) as unknown) : text,
    ]),
  );
  const file = join(folder, "Pulumi.fixture.yaml");
  writeFileSync(file, stringify({ config }, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }));
  return file;
}

// The settings are the fixture's own: whoever changes a limit needs no CLI; whoever changes the program does.
describe.each([
  ["the sample", sample],
  ["staging", staging],
])("%s and the engine's committed digest", (_name, subject) => {
  const fixture = JSON.parse(readFileSync(fixtureFile(subject), "utf8")) as EngineFixture;
  const folder = mkdtempSync(join(tmpdir(), "fase-b-"));
  let preview: PreviewResult;

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    const { directory: projectDir, stack, policyPack } = subject;
    const configFile = configFileOf(fixture, folder);
    preview = await runPreview({ projectDir, stack, configFile, policyPacks: [policyPack] });
  }, 5 * MINUTES);

  it("agree on every resource, or the digest is stale: `npm run fixture`, with the CLI on the PATH", () => {
    const ours = withoutBuilds(normalise(preview.digest));
    expect(ours.steps.map(({ urn }) => urn)).toEqual(fixture.digest.steps.map(({ urn }) => urn));
    ours.steps.forEach((step, index) => expect(step).toEqual(fixture.digest.steps[index]));
    expect(ours.changeSummary).toEqual(fixture.digest.changeSummary);
    expect(ours.config).toEqual(fixture.digest.config);
  });

  it("agree on every policy's verdict", () => {
    expect(briefly(preview.packs.flatMap(({ violations }) => violations))).toEqual(fixture.verdicts);
  });

  it("names the version of the CLI that said so", () => {
    expect(fixture.cli).toMatch(/^v3\.\d+\.\d+$/);
  });

  it("holds nothing of a machine", () => {
    expect(JSON.stringify(fixture)).not.toMatch(/\/(home|root|tmp|work|opt|Users)\/|file:\/\/\//);
  });
});
