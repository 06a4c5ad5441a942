/** Entry point of `npm run mutation`. */
import { join } from "node:path";
import { enter } from "../../cli/enter";
import { exitCodes, type ExitCode } from "../../cli/outcome";
import { UsageError } from "../../cli/usageError";
import { writeWhole } from "../../cli/wholeFile";
import { readOptions } from "../../cli/words";
import { placesOf } from "./generic";
import { mutants } from "./mutants";
import { scoreTable } from "./score";
import { survivorsMarkdown, type Survivor } from "./survivors";
import { blockOf } from "./blocks";
import { Trial } from "./trial";
import { isNoticed, others } from "./verdicts";
import type { Mutant } from "./mutant";

const help = `npm run mutation -- --generic | --policy <name>

Changes one thing of what the program registers and shows it to the policy pack.

  --generic           at every place: drops properties, flips booleans, moves numbers by one, widens ARNs; writes
                      test/mutation/survivors.md. Takes long.
  --type <token>      with --generic: only resources of this type, and the survivors are shown and not written
  --policy <name>     the curated mutants of one policy: who notices them
  -h, --help

\`npm run test:mutation\` tests all curated mutants. Ends with 1 when a curated mutant survives.
`;

const PAGE = join(__dirname, "survivors.md");

const definitions = {
  generic: { type: "boolean" },
  type: { type: "string" },
  policy: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

async function command(argv: readonly string[]): Promise<ExitCode> {
  const read = readOptions(argv, definitions, "mutation");
  if (!read) {
    process.stdout.write(help);
    return exitCodes.ok;
  }
  const generic = read.flags.has("generic");
  const [type, policy] = [read.texts.get("type"), read.texts.get("policy")];
  if (generic === (policy !== undefined) || (type !== undefined && !generic))
    throw new UsageError(
      "got neither or both of --generic and --policy; allowed: one of them; fix: see npm run mutation -- --help",
    );
  const chosen = mutants.filter((mutant) => mutant.policy === policy);
  if (policy !== undefined && chosen.length === 0)
    throw new UsageError(
      `--policy: got ${policy}; allowed: a policy that has mutants; fix: see test/mutation/mutants`,
    );
  const trial = await Trial.start("preview");
  try {
    return policy === undefined ? await tryGeneric(trial, type) : await tryCurated(trial, chosen);
  } finally {
    trial.close();
  }
}

async function tryCurated(trial: Trial, chosen: readonly Mutant[]): Promise<ExitCode> {
  const killed = new Set<Mutant>();
  for (const mutant of chosen) {
    const differences = await trial.differences(mutant.changes);
    if (isNoticed(mutant, differences)) killed.add(mutant);
    const also = others(mutant, differences).join(", ");
    console.log(`${killed.has(mutant) ? "✓" : "✗ survives:"} ${mutant.name}${also ? `; also ${also}` : ""}`);
    for (const { policy, message, appeared } of differences)
      console.log(`    ${appeared ? "+" : "-"} ${policy}: ${message}`);
  }
  console.log(`\n${scoreTable({ mutants: chosen, nearMisses: [], killed, passed: new Set() }, blockOf)}`);
  return killed.size === chosen.length ? exitCodes.ok : exitCodes.refused;
}

async function tryGeneric(trial: Trial, type: string | undefined): Promise<ExitCode> {
  const places = placesOf(trial.recording.resources).filter(
    ({ first }) => type === undefined || first.type === type,
  );
  if (places.length === 0)
    throw new UsageError(`--type: got ${type}; allowed: a type of which there is a resource`);
  const survivors: Survivor[] = [];
  let noticedTogether = 0;
  for (const [at, { first, everywhere }] of places.entries()) {
    if (process.stderr.isTTY || at % 100 === 99) process.stderr.write(`\r${at + 1}/${places.length} `);
    if (await trial.isNoticed([first])) continue;
    if (everywhere.length > 1 && (await trial.isNoticed(everywhere))) {
      noticedTogether++;
      continue;
    }
    const { type: ofType, place, operator } = first;
    survivors.push({ type: ofType, place, operator, resources: everywhere.length });
  }
  process.stderr.write("\n");
  const page = survivorsMarkdown(survivors, {
    places: new Set(places.map(({ first }) => `${first.type} ${first.place}`)).size,
    tried: places.length,
    noticed: places.length - survivors.length,
    noticedTogether,
  });
  if (type !== undefined) {
    process.stdout.write(page);
    return exitCodes.ok;
  }
  const refuse = (got: string): UsageError =>
    new UsageError(
      `test/mutation/survivors.md: got ${got}; allowed: a file that can be written; fix: mend the folder`,
    );
  writeWhole(PAGE, Buffer.from(page), { over: true, refuse });
  console.log(`Wrote test/mutation/survivors.md: ${survivors.length} of ${places.length} survive`);
  return exitCodes.ok;
}

enter(command);
