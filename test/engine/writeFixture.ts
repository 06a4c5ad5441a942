/**
 * Writes what the engine itself says of each project, for where there is no `pulumi` to ask.
 *
 * Usage, with `pulumi` on the PATH: npm run fixture
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { Cli, NO_CLI, cliFolder, type Subject } from "./cli";
import { briefly, normalise, verdicts, withoutBuilds, type NormalisedDigest } from "./compare";
import type { Violation } from "../../cli/preview/model";
import { ROOT, fixtureFile, sample, staging } from "./subjects";

/** What the engine said of a project. */
export interface EngineAnswer {
  /** Version of the CLI. */
  readonly cli: string;
  readonly digest: NormalisedDigest;
  readonly violations: readonly Violation[];
}

/** What is kept of it; a policy's words may change without the engine, who violates it may not. */
export interface EngineFixture extends Omit<EngineAnswer, "violations"> {
  /** Which policy is violated by which resource, at which level. */
  readonly verdicts: readonly string[];
}

export async function askEngine(cli: Cli): Promise<EngineAnswer> {
  const { stack, policyPack } = cli.subject;
  const { violations } = await cli.events(["preview", "--stack", stack, "--policy-pack", policyPack]);
  return {
    cli: await cli.version(),
    digest: normalise(await cli.digest()),
    violations: verdicts(violations),
  };
}

async function writeFixture(subject: Subject): Promise<void> {
  const cli = new Cli(subject, join(ROOT, "node_modules"));
  try {
    await cli.init();
    const file = fixtureFile(subject);
    const { violations, ...answer } = await askEngine(cli);
    const digest = withoutBuilds(answer.digest);
    const fixture: EngineFixture = { ...answer, digest, verdicts: briefly(violations) };
    writeFileSync(file, await format(JSON.stringify(fixture), { parser: "json", printWidth: 110 }));
    console.log(`wrote ${file.slice(ROOT.length + 1)}`);
  } finally {
    cli.close();
  }
}

async function main(): Promise<void> {
  if (!cliFolder()) throw new Error(NO_CLI);
  for (const subject of [sample, staging]) await writeFixture(subject);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
