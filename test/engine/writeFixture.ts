/**
 * Writes what the engine itself says of each project, for where there is no `pulumi` to ask.
 *
 * Usage, with `pulumi` on the PATH: node --require=tsx/cjs test/engine/writeFixture.ts
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { Cli, NO_CLI, cliFolder, type Subject } from "./cli";
import { normalise, verdicts, type NormalisedDigest } from "./compare";
import { ROOT, fixtureFile, sample, staging } from "./subjects";
import type { Violation } from "../../cli/preview/model";

/** What the engine said, when and wherever it was asked. */
export interface EngineFixture {
  /** Version of the CLI. */
  readonly cli: string;
  readonly digest: NormalisedDigest;
  readonly violations: readonly Violation[];
}

export async function askEngine(cli: Cli): Promise<EngineFixture> {
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
    writeFileSync(
      file,
      await format(JSON.stringify(await askEngine(cli)), { parser: "json", printWidth: 110 }),
    );
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
